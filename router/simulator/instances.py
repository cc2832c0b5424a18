"""A valid instance of any JSON schema in Groq's strict subset, and of most others."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

_DEEPEST = 6
_FORMATS = {
    "date": "2026-11-24",
    "date-time": "2026-11-24T08:30:00Z",
    "time": "08:30:00Z",
    "duration": "P1D",
    "email": "coach@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "uuid": "3f2b8c1e-5d4a-4c6b-9e8f-0a1b2c3d4e5f",
}


def instance_of(schema: Mapping[str, Any], dice: random.Random, words: str) -> Any:
    """An instance of `schema`; texts in it are taken from `words`.

    Args:
        dice: chooses among what is allowed.
    """
    return _Maker(schema, dice, words.split() or ["sample"]).make(schema, 0)


class _Maker:
    def __init__(self, root: Mapping[str, Any], dice: random.Random, words: list[str]) -> None:
        self._root = root
        self._dice = dice
        self._words = words

    def make(self, schema: Any, depth: int) -> Any:
        schema = self._whole(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._dice.choice(schema["enum"])
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                return self.make(self._branch(schema[word], depth), depth)
        return self._typed(self._type_of(schema, depth), schema, depth)

    def _whole(self, schema: Any) -> Mapping[str, Any]:
        """The schema with its reference followed and its `allOf` merged."""
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            return {**self._whole(self._at(reference)), **rest}
        merged = dict(schema)
        for part in schema.get("allOf") or ():
            inner = self._whole(part)
            properties = {**merged.get("properties", {}), **inner.get("properties", {})}
            required = [*merged.get("required", ()), *inner.get("required", ())]
            merged = {**inner, **merged, "properties": properties, "required": required}
        return merged

    def _at(self, reference: str) -> Any:
        place: Any = self._root
        for name in reference.removeprefix("#").strip("/").split("/"):
            place = place[name.replace("~1", "/").replace("~0", "~")] if name else place
        return place

    def _branch(self, branches: list[Any], depth: int) -> Any:
        """Any branch; deep down the flattest one, so that a recursive schema ends."""
        if depth < _DEEPEST:
            return self._dice.choice(branches)
        return min(branches, key=lambda branch: self._weight(self._whole(branch)))

    @staticmethod
    def _weight(schema: Mapping[str, Any]) -> int:
        kinds = schema.get("type")
        if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
            return 0
        return 3 if kinds == "object" or "properties" in schema else 2 if kinds == "array" else 1

    def _type_of(self, schema: Mapping[str, Any], depth: int) -> str:
        kinds = schema.get("type")
        if isinstance(kinds, list):
            flat = [kind for kind in kinds if kind == "null"] if depth >= _DEEPEST else []
            return str(self._dice.choice(flat or kinds))
        if isinstance(kinds, str):
            return kinds
        return "object" if "properties" in schema else "array" if "items" in schema else "string"

    def _typed(self, kind: str, schema: Mapping[str, Any], depth: int) -> Any:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind in ("number", "integer"):
            return self._number(schema, whole=kind == "integer")
        return {"boolean": self._dice.random() < 0.5, "null": None}.get(kind, self._text(schema))

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        wanted = [name for name in properties if name in required or depth < 2]
        wanted += [name for name in required if name not in properties]
        return {name: self.make(properties.get(name, {}), depth + 1) for name in wanted}

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = int(schema.get("minItems", 0))
        most = int(schema.get("maxItems", max(least, 3)))
        count = least if depth >= _DEEPEST else min(max(least, self._dice.randint(1, 3)), most)
        found: list[Any] = []
        for _ in range(count * (20 if schema.get("uniqueItems") else 1)):
            item = self.make(schema.get("items") or {}, depth + 1)
            if len(found) < count and not (schema.get("uniqueItems") and item in found):
                found.append(item)
        return found

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float | int:
        step = schema.get("multipleOf") or (1 if whole else 0.1)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        low = (0 if high is None else min(0, high - 100)) if low is None else low
        high = low + 100 if high is None else high
        allowed = [number for number in self._between(low, high, step, whole) if _fits(number, schema)]
        return self._dice.choice(allowed) if allowed else (int(low) if whole else (low + high) / 2)

    def _between(self, low: float, high: float, step: float, whole: bool) -> list[float | int]:
        first, last = int(low // step), int(high // step) + 1
        picks = {first, first + 1, last - 1, last, *(self._dice.randint(first, last) for _ in range(6))}
        values = [pick * step for pick in sorted(picks)]
        return [round(value) if whole else round(value, 6) for value in values]

    def _text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
        start = self._dice.randrange(len(self._words))
        text = " ".join(self._words[start : start + 4]) or "sample"
        while len(text) < least:
            text += " " + self._dice.choice(self._words)
        return text if most is None else text[: int(most)]


def _fits(number: float, schema: Mapping[str, Any]) -> bool:
    low, over = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, under = schema.get("maximum"), schema.get("exclusiveMaximum")
    return (
        (low is None or number >= low)
        and (over is None or number > over)
        and (high is None or number <= high)
        and (under is None or number < under)
    )
