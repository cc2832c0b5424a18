"""A valid instance of any JSON schema in Groq's strict subset, and of most others."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rstr import Rstr

_DEEPEST = 5
_LONGEST = 3
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
_ABSENT = object()


class BadSchema(ValueError):
    """A schema that no finite document fits, or that points to what is not there."""


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """What was read out of the prompt, for the fields of a schema that ask for it.

    Attributes:
        words: the prompt's own, for texts.
        single: values by field name.
        records: one mapping of values for each thing that the prompt lists.
        names: for a field name, the one under which its value stands here.
    """

    words: Sequence[str] = ("sample",)
    single: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[Mapping[str, Any]] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, record: Mapping[str, Any]) -> Any:
        """The value for a field, of a record or else of the whole; `_ABSENT` where there is none."""
        known = self.known_as(name)
        return record.get(known, self.single.get(known, _ABSENT))

    def known_as(self, name: str) -> str:
        """The name under which a field's value would stand here."""
        plain = re.sub("[^a-z]", "", name.lower())
        return self.names.get(plain, plain)


def instance_of(schema: Mapping[str, Any], dice: random.Random, facts: SchemaFacts) -> Any:
    """An instance of `schema`, filled from `facts` where its fields allow.

    Args:
        dice: chooses among what is allowed.

    Raises:
        BadSchema: there is no such instance.
    """
    try:
        return _Maker(schema, dice, facts).make(schema, 0, {})
    except RecursionError:
        raise BadSchema("the schema has no finite instance") from None


