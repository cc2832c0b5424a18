"""JSON answers: found in the text, mended without a call where that is safe, checked against the schema.

Safe means that nothing is invented: fences and prose around one whole document are taken off, and a trailing comma.
A document that broke off is not completed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_FENCE = re.compile(r"```(?:json|JSON)?\s*\n?(.*?)```", re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_MOST_FAULTS = 5


class InvalidJson(ValueError):
    """A text is not the JSON that was asked for; `faults` names each fault with its path."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document: its text, and the Python values in it."""

    text: str
    parsed: Any


def read_document(text: str, schema: Mapping[str, Any] | None) -> Document:
    """Find the document in a model's answer and check it.

    Args:
        schema: the JSON schema it has to fit; None asks for any JSON object.

    Raises:
        InvalidJson: there is none, or it does not fit.
    """
    faults: tuple[str, ...] = ("the text holds no JSON document",)
    for candidate in _candidates(text):
        try:
            document = Document(candidate, json.loads(candidate, parse_constant=_no_constant))
        except ValueError:
            continue
        found = schema_faults(document.parsed, schema)
        if not found:
            return document
        faults = found
    raise InvalidJson(faults)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _candidates(text: str) -> Iterator[str]:
    """The text itself, then what stands in fences, then the first whole document in prose; each also mended."""
    stripped = text.strip().removeprefix("\ufeff")
    yield stripped
    spans = [match.group(1).strip() for match in _FENCE.finditer(text)]
    spans += list(_balanced(stripped))
    yield from spans
    for span in [stripped, *spans]:
        mended = _TRAILING_COMMA.sub(lambda match: match.group(1) or "", span)
        if mended != span:
            yield mended


def _balanced(text: str) -> Iterator[str]:
    """The first stretch from a bracket to the one that closes it, strings respected."""
    start = min((position for position in (text.find("{"), text.find("[")) if position >= 0), default=-1)
    if start < 0:
        return
    depth, in_string, escaped = 0, False, False
    for position in range(start, len(text)):
        character = text[position]
        if in_string:
            in_string, escaped = _within_string(character, escaped)
            continue
        in_string = character == '"'
        depth += (character in "{[") - (character in "}]")
        if depth == 0:
            yield text[start : position + 1]
            return


def _within_string(character: str, escaped: bool) -> tuple[bool, bool]:
    if escaped:
        return True, False
    return character != '"', character == "\\"


def schema_faults(value: Any, schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What does not fit, each with its path; empty where it all does."""
    if schema is None:
        return () if isinstance(value, dict) else ("$: a JSON object was asked for",)
    validator = _validator(json.dumps(schema, sort_keys=True, default=str))
    errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    return tuple(f"{error.json_path}: {error.message}"[:300] for error in errors[:_MOST_FAULTS])


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    # Loaded with the first schema: the library takes 60 ms, and most requests have none.
    from jsonschema.validators import validator_for

    loaded = json.loads(schema)
    return validator_for(loaded)(loaded)


def check_schema(schema: dict[str, Any]) -> None:
    """Refuse a schema that is none, before anybody is asked.

    Raises:
        ValueError: says where and why.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"the JSON schema does not hold at {error.json_path}: {error.message}") from error


def reask_text(faults: tuple[str, ...]) -> str:
    """What a model is told when it is asked once more."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your last answer was not valid:\n{listed}\nAnswer again with one valid JSON document and nothing else."
