"""What History says where it lists nothing: which filters leave nothing over, and a way out of each that does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log import filters
from pages.components.log.failure_words import failure_words
from pages.components.log.filter_choice import NOBODY, PERIODS, FilterChoice
from router.store import ANY_FAILURE, Selection

_LONGEST_PERIOD = max(PERIODS, key=lambda name: PERIODS[name])
_DAY = 86_400.0


@dataclass(frozen=True)
class _Way:
    """A selection that is wider by one filter.

    Attributes:
        name: of the filter.
        words: what is asked for now, as Markdown; none where the sentence has it elsewhere.
        label: what the button says that widens it.
        change: what it puts into the address; None takes one out.
    """

    name: str
    words: str
    label: str
    wider: Selection
    change: Mapping[str, str | None]


def show_nothing(running: Runtime, choice: FilterChoice, selection: Selection, own: tuple[str, ...]) -> None:
    """Name the filters that are set, and lead to what there is without one of them.

    Args:
        own: names in the address of what chooses beside the filters.
    """
    ways = list(_ways(running, selection))
    named = [way.words for way in ways if way.words]
    saved = _count_saved(running, selection)
    words = f"No {_kind(running, selection)}request{_with(named)} in {looks.plain(choice.period)}."
    if saved:
        words += f" {saved:,} {'was' if saved == 1 else 'were'} answered after a failure."
    elif not named:
        words += " Choose a longer period, or send a prompt on Run."
    st.info(words, icon=":material/search_off:" if named else ":material/inbox:")
    with st.container(horizontal=True, gap="small"):
        if saved:
            _offer("Show it" if saved == 1 else "Show them", "saved", {"status": "succeeded", "outcome": ANY_FAILURE})
        for way in [*ways, _longer(selection)]:
            if running.store.history.page(way.wider, limit=1):
                _offer(way.label, way.name, way.change)
        if named or filters.chosen_names(running):
            filters.offer_reset("history", own, key="reset-nothing")


def _kind(running: Runtime, selection: Selection) -> str:
    """Live or simulated, where that is not what the page shows unasked."""
    if "rows" not in filters.chosen_names(running) or selection.filters.simulated is None:
        return ""
    return "simulated " if selection.filters.simulated else "live "


def _with(named: list[str]) -> str:
    if not named:
        return ""
    return f" with {' and '.join(filter(None, [', '.join(named[:-1]), named[-1]]))}"


def _offer(label: str, name: str, change: Mapping[str, str | None]) -> None:
    st.button(label, key=f"nothing-{name}", on_click=filters.change_address, args=("history",), kwargs=dict(change))


def _count_saved(running: Runtime, selection: Selection) -> int:
    """How many of these requests failed on one model and were answered by another, where failed ones are asked for."""
    if selection.status != "failed" or selection.outcome:
        return 0
    return running.store.history.count(replace(selection, status="succeeded", outcome=ANY_FAILURE))


def _ways(running: Runtime, selection: Selection) -> Iterator[_Way]:
    """What the page chooses by itself, then the filters that are set."""
    if selection.status:
        status = looks.status_word(selection.status).capitalize()
        yield _Way("status", f"status {status}", "Any status", replace(selection, status=None), {"status": None})
    if selection.outcome:
        wider = replace(selection, outcome=None, tried=None)
        change = {"outcome": None, "tried": None}
        yield _Way("outcome", _failure_text(running, selection), "With or without failures", wider, change)
    if selection.words:
        words = f"the words “{looks.plain(selection.words)}”"
        yield _Way("q", words, "Without these words", replace(selection, words=""), {"q": None})
    yield from _filter_ways(running, selection)


def _failure_text(running: Runtime, selection: Selection) -> str:
    failure = failure_words(selection.outcome or "")
    on = f" on {looks.plain(running.router.table.label(selection.tried))}" if selection.tried else ""
    return f"failure “{failure}”{on}"


_FIELDS = {"provider": "provider", "model": "model", "task": "task_type", "source": "source", "app": "app"}
"""The filters that may be set or not, by what the store calls them."""


def _filter_ways(running: Runtime, selection: Selection) -> Iterator[_Way]:
    for name, field in _FIELDS.items():
        value = getattr(selection.filters, field)
        if value is None:
            continue
        words = looks.plain(filters.words(running, name, value or NOBODY))
        without: dict[str, Any] = {field: None}
        wider = replace(selection, filters=replace(selection.filters, **without))
        yield _Way(name, f"{name} {words}", f"Any {name}", wider, {name: None})
    if "purpose" in filters.chosen_names(running) and selection.filters.purpose is not None:
        words = filters.words(running, "purpose", str(selection.filters.purpose))
        wider = replace(selection, filters=replace(selection.filters, purpose=None))
        yield _Way("purpose", f"purpose {words}", "Any purpose", wider, {"purpose": "all"})
    if selection.filters.simulated is not None:
        wider = replace(selection, filters=replace(selection.filters, simulated=None))
        yield _Way("rows", "", "Live and simulated", wider, {"rows": "Both"})


def _longer(selection: Selection) -> _Way:
    """The longest period that ends now."""
    start = time.time() - PERIODS[_LONGEST_PERIOD] * _DAY
    wider = replace(selection, filters=replace(selection.filters, start=start, end=None, by_minute=False))
    change = {"period": _LONGEST_PERIOD, "since": None, "until": None}
    return _Way("period", "", f"Last {_LONGEST_PERIOD}", wider, change)
