"""Reads JSON schemas for who makes instances of them: references followed, conjunctions merged, depths measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

ENDLESS = float("inf")
_NEVER: Mapping[str, Any] = {"not": {}}
_BRANCHES = ("anyOf", "oneOf")
_FOR_OBJECTS = ("properties", "required", "minProperties", "patternProperties", "additionalProperties", "propertyNames")
_FOR_ARRAYS = ("items", "prefixItems", "contains", "minItems", "uniqueItems", "additionalItems")
_FOR_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


class BadSchema(ValueError):
    """A schema that no finite document fits, or that points to what is not there."""


class SchemaReader:
    """Reads the parts of one schema.

    Args:
        root: the whole schema, which references are followed in.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._anchors = {f"#{name}": part for part in _parts_of(root) for name in _names_of(part)}

    def whole(self, schema: Any) -> Mapping[str, Any]:
        """The schema with its reference followed and its `allOf` merged into it."""
        if not isinstance(schema, Mapping):
            return _NEVER if schema is False else {}
        reference = schema.get("$ref")
        siblings = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
        merged = merge(self.whole(self._at(reference)), siblings) if isinstance(reference, str) else siblings
        for part in schema.get("allOf") or ():
            merged = merge(merged, self.whole(part))
        return merged

    def _at(self, reference: str) -> Any:
        if reference in self._anchors:
            return self._anchors[reference]
        place: Any = self._root
        try:
            for name in reference.removeprefix(str(self._root.get("$id", ""))).removeprefix("#").strip("/").split("/"):
                key = name.replace("~1", "/").replace("~0", "~")
                place = (place[int(key)] if isinstance(place, list) else place[key]) if name else place
        except (KeyError, TypeError, ValueError, IndexError):
            raise BadSchema(f"there is nothing at {reference!r}") from None
        return place

    def height(self, schema: Any, opened: frozenset[str] = frozenset()) -> float:
        """How deep the flattest instance is; endless where a schema needs itself."""
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if reference in opened:
            return ENDLESS
        opened = opened | {reference} if isinstance(reference, str) else opened
        schema = self.whole(schema)
        if "const" in schema or schema.get("enum"):
            return 0
        branches = branches_of(schema)
        if branches:
            flattest = min(self.height(branch, opened) for branch in branches)
            plain = {name: value for name, value in schema.items() if name not in _BRANCHES}
            return max(flattest, self.height(plain, opened) if plain.get("required") else 0)
        return min(self.height_as(kind, schema, opened) for kind in kinds_of(schema))

    def height_as(self, kind: str, schema: Mapping[str, Any], opened: frozenset[str] = frozenset()) -> float:
        """The same, as a value of one of its types."""
        if kind == "object":
            inner = [schema.get("properties", {}).get(name) for name in schema.get("required") or ()]
            return 1 + max((self.height(part, opened) for part in inner), default=0)
        if kind == "array" and schema.get("minItems"):
            return 1 + self.height(schema.get("items"), opened)
        return 0


def branches_of(schema: Mapping[str, Any]) -> list[Any]:
    """What a schema lets choose between."""
    return next((schema[word] for word in _BRANCHES if schema.get(word)), [])


def without_branches(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the branches that `branches_of` gives."""
    word = next(word for word in _BRANCHES if schema.get(word))
    return {name: value for name, value in schema.items() if name != word}


def kinds_of(schema: Mapping[str, Any]) -> list[str]:
    """The types of its instances; where it names none, the one that its other words are about."""
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return [kinds]
    about = {"object": _FOR_OBJECTS, "array": _FOR_ARRAYS, "number": _FOR_NUMBERS}
    unsaid = next((kind for kind, words in about.items() if any(word in schema for word in words)), "string")
    return list(kinds or [unsaid])


def merge(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """One schema for what fits both; of words that cannot be joined the right one's stay."""
    merged = {**left, **right}
    for word in left.keys() & right.keys():
        if word in _BRANCHES:  # both have to be chosen from, one after the other
            merged[word] = left[word]
            merged["allOf"] = [*merged.get("allOf", ()), {word: right[word]}]
        else:
            merged[word] = _JOINS[word](left[word], right[word]) if word in _JOINS else right[word]
    return merged


def _both(left: Any, right: Any) -> Any:
    return left if left == right else {"allOf": [left, right]}


def _properties(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    shared = {name: _both(left[name], right[name]) for name in left.keys() & right.keys()}
    return {**left, **right, **shared}


def _types(left: Any, right: Any) -> Any:
    first, second = ([kind] if isinstance(kind, str) else list(kind) for kind in (left, right))
    # An integer is a number too, so the narrower of both stays.
    narrowed = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    narrowed += [kind for kind in second if kind == "integer" and "number" in first and kind not in narrowed]
    return narrowed or second


_JOINS: Mapping[str, Callable[[Any, Any], Any]] = {
    "properties": _properties,
    "patternProperties": _properties,
    "required": lambda left, right: list(dict.fromkeys([*left, *right])),
    "type": _types,
    "enum": lambda left, right: [value for value in left if value in right] or right,
    "items": _both,
    "allOf": lambda left, right: [*left, *right],
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def _parts_of(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _parts_of(inner)


def _names_of(part: Mapping[str, Any]) -> list[str]:
    """What a part may be referred to by: its anchor, which draft 7 wrote as an id."""
    names = [part.get("$anchor"), part.get("$id")]
    return [name.removeprefix("#") for name in names if isinstance(name, str) and not name.startswith("http")]
