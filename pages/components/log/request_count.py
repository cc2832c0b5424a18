"""How many requests History lists, and which kinds of requests it leaves out unasked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.console.runtime import Runtime
from pages.components.log import filters
from pages.components.log.filter_choice import DATES
from router.store import COUNT_LIMIT, WORK, FigureTotals, RequestRow, Selection
from router.types import Purpose

_STAGED = tuple(str(purpose) for purpose in Purpose if str(purpose) not in WORK)


def count_words(running: Runtime, selection: Selection, rows: list[RequestRow] | None) -> str:
    """How many requests match, as Markdown.

    Args:
        rows: all of them, where one page holds them; figures have the number of most other selections, and what is
            left is counted up to a limit.
    """
    if rows is not None:
        return _counted_words(len(rows))
    if is_in_figures(selection):
        totals = running.store.statistics.cube(selection.filters, distributions=False).totals()
        return _counted_words(_of_status(totals, selection))
    return _counted_words(running.store.history.count(selection), is_limited=True)


def _counted_words(count: int, is_limited: bool = False) -> str:
    if is_limited and count > COUNT_LIMIT:
        return f"**{COUNT_LIMIT:,}+ requests**"
    return f"**{count:,} {'request' if count == 1 else 'requests'}**"


def hidden_words(running: Runtime, selection: Selection) -> str | None:
    """Which kinds of requests match but for being no work: `evaluations and tests`; None where there are none."""
    if selection.filters.purpose != WORK:
        return None
    names = [filters.words(running, "purpose", purpose).lower() for purpose in _hidden_purposes(running, selection)]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or None


def _hidden_purposes(running: Runtime, selection: Selection) -> list[str]:
    """Found in the figures; whether a search or a failure finds any of them, the log alone knows."""
    staged = replace(selection.filters, purpose=_STAGED)
    cube = running.store.statistics.cube(staged, "purpose", distributions=False)
    known = [purpose for (purpose,), totals in cube.breakdown("purpose") if _of_status(totals, selection)]
    if is_in_figures(selection):
        return known
    of_purpose = {purpose: replace(selection, filters=replace(staged, purpose=purpose)) for purpose in known}
    return [purpose for purpose, wanted in of_purpose.items() if running.store.history.page(wanted, limit=1)]


def is_in_figures(selection: Selection) -> bool:
    """Whether the figures, which have what has ended by whole hours and days, tell these requests from others."""
    if selection.words or selection.outcome or selection.status not in (None, "succeeded", "failed", "cancelled"):
        return False
    return not selection.filters.by_minute and st.session_state.get("filter-period") != DATES


def _of_status(totals: FigureTotals, selection: Selection) -> int:
    return int(getattr(totals, selection.status or "", totals.requests))
