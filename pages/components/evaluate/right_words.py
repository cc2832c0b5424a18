"""What is right of a case, in words: `says oats or banana; at most 80 words; in German`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from router.evaluation.cases.case import Case
from router.evaluation.cases.languages import LANGUAGES

_FORMS = {
    "list": "as a list",
    "steps": "in numbered steps",
    "table": "as a table",
    "one line": "in one line",
    "plain": "without Markdown",
}
_SERVICES = {"meal": "foods that pass the checks of Meals", "program": "a plan that passes the checks of Programs"}
_LONGEST = 300
"""Characters that are shown of it."""


def right_words(case: Case) -> str:
    """Every check of a case, as people say it."""
    words = "; ".join(_checks_in_words(case))
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _checks_in_words(case: Case) -> Iterator[str]:
    if case.label is not None:
        yield f"“{case.label}”"
    if case.number is not None:
        yield f"{case.number:,.10g}{_tolerance_words(case)}"
    for place, value in case.fields.items():
        yield f"{place}: {_value_words(value)}{_tolerance_words(case) if isinstance(value, int | float) else ''}"
    if case.schema_text is not None:
        yield "in the JSON form that is asked for"
    if case.includes:
        yield f"says {', and '.join(map(_any_of, case.includes))}"
    if case.excludes:
        yield f"does not say {' or '.join(map(_any_of, case.excludes))}"
    yield from _manner_in_words(case)
    if case.service is not None:
        yield _SERVICES[case.service]
    if case.kcal is not None:
        yield f"{case.kcal[0]:g} to {case.kcal[1]:g} kcal"
    if case.judge is not None:
        yield f"by a judge: {case.judge}"


def _manner_in_words(case: Case) -> Iterator[str]:
    """Language, length and form."""
    if case.language is not None:
        yield f"in {LANGUAGES[case.language]}"
    if case.least_words is not None:
        yield f"at least {case.least_words:,} words"
    if case.most_words is not None:
        yield f"at most {case.most_words:,} words"
    if case.form is not None:
        yield _FORMS[case.form]


def _tolerance_words(case: Case) -> str:
    return f" ± {case.tolerance:g}" if case.tolerance else ""


def _any_of(words: str) -> str:
    return " or ".join(word.strip() for word in words.split("|"))


def _value_words(value: Any) -> str:
    return _any_of(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
