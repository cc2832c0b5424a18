"""The schema library's keywords that would take too long, or refuse what is right, done anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from router.json_answers.patterns import pattern_matches
from router.json_answers.work_limit import counted


def validator_class(draft: Any, *, unevaluated: bool) -> Any:
    """The library's class for a draft with these keywords in place of its own, and each check within the work's limit.

    Args:
        unevaluated: whether `unevaluatedProperties` is checked. The library does so with Python's own patterns,
            which may never end, so it is left unchecked in a schema that has names by pattern.
    """
    checks = dict(draft.VALIDATORS)
    checks |= {name: check for name, check in _KEYWORDS.items() if name in checks}
    if not unevaluated:
        checks["unevaluatedProperties"] = _unchecked
    return extend(draft, {name: counted(check) for name, check in checks.items()})  # type: ignore[no-untyped-call]  # the stubs leave its arguments untyped


def _unchecked(_validator: Any, _value: Any, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
    return iter(())


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and pattern_matches(pattern, instance) is False:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, properties: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in properties.items():
        for name, value in instance.items():
            if pattern_matches(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, subschema: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    additional = [name for name in instance if _is_additional(name, schema)]
    if validator.is_type(subschema, "object"):
        for name in additional:
            yield from validator.descend(instance[name], subschema, path=name)
    elif subschema is False and additional:
        named = ", ".join(repr(name) for name in additional[:10])
        yield ValidationError(f"the schema has no property {named}")


def _is_additional(name: str, schema: Mapping[str, Any]) -> bool:
    """Whether neither a name nor a pattern covers it; a pattern that cannot be checked might."""
    if name in schema.get("properties", {}):
        return False
    return all(pattern_matches(pattern, name) is False for pattern in schema.get("patternProperties", {}))


def _unique_items(validator: Any, unique: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # The library compares objects each with each: seconds for two thousand.
    if unique and validator.is_type(instance, "array") and len({_hashable(item) for item in instance}) < len(instance):
        yield ValidationError("the list has the same item twice")


def _hashable(value: Any) -> Any:
    """A stand-in that equals another where the values are equal in JSON: 1 is 1.0, and true is not 1."""
    if isinstance(value, dict):
        return frozenset((name, _hashable(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(_hashable(part) for part in value)
    return (type(value), value) if isinstance(value, bool) else value


def _multiple_of(validator: Any, divisor: float, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # As decimals, as they were written: 19.99 / 0.01 is 1998.9999999999998 in binary.
    if validator.is_type(instance, "number") and (_exact(instance) / _exact(divisor)).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {divisor!r}")


def _exact(number: float) -> Fraction:
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


_KEYWORDS = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
}