class _Maker:
    def __init__(self, root: Mapping[str, Any], dice: random.Random, facts: SchemaFacts) -> None:
        self._root = root
        self._dice = dice
        self._facts = facts

    def make(self, schema: Any, depth: int, record: Mapping[str, Any]) -> Any:
        schema = self._whole(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._dice.choice(schema["enum"])
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                return self.make(self._branch(schema[word], depth), depth, record)
        return self._typed(self._type_of(schema, depth), schema, depth, record)

    # --- the schema ----------------------------------------------------------------------------------------------

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
        try:
            for name in reference.removeprefix("#").strip("/").split("/"):
                place = place[name.replace("~1", "/").replace("~0", "~")] if name else place
        except (KeyError, TypeError):
            raise BadSchema(f"there is nothing at {reference!r}") from None
        return place

    def _branch(self, branches: list[Any], depth: int) -> Any:
        """Any branch that ends; deep down the flattest one, so that a recursive schema does."""
        heights = [self._height(branch, frozenset()) for branch in branches]
        if depth >= _DEEPEST:
            return branches[heights.index(min(heights))]
        ending = [branch for branch, height in zip(branches, heights, strict=True) if height < _ENDLESS]
        return self._dice.choice(ending or branches)

    def _height(self, schema: Any, opened: frozenset[str]) -> float:
        """How deep the flattest instance is; endless where a schema needs itself."""
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if reference in opened:
            return _ENDLESS
        opened = opened | {reference} if isinstance(reference, str) else opened
        schema = self._whole(schema)
        if "const" in schema or schema.get("enum"):
            return 0
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return min(self._height(branch, opened) for branch in branches)
        return min(self._height_as(kind, schema, opened) for kind in _kinds(schema))

    def _height_as(self, kind: str, schema: Mapping[str, Any], opened: frozenset[str]) -> float:
        if kind == "object":
            inner = [schema.get("properties", {}).get(name) for name in schema.get("required") or ()]
            return 1 + max((self._height(one, opened) for one in inner), default=0)
        if kind == "array" and schema.get("minItems"):
            return 1 + self._height(schema.get("items"), opened)
        return 0

    def _type_of(self, schema: Mapping[str, Any], depth: int) -> str:
        kinds = _kinds(schema)
        if depth >= _DEEPEST:
            return min(kinds, key=lambda kind: self._height_as(kind, schema, frozenset()))
        return self._dice.choice(kinds)

    # --- the instance --------------------------------------------------------------------------------------------

    def _typed(self, kind: str, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> Any:
        if kind == "object":
            return self._object(schema, depth, record)
        if kind == "array":
            return self._array(schema, depth, record)
        if kind in ("number", "integer"):
            return self._number(schema, whole=kind == "integer")
        return {"boolean": self._dice.random() < 0.5, "null": None}.get(kind, self._text(schema))

    def _object(self, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        wanted = [name for name in properties if name in required or depth < 2]
        wanted += [name for name in required if name not in properties]
        return {name: self._field(name, properties.get(name, {}), depth + 1, record) for name in wanted}

    def _field(self, name: str, schema: Any, depth: int, record: Mapping[str, Any]) -> Any:
        known = self._facts.value(name, record)
        if isinstance(known, list) and "array" in _kinds(self._whole(schema)):
            return self._listed(known, self._whole(schema).get("items") or {}, depth)
        for value in (known, round(known)) if isinstance(known, float) else (known,):
            if value is not _ABSENT and self._accepts(value, schema):
                return value
        return self.make(schema, depth, record)

    def _listed(self, known: list[Any], items: Any, depth: int) -> list[Any]:
        """A list that the facts hold whole: of values, or of one record for each item."""
        return [self.make(items, depth + 1, one) if isinstance(one, Mapping) else one for one in known]

    def _accepts(self, value: Any, schema: Any) -> bool:
        """Whether a text, a number or null fits; for anything else no."""
        schema = self._whole(schema)
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return any(self._accepts(value, branch) for branch in branches)
        if value not in schema.get("enum", [value]) or "const" in schema:
            return False
        kinds = _kinds(schema)
        if value is None:
            return "null" in kinds
        if isinstance(value, str):
            return "string" in kinds and "format" not in schema and _text_fits(value, schema)
        whole = "integer" in kinds and isinstance(value, int)
        return isinstance(value, int | float) and ("number" in kinds or whole) and _number_fits(value, schema)

    def _array(self, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> list[Any]:
        items = schema.get("items") or {}
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
        records = self._records_for(items, record)
        count = len(records) or (least if depth >= _DEEPEST else self._dice.randint(1, max(1, _LONGEST - depth // 2)))
        count = max(least, count if most is None else min(count, int(most)))
        found: list[Any] = []
        for attempt in range(count * (20 if schema.get("uniqueItems") else 1)):
            item = self.make(items, depth + 1, records[attempt] if attempt < len(records) else record)
            if len(found) < count and not (schema.get("uniqueItems") and item in found):
                found.append(item)
        return found

    def _records_for(self, items: Any, record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The things of the prompt, where a list has fields for them and is in none of them itself."""
        fields = self._whole(items).get("properties") or {}
        records = () if record else self._facts.records
        known = [name for name in fields if records and self._facts.known_as(name) in records[0]]
        return records if len(known) >= 2 or (known and len(fields) == 1) else ()

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float | int:
        step = schema.get("multipleOf") or (1 if whole else 0.1)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        low = (0 if high is None else min(0, high - 100)) if low is None else low
        high = low + 100 if high is None else high
        allowed = [number for number in self._between(low, high, step, whole) if _number_fits(number, schema)]
        return self._dice.choice(allowed) if allowed else (int(low) if whole else (low + high) / 2)

    def _between(self, low: float, high: float, step: float, whole: bool) -> list[float | int]:
        first, last = int(low // step), int(high // step) + 1
        picks = {first, first + 1, last - 1, last, *(self._dice.randint(first, last) for _ in range(6))}
        values = [pick * step for pick in sorted(picks)]
        return [round(value) if whole else round(value, 6) for value in values]

    def _text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        drafts = (self._draft(schema) for _ in range(30))
        plain = self._draft({**schema, "pattern": None})
        return next((text for text in drafts if _text_fits(text, schema)), plain)

    def _draft(self, schema: Mapping[str, Any]) -> str:
        if schema.get("pattern") and (text := _matching(schema["pattern"], self._dice)) is not None:
            return text
        words, least, most = self._facts.words, int(schema.get("minLength", 0)), schema.get("maxLength")
        start = self._dice.randrange(len(words))
        text = " ".join(words[start : start + 4])
        while len(text) < least:
            text += " " + self._dice.choice(words)
        return text if most is None else text[: int(most)]


_ENDLESS = float("inf")


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return [kinds]
    unsaid = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return list(kinds or [unsaid])


def _matching(pattern: str, dice: random.Random) -> str | None:
    """A text made from a pattern; None for one that cannot be read, or asks for more than is made."""
    try:
        return Rstr(dice).xeger(pattern)
    except (re.error, ValueError):
        return None


def _text_fits(text: str, schema: Mapping[str, Any]) -> bool:
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, text):
        return False
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)))


def _number_fits(number: float, schema: Mapping[str, Any]) -> bool:
    low, over = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, under = schema.get("maximum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    return (
        (low is None or number >= low)
        and (over is None or number > over)
        and (high is None or number <= high)
        and (under is None or number < under)
        and (step is None or float(number / step).is_integer())
    )
