"""Patterns of JSON schemas: whether a text has one in it, and a text that has."""

from __future__ import annotations

import random
import re

from rstr import Rstr

_CLASSES = {r"\p{Lu}": "A-Z", r"\p{Ll}": "a-z", r"\p{L}": "A-Za-z", r"\p{Nd}": "0-9", r"\p{N}": "0-9"}
"""Classes of characters that Python's patterns do not know, and what stands for them here."""


def _known_classes(pattern: str) -> str:
    for name, characters in _CLASSES.items():
        pattern = pattern.replace(f"[{name}]", f"[{characters}]").replace(name, f"[{characters}]")
    return pattern


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; no where it is one of another dialect, which cannot be read here."""
    try:
        return re.search(_known_classes(pattern), text) is not None
    except re.error:
        return False


def text_matching(pattern: str, dice: random.Random) -> str | None:
    """A text made from a pattern; None for one that cannot be read, or asks for more than is made."""
    try:
        return Rstr(dice).xeger(_known_classes(pattern))
    except (re.error, ValueError):
        return None
