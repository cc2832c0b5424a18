"""A call's arguments made a JSON object, mended where that loses nothing and guesses nothing.

What is mended: no text at all is no arguments; a value that was written as JSON twice is read twice; a text in a place
where the schema wants a list, an object, a number or a truth value becomes one where it says nothing else; the slips
that `router.json_answers` mends in any document. What is not: anything that would have to be guessed, above all
arguments that were cut off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from router.json_answers import InvalidJson, read_document
from router.providers.decoding.json_reader import whole_text

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_DEEPEST = 30
"""Levels of arguments that are looked through for texts to be read."""


class BrokenArguments(ValueError):
    """The arguments are no JSON object, and cannot be made one without a guess."""


def read_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in a call's text.

    Args:
        schema: the tool's, which is looked at for the types that it wants and not otherwise checked.

    Raises:
        BrokenArguments: there is no object in it.
    """
    value = _read_twice(text)
    if not isinstance(value, dict):
        raise BrokenArguments("the arguments are no JSON object")
    fitted: dict[str, Any] = _fitted(_whole(value, text), schema, schema, 0)
    return fitted


def _whole(value: Any, text: str) -> Any:
    """The value without half characters, which could be neither kept nor sent on."""
    return value if _HALF.search(text) is None else json.loads(whole_text(json.dumps(value, ensure_ascii=False)))


def _read_twice(text: str) -> Any:
    if not text.strip():
        return {}
    value = _value_in(text)
    if value is None:
        return {}
    if not isinstance(value, str):
        return value
    return _value_in(value) if value.strip() else {}


def _value_in(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        pass
    if not text.lstrip().startswith("{"):
        raise BrokenArguments("the arguments are no JSON")
    try:
        return read_document(text, None).parsed
    except InvalidJson:
        raise BrokenArguments("the arguments are no well-formed JSON, or were cut off") from None


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


# --- texts in the place of something else ----------------------------------------------------------------------------


def _fitted(value: Any, schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    """The value with texts read where the schema wants something else than a text and they say it without loss."""
    if depth > _DEEPEST:
        return value
    part = _followed(schema, root)
    if isinstance(value, str):
        value = _read_as(value, _types_of(part, root))
    if isinstance(value, dict):
        return {name: _fitted(inner, _property(part, name), root, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fitted(inner, part.get("items"), root, depth + 1) for inner in value]
    return value


def _followed(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a schema that a reference within it leads to."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            break
        schema = root
        for step in filter(None, reference[1:].split("/")):
            schema = schema.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(schema, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}


def _types_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> frozenset[str]:
    """The types that a schema names; none where it leaves them open."""
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set(filter(_is_text, named)) if isinstance(named, list) else set()
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word)
        for branch in branches if isinstance(branches, list) else ():
            inner = _types_of(_plain(branch, root), root)
            if not inner:
                return frozenset()  # a branch that takes anything takes the text too
            types |= inner
    return frozenset(types)


def _plain(branch: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A branch without branches of its own: two levels of them are left as they are."""
    followed = _followed(branch, root)
    return {name: value for name, value in followed.items() if name not in ("anyOf", "oneOf")}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _property(schema: Mapping[str, Any], name: str) -> Any:
    properties, further_schema = schema.get("properties"), schema.get("additionalProperties")
    if isinstance(properties, Mapping) and name in properties:
        return properties[name]
    return further_schema


def _read_as(text: str, types: frozenset[str]) -> Any:
    """What a text says in the types that are wanted, where that is plain and a text is not wanted itself."""
    if not types or "string" in types:
        return text
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # Python's own words for the two are as plain.
        value = {"True": True, "False": False, "None": None}.get(text, text)
    kind = _type_of(value)
    if kind == "integer" and "integer" not in types:
        kind = "number"
    if kind == "number" and "number" not in types and isinstance(value, float) and value.is_integer():
        return int(value) if "integer" in types and abs(value) < 2**53 else text
    return value if kind in types else text


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "integer", float: "number", dict: "object", list: "array", type(None): "null"}
    return kinds.get(type(value), "string")
