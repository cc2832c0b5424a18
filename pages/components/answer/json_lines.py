"""A JSON document on several lines, to be read: only the blanks between its parts are others than they were sent.

The standard library would write its numbers and names anew (`1e3` as `1000.0`, of two equal names the last alone), and
what is shown would not be what was answered.
"""

from __future__ import annotations

import re
from itertools import accumulate

WIDTH = 92
"""Characters of a line; what fits into one stays on one."""

LONGEST, DEEPEST = 100_000, 100
"""Characters and levels of a document that is laid out; a larger one is shown as it came."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_CLOSING = {"{": "}", "[": "]"}


def laid_out(text: str) -> str:
    """A document on lines of its own for its parts.

    Args:
        text: valid JSON.
    """
    tokens = _TOKEN.findall(text)
    if len(text) > LONGEST or _depth_of(tokens) > DEEPEST:
        return text
    return _value_at(tokens, 0, 0)[0]


def _depth_of(tokens: list[str]) -> int:
    """How many levels lie within each other."""
    steps = ((token in _CLOSING) - (token in _CLOSING.values()) for token in tokens)
    return max(accumulate(steps), default=0)


def _value_at(tokens: list[str], place: int, depth: int) -> tuple[str, int]:
    """The value that begins at a token, and the place of what comes behind it."""
    opening = tokens[place]
    if opening not in _CLOSING:
        return opening, place + 1
    parts, place = [], place + 1
    while tokens[place] != _CLOSING[opening]:
        name, place = (f"{tokens[place]}: ", place + 2) if opening == "{" else ("", place)
        value, place = _value_at(tokens, place, depth + 1)
        parts.append(name + value)
        place += tokens[place] == ","
    return _joined(parts, opening, depth), place + 1


def _joined(parts: list[str], opening: str, depth: int) -> str:
    flat = f"{opening}{', '.join(parts)}{_CLOSING[opening]}"
    if "\n" not in flat and len(flat) + 2 * depth <= WIDTH:
        return flat
    margin = "  " * depth
    inner = f",\n{margin}  ".join(parts)
    return f"{opening}\n{margin}  {inner}\n{margin}{_CLOSING[opening]}"
