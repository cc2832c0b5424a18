"""A valid instance of any JSON schema in Groq's strict subset, and of most others."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.simulator.answers.patterns import matches_pattern, text_matching
from router.simulator.answers.schemas import (
    ENDLESS,
    BadSchema,
    SchemaReader,
    branches_of,
    kinds_of,
    merge,
    without_branches,
)

_DEEPEST = 5
_DRAFTS = 60
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
_SHORT_FORMATS = {"email": "a@b.co", "hostname": "b.co", "uri": "a:b"}
"""Where a text has to be shorter than those above."""
_ABSENT = object()


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

    Most words are followed while it is made; what a few of them ask for together (`not`, `oneOf`, conditions) is held
    against a validator, and made anew. Where no draft fits, the last one is given: a model does its best too.

    Args:
        dice: chooses among what is allowed.

    Raises:
        BadSchema: there is no such instance.
    """
    from jsonschema.validators import validator_for  # loaded with the first schema

    maker, draft = _Maker(schema, dice, facts), None
    validator = validator_for(schema)(schema)
    try:
        for number in range(_DRAFTS):
            maker.sparse = number > 0
            draft = maker.make(schema, 0, {})
            if _fits_schema(validator, draft):
                break
    except RecursionError:
        raise BadSchema("the schema has no finite instance") from None
    return draft


def _fits_schema(validator: Any, draft: Any) -> bool:
    try:
        return bool(validator.is_valid(draft))
    except Exception:  # noqa: BLE001 – the schema is the caller's: whatever cannot be checked here is taken as it is
        return True


