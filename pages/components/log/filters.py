"""The filters that Usage and History share: one line of controls, and the same names in the address.

The address holds ids (`provider=groq`, `task=vision`), so a link is made by `address` or by hand alike; what stands at
its default is left out of it. Values that mean nothing are dropped, never an error. The widgets are not bound to the
address by Streamlit: a bound name cannot be set when one page leads to another, which is what a click on a plot does.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import (
    DATES,
    NO_MODEL,
    NOBODY,
    PERIODS,
    PURPOSES,
    ROWS,
    FilterChoice,
    choice_of,
    period_of,
)
from router.store import Filters
from router.types import ALL_TASKS, Source, task_named

NAMES = ("period", "since", "until", "provider", "model", "task", "source", "app", "purpose", "rows")
"""What stands in the address."""

_YEARS = 2000, 2100  # further off, a time in a zone can be none that Python knows
_SEEN, _LED = "filters-address", "filters-led"
_PURPOSE_WORDS = {"work": "Work", "all": "Any", "compare": "Comparisons"}


def choose(running: Runtime, page: str, *, exact: bool = False, own: Sequence[str] = ()) -> FilterChoice:
    """Show the filters, with what the address says; gives what they say, and puts it into the address.

    Args:
        page: whose filters they are: each page has its own back, also where the browser's Back has lost the address.
        exact: whether two moments are meant as they stand; figures have them rounded to whole hours or days.
        own: names in the address of what else chooses on this page; it is reset with the filters.
    """
    known, defaults = _options(running), _defaults(running)
    _take_address(page, known, defaults)
    with st.container(horizontal=True, key="filters", gap="xsmall", vertical_alignment="center"):
        for name in _IN_SIGHT:
            _select(running, name, known[name], name in defaults)
        _show_further(running, known, defaults)
        others = (st.query_params.get(name) or st.session_state.get(f"{page}-{name}") for name in own)  # just typed
        if any(_is_chosen(name, defaults) for name in known) or any(others):
            offer_reset(page, own)
    _mark_chosen([name for name in _IN_SIGHT if _is_chosen(name, defaults)])
    if st.session_state["filter-period"] == DATES:
        _dates()
    chosen = {name: st.session_state.get(f"filter-{name}") for name in NAMES}
    choices = _kept()
    if not _is_left(page) or choices.get(page) != chosen:
        _put_address(page, _address_of(chosen, defaults), defaults)
    choices[page] = chosen
    return choice_of(chosen, time.time(), exact=exact)


def address(filters: Filters, **changes: str) -> dict[str, str]:
    """A selection as the parameters of a page's address, for a link; `changes` by name, None takes one out.

    A period that has a name goes by it: two moments would end in the future, and stand in controls of their own.
    """
    period = period_of(filters, time.time())
    return _address_with({"period": period} if period else _dates_of(filters), filters, changes)


def dated_address(filters: Filters, **changes: str) -> dict[str, str]:
    """The same with its two moments, for what knows no period's name."""
    return _address_with(_dates_of(filters), filters, changes)


def _dates_of(filters: Filters) -> dict[str, str]:
    until = filters.end if filters.end is not None else time.time()
    moments = {"since": filters.start, "until": until}
    return {"period": DATES} | {
        name: _moment_text(datetime.fromtimestamp(moment, UTC)) for name, moment in moments.items()
    }


def _address_with(period: Mapping[str, str], filters: Filters, changes: Mapping[str, str]) -> dict[str, str]:
    rows = next(word for word, value in ROWS.items() if value == filters.simulated)
    purpose = next((word for word, value in PURPOSES.items() if value == filters.purpose), "all")
    fields: dict[str, str | None] = {
        **period,
        "provider": NOBODY if filters.provider == "" else filters.provider,
        "model": filters.model,
        "task": filters.task_type,
        "source": filters.source,
        "app": NOBODY if filters.app == "" else filters.app,
        "purpose": purpose,
        "rows": rows,
    }
    fields |= changes
    return {name: value for name, value in fields.items() if value}


def words(running: Runtime, name: str, value: str) -> str:
    """A filter's value as pages write it."""
    table = running.router.table
    if name == "provider":
        if value == NOBODY:
            return NO_MODEL
        entry = table.providers.get(value)
        return entry.label if entry is not None else value.capitalize()
    if name == "task":
        return table.task(task_named(value)).label
    if name == "app":
        return "No app" if value == NOBODY else value
    if name == "purpose":
        return _PURPOSE_WORDS.get(value, f"{value.replace('-', ' ').capitalize()}s")
    return value.capitalize() if name == "source" else value


