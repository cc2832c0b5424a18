"""Texts that show nothing: blanks, and signs without a shape."""

from __future__ import annotations

import re

_SHOWN = re.compile(
    "[^\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def shows_nothing(text: str) -> bool:
    """Whether a text holds no sign that can be seen: nobody can read it as an answer."""
    return _SHOWN.search(text) is None
