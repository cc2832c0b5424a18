"""What can be stored, and what becomes of values that cannot: the row is written all the same.

Providers send odd values, and models odd characters. SQLite takes some of them, other databases fewer: here they
become what all of them take.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

LARGEST_INTEGER = 2**63 - 1
"""The largest number of 64 bits with a sign, as databases keep whole numbers."""

REPLACEMENT = "\ufffd"
"""What stands in place of a character that is none."""


def storable_text(text: str) -> str:
    """A text without NUL and without half characters (lone surrogates), each of which becomes `REPLACEMENT`."""
    if text.isascii() and "\0" not in text:
        return text  # nearly all texts are, and this costs nothing
    # Halves in their order make a whole character, as JavaScript and careless JSON write one.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", REPLACEMENT)


def storable_integer(number: int) -> int:
    """A whole number within 64 bits, the nearest one there is."""
    return min(max(number, -LARGEST_INTEGER - 1), LARGEST_INTEGER)


def storable_float(number: float) -> float | None:
    """A finite number; None for what is none (NaN, infinity)."""
    return number if math.isfinite(number) else None


_WAYS: dict[type, Callable[[Any], Any]] = {
    str: storable_text,
    int: storable_integer,
    float: storable_float,
    bool: int,
}


def storable(value: Any) -> Any:
    """A value as every database takes it; a subclass of `str` (an enum's member) as plain text."""
    way = _WAYS.get(type(value))
    if way is not None:
        return way(value)
    return storable_text(str(value)) if isinstance(value, str) else value