# --- controls ------------------------------------------------------------------------------------------------------


def _options(running: Runtime) -> dict[str, list[str]]:
    """What can be chosen, by name; those without a default may be empty, which is all of it."""
    return {
        "period": [*PERIODS, DATES],
        "rows": [*ROWS],
        "provider": [*running.router.table.providers, NOBODY],
        "model": [*running.store.statistics.models()],
        "task": [*(task.value for task in ALL_TASKS)],
        "source": [*(source.value for source in Source)],
        "app": _app_names(running),
        "purpose": [*PURPOSES],
    }


def _app_names(running: Runtime) -> list[str]:
    """The apps that have, or had, a key; nothing where there was none: who uses no gateway needs no filter for it."""
    names = list(dict.fromkeys(key.name for key in running.store.apps.load()))
    return [*names, NOBODY] if names else []


def _defaults(running: Runtime) -> dict[str, str]:
    return {"period": "24 hours", "rows": "Simulated" if running.simulated else "Live", "purpose": "work"}


_IN_SIGHT = ("period", "rows", "provider", "model", "task")
"""What is chosen most stands in the line; the others behind its button, which counts those that are set."""


def _show_further(running: Runtime, known: Mapping[str, list[str]], defaults: Mapping[str, str]) -> None:
    further = [name for name, options in known.items() if name not in _IN_SIGHT and options]
    count = sum(_is_chosen(name, defaults) for name in further)
    label = f"More filters: {count}" if count else "More filters"
    with st.popover(label, icon=":material/tune:", key="filters-more", type="tertiary"):
        for name in further:
            _select(running, name, known[name], name in defaults)


def offer_reset(page: str, own: Sequence[str] = (), *, key: str = "filter-clear") -> None:
    """Back to what a page shows unasked: its filters, and what else chooses on it."""
    st.button("Reset filters", key=key, icon=":material/filter_alt_off:", type="tertiary", on_click=_clear,
              args=(page, tuple(own)))  # fmt: skip


def chosen_names(running: Runtime) -> list[str]:
    """Which filters stand elsewhere than where they stand unasked, in the order of their controls."""
    defaults = _defaults(running)
    return [name for name in _options(running) if _is_chosen(name, defaults)]


def _mark_chosen(names: Sequence[str]) -> None:
    """A frame in the product's colour around what chooses; without one nothing is drawn, and no room is taken."""
    if names:
        places = ", ".join(f'.st-key-filter-{name} [role="group"]' for name in names)
        st.html(f"<style>{places} {{ border-color: light-dark(#3730A3, #A5B4FC); }}</style>")


def _is_chosen(name: str, defaults: Mapping[str, str]) -> bool:
    """Whether a filter stands elsewhere than where it stands unasked."""
    return bool(st.session_state.get(f"filter-{name}", defaults.get(name)) != defaults.get(name))


def _select(running: Runtime, name: str, options: list[str], has_default: bool) -> None:
    title = "Requests" if name == "rows" else name.capitalize()
    st.selectbox(
        title,
        options,
        index=0 if has_default else None,
        key=f"filter-{name}",
        format_func=lambda value: words(running, name, value),
        placeholder=title if name in _IN_SIGHT else "Any",
        label_visibility="collapsed" if name in _IN_SIGHT else "visible",
        width=_WIDTHS.get(name, "stretch"),
    )


_WIDTHS = {"period": 108, "rows": 114, "provider": 132, "model": 170, "task": 176}
"""Pixels: they stand in one line of 1,280 pixels with both buttons, beside the sidebar."""


def _dates() -> None:
    """From when to when, by the operator's clock; without a start nothing would be shown: a day back is proposed."""
    now = datetime.now(looks.zone()).replace(tzinfo=None, second=0, microsecond=0)
    if st.session_state.get("filter-since") is None:
        st.session_state["filter-since"] = now - timedelta(days=1)
    with st.container(horizontal=True, gap="small"):
        st.datetime_input("Since", None, key="filter-since", step=3_600, width=220)
        st.datetime_input("Until (empty: now)", None, key="filter-until", step=3_600, width=220)


# --- the address -----------------------------------------------------------------------------------------------------


def _kept() -> dict[str, dict[str, Any]]:
    """What was chosen last on each page in this session."""
    choices: dict[str, dict[str, Any]] = st.session_state.setdefault("filters-kept", {})
    return choices


