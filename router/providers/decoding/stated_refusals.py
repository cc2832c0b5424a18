"""What a provider's own words for a refusal mean, and errors in forms of its own, by its dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from router.table.dialects import Dialect, ErrorForm, Meaning, Refusal
from router.table.document_places import values_at

_MOST = 20  # entries of a list that are looked at
_LONGEST_CODE = 100

STATED_CODES = "stated_codes"
"""The name under which an error of a form of its own has its machine words, beside those of the usual names."""


def stated_meaning(dialect: Dialect, status: int | None, codes: frozenset[str], message: str) -> Meaning | None:
    """What a dialect says that a refusal means; None where it has no words for it."""
    fitting = (refusal for refusal in dialect.refusals if _fits(refusal, status, codes, message))
    return next((refusal.means for refusal in fitting), None)


def _fits(refusal: Refusal, status: int | None, codes: frozenset[str], message: str) -> bool:
    if refusal.statuses and status not in refusal.statuses:
        return False
    if not refusal.words and not refusal.codes:
        return True
    # Words are looked for in the machine words too: some name the allowance that is used up there alone.
    texts = (message, *codes)
    return not codes.isdisjoint(refusal.codes) or any(
        _pattern(words).search(text) for words in refusal.words for text in texts
    )


@lru_cache(maxsize=500)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE | re.DOTALL)


def error_in_form(data: Any, forms: tuple[ErrorForm, ...]) -> dict[str, Any] | None:
    """The error in a body of a form that only its provider has, as one flat object; None where it has none of them."""
    for form in forms:
        errors = [error for error in values_at(data, form.at) if error]
        if errors:
            return _flat_error(errors[:_MOST], form)
    return None


def _flat_error(errors: list[Any], form: ErrorForm) -> dict[str, Any]:
    first = errors[0] if isinstance(errors[0], Mapping) else {}
    words = [words for error in errors for words in _texts(error, form.message)]
    codes = [code for code in values_at(first, form.code) if code is not None] if form.code else []
    fields = {name.lower(): value for name, value in first.items() if isinstance(name, str)}
    return {**fields, "message": "; ".join(words), STATED_CODES: [str(code)[:_LONGEST_CODE] for code in codes[:_MOST]]}


def _texts(error: Any, place: str) -> list[str]:
    if isinstance(error, str):
        return [error]
    return [text for text in values_at(error, place) if isinstance(text, str)]