class _Maker:
    """Makes drafts of an instance.

    Attributes:
        sparse: whether fields that need not be there are left out by chance, rather than all written.
    """

    def __init__(self, root: Mapping[str, Any], dice: random.Random, facts: SchemaFacts) -> None:
        self._reader = SchemaReader(root)
        self._dice = dice
        self._facts = facts
        self.sparse = False
        self._hopeless: set[str] = set()  # patterns that no text was found for: looking again would take seconds

    def make(self, schema: Any, depth: int, record: Mapping[str, Any]) -> Any:
        schema = self._resolved_schema(self._reader.whole(schema), depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._dice.choice(schema["enum"])
        return self._value_of_type(self._type_of(schema, depth), schema, depth, record)

    # --- choices -------------------------------------------------------------------------------------------------

    def _resolved_schema(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """The schema with one of its branches and one side of its condition chosen."""
        while (branches := branches_of(schema)) or "allOf" in schema:
            if branches:
                schema = merge(without_branches(schema), self._reader.whole(self._choose_branch(branches, depth)))
            else:
                schema = self._reader.whole(schema)
        if "if" not in schema:
            return schema
        plain = {name: value for name, value in schema.items() if name not in ("if", "then", "else")}
        met = self._dice.random() < 0.5
        sides = ["if", "then"] if met else ["else"]
        for side in sides:
            plain = merge(plain, self._reader.whole(schema.get(side, {})))
        return self._resolved_schema(plain, depth)

    def _choose_branch(self, branches: list[Any], depth: int) -> Any:
        """Any branch that ends; deep down the flattest one, so that a recursive schema does."""
        heights = [self._reader.height(branch) for branch in branches]
        if depth >= _DEEPEST:
            return branches[heights.index(min(heights))]
        ending = [branch for branch, height in zip(branches, heights, strict=True) if height < ENDLESS]
        return self._dice.choice(ending or branches)

    def _type_of(self, schema: Mapping[str, Any], depth: int) -> str:
        kinds = kinds_of(schema)
        if depth >= _DEEPEST:
            return min(kinds, key=lambda kind: self._reader.height_as(kind, schema))
        return self._dice.choice(kinds)

    # --- the instance --------------------------------------------------------------------------------------------

    def _value_of_type(self, kind: str, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> Any:
        if kind == "object":
            return self._make_object(schema, depth, record)
        if kind == "array":
            return self._make_array(schema, depth, record)
        if kind in ("number", "integer"):
            return self._make_number(schema, whole=kind == "integer")
        return {"boolean": self._dice.random() < 0.5, "null": None}.get(kind, self._make_text(schema))

    def _make_object(self, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = self._required_names(schema)
        optional = [name for name in properties if name not in required and self._is_written(depth)]
        optional = optional[: max(0, int(schema.get("maxProperties", len(properties))) - len(required))]
        named = [name for name in properties if name in required or name in optional]
        named += [name for name in required if name not in properties]
        if dependent := self._dependent_schemas(schema, named):
            return self._make_object(merge(_without_dependencies(schema), dependent), depth, record)
        document = {name: self._make_field(name, _part_for(name, schema), depth + 1, record) for name in named}
        for name in self._further_names(schema, len(document)):
            document.setdefault(name, self._make_field(name, _part_for(name, schema), depth + 1, record))
        return document

    def _is_written(self, depth: int) -> bool:
        """Whether a field that need not be there is: near the top all are, so that answers are full."""
        return depth < 2 and not (self.sparse and self._dice.random() < 0.5)

    def _required_names(self, schema: Mapping[str, Any]) -> list[str]:
        """What has to be there, with what that asks for in its turn."""
        required = list(schema.get("required") or ())
        dependent = {**(schema.get("dependencies") or {}), **(schema.get("dependentRequired") or {})}
        for name in required:  # grows while it is walked
            dependants = dependent.get(name, ())
            required += [field for field in dependants if isinstance(dependants, list) and field not in required]
        return required

    def _dependent_schemas(self, schema: Mapping[str, Any], named: list[str]) -> dict[str, Any]:
        """What the fields that are written ask of the whole object, under either of its names."""
        by_name = {**(schema.get("dependencies") or {}), **(schema.get("dependentSchemas") or {})}
        parts = [by_name[name] for name in named if isinstance(by_name.get(name), Mapping)]
        whole: dict[str, Any] = {}
        for part in parts:
            whole = dict(merge(whole, self._reader.whole(part)))
        return whole

    def _further_names(self, schema: Mapping[str, Any], count: int) -> list[str]:
        """Names for as many more fields as the schema wants: its own, those of its patterns, or any."""
        lacking = int(schema.get("minProperties", 0)) - count
        if lacking <= 0:
            return []
        names = list(schema.get("properties") or ())
        for number in range(_LONGEST * lacking):
            for pattern in schema.get("patternProperties") or ():
                names += [text_matching(pattern, self._dice) or ""]
            if schema.get("additionalProperties") is not False:
                names += self._any_names(self._reader.whole(schema.get("propertyNames") or {}), number)
        fresh = [name for name in dict.fromkeys(names) if name]
        return fresh[: count + lacking]

    def _any_names(self, rule: Mapping[str, Any], number: int) -> list[str]:
        """Names of a schema's own choice, or of any kind."""
        if rule.get("enum"):
            return list(rule["enum"])
        plain = f"field{number}"[-int(rule.get("maxLength", 8)) :]
        return [plain if _text_fits(plain, rule) else self._make_text(rule)]

    def _make_field(self, name: str, schema: Any, depth: int, record: Mapping[str, Any]) -> Any:
        known = self._facts.value(name, record)
        whole = self._reader.whole(schema)
        if isinstance(known, list) and "array" in kinds_of(whole):
            return self._listed_items(known, whole.get("items") or {}, depth)
        for value in (known, round(known)) if isinstance(known, float) else (known,):
            if value is not _ABSENT and self._accepts_value(value, schema):
                return value
        return self.make(schema, depth, record)

    def _listed_items(self, known: list[Any], items: Any, depth: int) -> list[Any]:
        """A list that the facts hold whole: of values, or of record record for each item."""
        return [self.make(items, depth + 1, record) if isinstance(record, Mapping) else record for record in known]

    def _accepts_value(self, value: Any, schema: Any) -> bool:
        """Whether a text, a number or null fits; for anything else no."""
        schema = self._reader.whole(schema)
        if branches := branches_of(schema):
            return any(self._accepts_value(value, branch) for branch in branches)
        if value not in schema.get("enum", [value]) or "const" in schema:
            return False
        kinds = kinds_of(schema)
        if value is None:
            return "null" in kinds
        if isinstance(value, str):
            return "string" in kinds and "format" not in schema and _text_fits(value, schema)
        whole = "integer" in kinds and isinstance(value, int)
        return isinstance(value, int | float) and ("number" in kinds or whole) and _number_fits(value, schema)

    def _make_array(self, schema: Mapping[str, Any], depth: int, record: Mapping[str, Any]) -> list[Any]:
        places, items = _places_and_items(schema)
        first = [self.make(part, depth + 1, record) for part in places]
        if items is False or len(first) >= int(schema.get("maxItems", len(first) + 1)):
            return first[: int(schema.get("maxItems", len(first)))]
        held = (
            [merge({"allOf": [items or {}]}, {"allOf": [items or {}, schema["contains"]]})]
            if "contains" in schema
            else []
        )
        held *= int(schema.get("minContains", 1))
        first += [self.make(part, depth + 1, record) for part in held]
        # Texts of no kind would soon be the same again.
        items = items or ({"type": "integer"} if schema.get("uniqueItems") else {})
        return first + self._further_items(schema, items, depth, record=record, first=first)

    def _further_items(
        self, schema: Mapping[str, Any], items: Any, depth: int, *, record: Mapping[str, Any], first: list[Any]
    ) -> list[Any]:
        """Items behind the `first` ones, as many as the schema allows."""
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
        records = self._records_for(items, record)
        if not records and self._is_of_foods(items) and not first:
            most = least  # the prompt names none, and none is made up
        count = len(records) or (least if depth >= _DEEPEST else self._dice.randint(1, max(1, _LONGEST - depth // 2)))
        count = max(least, count if most is None else min(count, int(most))) - len(first)
        further: list[Any] = []
        for attempt in range(max(0, count) * (20 if schema.get("uniqueItems") else 1)):
            item = self.make(items, depth + 1, records[attempt] if attempt < len(records) else record)
            if len(further) < count and not (schema.get("uniqueItems") and item in [*first, *further]):
                further.append(item)
        return further

    def _is_of_foods(self, items: Any) -> bool:
        """Whether a list is of foods with what is in them."""
        fields = self._reader.whole(items).get("properties") or {}
        return {"food", "kcal", "protein"} <= {self._facts.known_as(name) for name in fields}

    def _records_for(self, items: Any, record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The things of the prompt, where a list has fields for them and is in none of them itself."""
        fields = self._reader.whole(items).get("properties") or {}
        records = () if record else self._facts.records
        known = [name for name in fields if records and self._facts.known_as(name) in records[0]]
        return records if len(known) >= 2 or (known and len(fields) == 1) else ()

    def _make_number(self, schema: Mapping[str, Any], *, whole: bool) -> float | int:
        step = schema.get("multipleOf") or (1 if whole else 0.1)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        low = (0 if high is None else min(0, high - 100)) if low is None else low
        high = low + 100 if high is None else high
        allowed = [number for number in self._numbers_between(low, high, step, whole) if _number_fits(number, schema)]
        return self._dice.choice(allowed) if allowed else (int(low) if whole else (low + high) / 2)

    def _numbers_between(self, low: float, high: float, step: float, whole: bool) -> list[float | int]:
        first, last = int(low // step), int(high // step) + 1
        picks = {first, first + 1, last - 1, last, *(self._dice.randint(first, last) for _ in range(6))}
        values = [pick * step for pick in sorted(picks)]
        return [round(value) if whole else round(value, 6) for value in values]

    def _make_text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") in _FORMATS:
            texts = [table[schema["format"]] for table in (_FORMATS, _SHORT_FORMATS) if schema["format"] in table]
            return next((text for text in texts if _text_fits(text, schema)), texts[0])
        plain = self._draft_text({**schema, "pattern": None})
        if (pattern := schema.get("pattern")) in self._hopeless:
            return plain
        drafts = (self._draft_text(schema) for _ in range(30))
        text = next((text for text in drafts if _text_fits(text, schema)), None)
        if text is None and pattern:
            self._hopeless.add(pattern)
        return plain if text is None else text

    def _draft_text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("pattern") and (text := text_matching(schema["pattern"], self._dice)) is not None:
            return text
        words, least, most = self._facts.words, int(schema.get("minLength", 0)), schema.get("maxLength")
        start = self._dice.randrange(len(words))
        text = " ".join(words[start : start + 4])
        while len(text) < least:
            text += " " + self._dice.choice(words)
        return text if most is None else text[: int(most)]


def _part_for(name: str, schema: Mapping[str, Any]) -> Any:
    """The schema of one field: its own, that of a pattern which its name fits, or that of any other."""
    properties, patterns = schema.get("properties") or {}, schema.get("patternProperties") or {}
    if name in properties:
        return properties[name]
    fitting = [part for pattern, part in patterns.items() if matches_pattern(pattern, name)]
    return fitting[0] if fitting else schema.get("additionalProperties") or {}


def _without_dependencies(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what its fields ask of the whole object, but for names that have to be there with others."""
    lists = {name: part for name, part in (schema.get("dependencies") or {}).items() if isinstance(part, list)}
    plain = {name: part for name, part in schema.items() if name not in ("dependentSchemas", "dependencies")}
    return {**plain, "dependentRequired": {**lists, **(schema.get("dependentRequired") or {})}}


def _places_and_items(schema: Mapping[str, Any]) -> tuple[Sequence[Any], Any]:
    """The schemas of a tuple's places, and that of the items behind them; draft 7 wrote both under other names."""
    items = schema.get("items")
    if isinstance(items, list):
        return items, schema.get("additionalItems")
    return schema.get("prefixItems") or (), items


def _text_fits(text: str, schema: Mapping[str, Any]) -> bool:
    pattern = schema.get("pattern")
    if pattern and not matches_pattern(pattern, text):
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