def lead(to: str, parameters: Mapping[str, str]) -> None:
    """Go to another page (a file's name) with what it is to show.

    Streamlit gives this page's address those parameters first, so Back comes by it once more: see `_is_left`.
    """
    named = {name: parameters[name] for name in NAMES if name in parameters}
    st.session_state.setdefault(_LED, []).append((to.removesuffix(".py"), named))
    st.switch_page(to, query_params=dict(parameters))


def change_address(page: str, **values: str | None) -> None:
    """Put values into the address of a page, which then shows what it says; None takes one out. For callbacks."""
    _kept().pop(page, None)  # else an address that is emptied by this would bring back what it held
    st.session_state.pop(_SEEN, None)
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value


def _is_left(page: str) -> bool:
    """Whether the address is none of this page's own: an empty one, or one that led away from it.

    Then the page is as it was left. The address is not written anew: that would be a step for Back to undo, for ever.
    """
    parameters = _found()
    led = st.session_state.get(_LED, [])
    return page in _kept() and (not parameters or any(page != there and parameters == named for there, named in led))


def _clear(page: str, own: tuple[str, ...]) -> None:
    change_address(page, **dict.fromkeys((*NAMES, *own)))


def _take_address(page: str, known: Mapping[str, list[str]], defaults: Mapping[str, str]) -> None:
    """Let the address decide where it is new: a link, a bookmark, or a step back in the browser."""
    parameters, state = _found(), st.session_state
    if state.get(_SEEN) == (page, parameters) and "filter-period" in state:
        return
    state[_SEEN] = page, parameters
    values = _kept()[page] if _is_left(page) else _said(parameters, known, defaults)
    for name, value in values.items():
        state[f"filter-{name}"] = value


def _said(found: Mapping[str, str], known: Mapping[str, list[str]], defaults: Mapping[str, str]) -> dict[str, Any]:
    """What an address says."""
    values: dict[str, Any] = {
        name: value if (value := found.get(name)) in options else defaults.get(name) for name, options in known.items()
    }
    values |= {"since": _local(_moment(found.get("since"))), "until": _local(_moment(found.get("until"), end=True))}
    return values | ({"period": DATES} if values["since"] is not None else {})


def _put_address(page: str, wanted: dict[str, str], defaults: Mapping[str, str]) -> None:
    """Write it only where it says something else: each writing is a step that the browser's Back has to take."""
    if _normal(_found(), defaults) != wanted:
        foreign = [(name, st.query_params.get_all(name)) for name in st.query_params if name not in NAMES]
        st.query_params.from_dict([*foreign, *wanted.items()])
    st.session_state[_SEEN] = page, _found()


def _normal(found: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """An address without its defaults, with its moments as they are written here."""
    moments = {name: _moment(found[name], end=name == "until") for name in ("since", "until") if name in found}
    choices = {name: value for name, value in found.items() if value != defaults.get(name)}
    return choices | {name: _moment_text(moment) for name, moment in moments.items() if moment is not None}


def _found() -> dict[str, str]:
    return {name: st.query_params[name] for name in NAMES if name in st.query_params}


def _address_of(chosen: Mapping[str, Any], defaults: Mapping[str, str]) -> dict[str, str]:
    fields = {name: value for name, value in chosen.items() if value and value != defaults.get(name)}
    dated = chosen["period"] == DATES
    moments = {name: _moment_text(_utc(fields.pop(name))) for name in ("since", "until") if name in fields}
    return fields | moments if dated else fields


def _moment(text: str | None, *, end: bool = False) -> datetime | None:
    """A moment in UTC; a day that is an end is meant with all its hours."""
    try:
        moment = datetime.fromisoformat(text or "")
        moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        moment = moment + timedelta(days=1) if end and len(text or "") == len("2026-11-24") else moment
    except (ValueError, OverflowError):
        return None
    return moment if _YEARS[0] <= moment.year <= _YEARS[1] else None


def _local(moment: datetime | None) -> datetime | None:
    """A moment in UTC by the operator's clock, as the controls have it; the address stays in UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC).astimezone(looks.zone()).replace(tzinfo=None)


def _utc(moment: datetime) -> datetime:
    """A moment by the operator's clock in UTC."""
    return moment.replace(tzinfo=looks.zone()).astimezone(UTC).replace(tzinfo=None)


def _moment_text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")
