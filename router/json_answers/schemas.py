"""Schemas by their own `$schema`: refused before anybody is asked, and answers checked against them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from router.json_answers.faults import NO_OBJECT, NOWHERE, TOO_DEEP, TOO_MANY, TOO_MUCH_WORK, AnswerFault
from router.json_answers.patterns import check_pattern
from router.json_answers.plain import plain_json
from router.json_answers.work_limit import TooMuchWork, is_work_limited, limited_work

MOST_FAULTS = 5
"""Faults that a model is told of: more do not help it."""

MOST_EXAMINED = 20
"""Faults that are looked for: each quotes its value, and a list of a hundred thousand wrong items has as many."""

MOST_VALUES = 100_000
"""Values in one document: five times what the longest output of any free model holds, and a second's work."""

_DRAFTS = {
    "json-schema.org/draft-03/schema": "Draft3Validator",
    "json-schema.org/draft-04/schema": "Draft4Validator",
    "json-schema.org/draft-06/schema": "Draft6Validator",
    "json-schema.org/draft-07/schema": "Draft7Validator",
    "json-schema.org/draft/2019-09/schema": "Draft201909Validator",
    "json-schema.org/draft/2020-12/schema": "Draft202012Validator",
}
_UNNAMED = ("Draft202012Validator", "Draft7Validator", "Draft4Validator")
"""What a schema is read as that names no draft, or one that nobody knows: the newest of these that takes it."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_LARGEST_SCHEMA = 5_000
"""Values in a schema: it is itself checked, which takes some seconds for so many."""

SMALL_SCHEMA = 100
"""Values in a schema that is checked where a call is made, in some 10 ms and once; a larger one is a thread's."""

_ENDING_SECONDS, _ENDING_SECONDS_BY_CHARACTER = 0.05, 1e-5
"""Seconds of work for trying a schema on a value of each kind, and more for a long one: some ten times what it takes,
unless the schema doubles the work with each of its levels."""

ANSWER_SECONDS = 5.0
"""Seconds of work for checking one answer: five times what one of `MOST_VALUES` takes under a plain schema."""

_PROBES: tuple[Any, ...] = (None, {}, [], "", 0)


def is_small_schema(schema: Mapping[str, Any]) -> bool:
    """Whether a schema, and answers against it, may be checked where the call is made."""
    return count_values(schema, SMALL_SCHEMA) <= SMALL_SCHEMA


def check_schema_size(schema: Mapping[str, Any]) -> None:
    """Refuse a schema that is too large, before anything else is done with it.

    Raises:
        ValueError: it is.
    """
    if count_values(schema, _LARGEST_SCHEMA) > _LARGEST_SCHEMA:
        raise ValueError(f"the JSON schema is too large, or holds itself; it may hold {_LARGEST_SCHEMA:,} values")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse a schema that is none, or that refers to something that is not in it, before anybody is asked.

    One that is not small takes seconds: it belongs in a thread.

    Raises:
        ValueError: says where and why.
    """
    check_schema_size(schema)
    _validator(_schema_text(schema))


def schema_faults(value: Any, schema: Mapping[str, Any] | None) -> tuple[AnswerFault, ...]:
    """What does not fit, each with its path; empty where it all does.

    Raises:
        TooMuchWork: it took longer than `limited_work` around it allows; without such a block that is a fault.
    """
    if count_values(value, MOST_VALUES) > MOST_VALUES:
        return (TOO_MANY,)
    if schema is None:
        return () if isinstance(value, dict) else (NO_OBJECT,)
    from referencing.exceptions import Unresolvable

    try:
        validator = _validator(_schema_text(schema))
    except ValueError as error:  # a caller's schema is refused before anything is sent; a page's is not
        return (AnswerFault.of(f"$: {error}"),)
    try:
        with limited_work(ANSWER_SECONDS):
            examined = list(islice(validator.iter_errors(value), MOST_EXAMINED))
    except TooMuchWork:
        if is_work_limited():
            raise
        return (TOO_MUCH_WORK,)
    except RecursionError:
        return (TOO_DEEP,)
    except Unresolvable:
        return (NOWHERE,)
    errors = sorted(examined, key=lambda error: list(map(str, error.absolute_path)))
    return tuple(_fault(error) for error in errors[:MOST_FAULTS])


def count_values(value: Any, most: int) -> int:
    """Values in a document, counted no further than a few beyond the most."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        part = waiting.pop()
        count += 1
        if isinstance(part, Mapping):
            waiting.extend(islice(part.values(), most))
        elif isinstance(part, list | tuple):
            waiting.extend(islice(part, most))
    return count


def _fault(error: Any) -> AnswerFault:
    return AnswerFault.of(
        f"{error.json_path}: {error.message}", f"{error.json_path}: breaks the schema's {error.validator!r}"
    )


def _schema_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(plain_json("the JSON schema", schema), sort_keys=True)


