"""What passes through to a model, as far as every provider takes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from router.json_answers.plain import plain_text

_MOST_STOPS = 4
"""Both providers' limit."""

_SEEDS = (-(2**63), 2**63 - 1)
_MOST_TOKENS = 2**31 - 1


def checked_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were given, as plain values.

    Raises:
        ValueError: names the parameter.
    """
    unknown = [name for name, value in parameters.items() if name not in _CHECKS and value is not None]
    if unknown:
        raise ValueError(f"unknown parameters: {', '.join(unknown)}; {', '.join(_CHECKS)} pass through")
    checked = {name: _CHECKS[name](value) for name, value in parameters.items() if value is not None}
    return {name: value for name, value in checked.items() if value != []}


def _number_within(name: str, least: float, most: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"{name} is {short_form(value)}; it has to be a number from {least:g} to {most:g}")
        return float(value) if isinstance(value, float) else int(value)

    return check


def _max_tokens(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_TOKENS:
        raise ValueError(f"max_tokens is {short_form(value)}; it has to be a whole number from 1 to {_MOST_TOKENS}")
    return int(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not _SEEDS[0] <= value <= _SEEDS[1]:
        raise ValueError(f"seed is {short_form(value)}; it has to be a whole number of 64 bits")
    return int(value)


def _stop(value: object) -> str | list[str]:
    if isinstance(value, str):
        return _stop_text("stop", value)
    if not isinstance(value, list | tuple):
        raise ValueError(f"stop is {short_form(value)}; it has to be a text or a list of texts")
    if len(value) > _MOST_STOPS:
        raise ValueError(f"stop has {len(value)} texts; {_MOST_STOPS} are the most")
    return [_stop_text(f"stop[{index}]", text) for index, text in enumerate(value)]


def _stop_text(where: str, text: object) -> str:
    if not isinstance(text, str):
        raise ValueError(f"{where} is {short_form(text)}; it has to be a text")
    if not text:
        raise ValueError(f"{where} is empty; every answer would stop before its first letter")
    return plain_text(where, text)


_SHOWN = 100
"""Characters of a value in an error's text."""


def short_form(value: object) -> str:
    """A value in an error's text, as JSON has it: callers in other languages read these texts too.

    What is None is missing, since null and nothing mean the same in every field.
    """
    if value is None:
        return "missing"
    if isinstance(value, int) and value.bit_length() > 200:  # thousands of digits cannot even be written
        return f"a number of {value.bit_length()} bits"
    try:
        text = _json_beginning(value)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _json_beginning(value: object) -> str:
    """What is shown of a value, and no more: the whole may be megabytes."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += piece
        if len(text) > _SHOWN:
            break
    return text.encode(errors="backslashreplace").decode()  # half a character could not be written anywhere


_CHECKS: dict[str, Callable[[object], Any]] = {
    "temperature": _number_within("temperature", 0, 2),
    "top_p": _number_within("top_p", 0, 1),
    "frequency_penalty": _number_within("frequency_penalty", -2, 2),
    "presence_penalty": _number_within("presence_penalty", -2, 2),
    "max_tokens": _max_tokens,
    "seed": _seed,
    "stop": _stop,
}

SAMPLING = ("top_p", "frequency_penalty", "presence_penalty")
"""Those of them that not every host takes: they colour an answer, and none is given up for want of them."""

PARAMETERS = tuple(_CHECKS)
"""The options that pass through to a model."""
