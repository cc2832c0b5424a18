"""Python values that can be written as JSON, and everything else named before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_DEEPEST = 100
"""Values within values: what is sent is written by a library that gives up at 254, and an object that holds itself
has no end."""

_LEAST, _MOST = -(2**63), 2**64 - 1
"""Whole numbers that fit the wire's 64 bits."""


def plain_json(where: str, value: Any, depth: int = 0) -> Any:
    """A copy of `value` made of dicts, lists, texts, numbers, booleans and None alone.

    Args:
        where: what the value is to its caller, for the error's text.

    Raises:
        ValueError: a part of it is no JSON; names its place.
    """
    if depth > _DEEPEST:
        raise ValueError(f"{where[:80]}… is nested too deeply; {_DEEPEST} levels are the most")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(where, value)
    if isinstance(value, int | float):
        return _number(where, value)
    if isinstance(value, Mapping):
        return {_key(where, key): plain_json(f"{where}.{key}", part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(f"{where}[{index}]", part, depth + 1) for index, part in enumerate(value)]
    raise ValueError(f"{where} is a {type(value).__name__}, which cannot be written as JSON")


def plain_text(where: str, text: str) -> str:
    """The text itself, unless it cannot be encoded.

    Raises:
        ValueError: it holds half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{where} holds half a character (a lone surrogate) at position {error.start}") from None
    return str.__str__(text)  # an enum's member is written as its value, which is not what `str` makes of it


def _key(where: str, key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f"{where} has the key {key!r}, a {type(key).__name__}; keys in JSON are texts")
    return plain_text(f"a key of {where}", key)


def _number(where: str, number: float) -> float:
    if isinstance(number, float):
        if not math.isfinite(number):
            raise ValueError(f"{where} is {number!r}, which is no number in JSON")
        return float(number)
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"{where} is a whole number beyond 64 bits")
    return int(number)