# 64 schemas: an application has a few, and each check of a schema costs some 10 ms.
@lru_cache(maxsize=64)
def _validator(text: str) -> Any:
    """The schema made ready to check answers.

    Raises:
        ValueError: it is none.
    """
    # Loaded with the first schema: the library takes 60 ms, and most requests have none.
    from jsonschema.exceptions import SchemaError

    from router.json_answers.formats import format_checker
    from router.json_answers.keywords import validator_class

    schema = json.loads(text)
    try:
        draft = _draft_of(schema)
        _check_parts(schema, draft)
        unevaluated = '"patternProperties"' not in text
        checked = validator_class(draft, unevaluated=unevaluated)(
            schema, registry=_known_documents(), format_checker=format_checker()
        )
        _check_ending(checked, _ENDING_SECONDS + _ENDING_SECONDS_BY_CHARACTER * len(text))
    except TooMuchWork:
        raise ValueError("the JSON schema takes too long to check: what it refers to multiplies") from None
    except SchemaError as error:
        raise ValueError(f"the JSON schema does not hold at {error.json_path}: {error.message[:300]}") from None
    except RecursionError:
        raise ValueError("the JSON schema is nested too deeply, or refers to itself without end") from None
    except (AttributeError, TypeError, KeyError, IndexError) as error:
        # The library trusts what its meta-schemas let through: a keyword of another draft, of another shape.
        raise ValueError(f"the JSON schema cannot be read ({type(error).__name__}: {error})"[:300]) from None
    return checked


def _draft_of(schema: dict[str, Any]) -> Any:
    """The library's class for the schema's draft, which takes the schema.

    Raises:
        SchemaError: it is no schema of its draft.
        ValueError: its `$schema` is no text.
    """
    import jsonschema
    from jsonschema.exceptions import SchemaError

    named = schema.get("$schema")
    if named is not None and not isinstance(named, str):
        raise ValueError("the JSON schema's $schema is no text")
    # With and without "#", by http and https: all are written, and each names one draft.
    name = _DRAFTS.get((named or "").partition("://")[2].rstrip("#"))
    refusals = []
    for candidate in _UNNAMED if name is None else (name,):
        draft = getattr(jsonschema, candidate)
        try:
            draft.check_schema(schema, format_checker=None)
        except SchemaError as error:
            refusals.append(error)
        else:
            return draft
    raise refusals[0]


def _known_documents() -> Any:
    """The published meta-schemas, and no way to any other document: left to itself the library would fetch them."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it comes without types

    return REGISTRY


def _check_parts(schema: dict[str, Any], draft: Any) -> None:
    """Look at every reference and pattern, where a schema stands and not where data does (`enum`, `examples`).

    Also takes the parts' `$schema` away: the library would go on with its own class there, without our keywords.
    """
    from referencing.jsonschema import specification_with

    specification = specification_with(draft.ID_OF(draft.META_SCHEMA))
    root = specification.create_resource(schema)
    waiting = [(root, _known_documents().resolver_with_root(root))]
    # Each part once, and none of a published document: those hold, and belong to everybody.
    unseen = {id(part) for part in _objects_in(schema)}
    while waiting:
        resource, resolver = waiting.pop()
        part = resource.contents
        if id(part) not in unseen:
            continue
        unseen.remove(id(part))
        for reference in _references_in(part):
            leads_to = _looked_up(reference, resolver)
            waiting.append((specification.create_resource(leads_to.contents), leads_to.resolver))
        _check_patterns(part)
        waiting += [(inner, resolver.in_subresource(inner)) for inner in resource.subresources()]
        part.pop("$schema", None)


def _objects_in(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _references_in(part: dict[str, Any]) -> Iterator[str]:
    for name in _REFERENCES:
        if name in part and not isinstance(part[name], str):
            raise ValueError(f"the JSON schema's {name} is {part[name]!r}; it has to be a text")
        if name in part:
            yield part[name]


def _looked_up(reference: str, resolver: Any) -> Any:
    from referencing.exceptions import Unresolvable

    try:
        return resolver.lookup(reference)
    except (Unresolvable, ValueError):  # the latter from an address that is none
        raise ValueError(
            f"the JSON schema refers to {reference!r}, which is not in it; put what it needs under $defs and refer to "
            "it as #/$defs/name (nothing is fetched)"
        ) from None


def _check_patterns(part: dict[str, Any]) -> None:
    names = part.get("patternProperties")
    for pattern in [part.get("pattern"), *(names if isinstance(names, dict) else ())]:
        if isinstance(pattern, str):
            try:
                check_pattern(pattern)
            except ValueError as error:
                raise ValueError(f"the JSON schema does not hold: {error}") from None


def _check_ending(validator: Any, seconds: float) -> None:
    """A schema that refers to itself before it looks at anything has no end; a value of each kind shows it.

    Raises:
        RecursionError: it has none.
        TooMuchWork: it has one that nobody could wait for.
    """
    with limited_work(seconds):
        for probe in _PROBES:
            next(validator.iter_errors(probe), None)
