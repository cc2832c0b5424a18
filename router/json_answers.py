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
_REFERENCE = "$ref"


class InvalidJson(ValueError):
    """A text is not the JSON that was asked for.

    Its text says where and against which rule, and nothing of the answer, so that it may be logged.

    Attributes:
        faults: each fault with its path and the value that is at fault.
    """

    def __init__(self, faults: tuple[AnswerFault, ...]) -> None:
        super().__init__("; ".join(fault.place for fault in faults))
        self.faults = tuple(fault.words for fault in faults)


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What does not fit, in words that hold pieces of the answer, and without them."""

    words: str
    place: str


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
    faults: tuple[AnswerFault, ...] = (_NONE,)
    for candidate in _candidates(text):
        try:
            document = Document(candidate, json.loads(candidate, parse_constant=_no_constant))
        except (ValueError, RecursionError):  # the latter from hundreds of brackets, one in the other
            continue
        found = schema_faults(document.parsed, schema)
        if not found:
            return document
        faults = found
    raise InvalidJson(faults)


_NONE = AnswerFault("the text holds no JSON document", "the text holds no JSON document")
_NO_OBJECT = AnswerFault("$: a JSON object was asked for", "$: a JSON object was asked for")
_TOO_DEEP = AnswerFault("$: it is nested too deeply", "$: it is nested too deeply")
_NOWHERE = AnswerFault("$: the schema refers to something that is not in it", "$: the schema refers to nothing in it")


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


def schema_faults(value: Any, schema: Mapping[str, Any] | None) -> tuple[AnswerFault, ...]:
    """What does not fit, each with its path; empty where it all does."""
    if schema is None:
        return () if isinstance(value, dict) else (_NO_OBJECT,)
    from referencing.exceptions import Unresolvable

    validator = _validator(json.dumps(schema, sort_keys=True, default=str))
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    except RecursionError:
        return (_TOO_DEEP,)
    except Unresolvable:
        return (_NOWHERE,)
    return tuple(_fault(error) for error in errors[:_MOST_FAULTS])


def _fault(error: Any) -> AnswerFault:
    rule = f"{error.json_path}: breaks the schema's {error.validator!r}"
    return AnswerFault(f"{error.json_path}: {error.message}"[:300], rule[:300])


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    # Loaded with the first schema: the library takes 60 ms, and most requests have none.
    from jsonschema.validators import validator_for

    loaded = json.loads(schema)
    return validator_for(loaded)(loaded, registry=_known_documents())


def _known_documents() -> Any:
    """The published meta-schemas, and no way to any other document: left to itself the library would fetch them."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it comes without types

    return REGISTRY


def check_schema(schema: dict[str, Any]) -> None:
    """Refuse a schema that is none, or that refers to something that is not in it, before anybody is asked.

    Raises:
        ValueError: says where and why.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        validator_for(schema).check_schema(schema)
        lost = next((one for one in _references(schema) if not _leads_somewhere(one, schema)), None)
    except SchemaError as error:
        raise ValueError(f"the JSON schema does not hold at {error.json_path}: {error.message}") from error
    except RecursionError as error:
        raise ValueError("the JSON schema is nested too deeply") from error
    if lost is not None:
        raise ValueError(
            f"the JSON schema refers to {lost!r}, which is not in it; put what it needs under $defs and refer to it as "
            "#/$defs/name (nothing is fetched)"
        )


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get(_REFERENCE), str):
            yield part[_REFERENCE]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _leads_somewhere(reference: str, schema: dict[str, Any]) -> bool:
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    own = str(schema.get("$id", ""))
    resolver = _known_documents().with_resource(own, DRAFT202012.create_resource(schema)).resolver(own)
    try:
        resolver.lookup(reference)
    except Unresolvable:
        return False
    return True


def reask_text(faults: tuple[str, ...]) -> str:
    """What a model is told when it is asked once more."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your last answer was not valid:\n{listed}\nAnswer again with one valid JSON document and nothing else."
