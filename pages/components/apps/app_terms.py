"""What an app may do: the fields for its limits, tasks and end, and the dialog that changes them for a key in force."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.gateway.keys import changed_key
from router.ports import AppKey
from router.store import Store
from router.table.routes import RoutingTable
from router.types import TaskType

_MOST = 10**9
_LAST_DAY = date(9998, 12, 31)  # left out it is ten years ahead, and a later end would be shown as none
_EDIT, _EDITED = "app-edit", "app-edited"


def show_terms(table: RoutingTable, prefix: str, places: Sequence[DeltaGenerator]) -> None:
    """The four fields: requests a minute, requests a day, tasks, and the last day.

    Args:
        prefix: of the fields' keys.
        places: one for each.
    """
    minute, day, tasks, last_day = places
    for place, words, part in ((minute, "Requests a minute", "per-minute"), (day, "Requests a day", "per-day")):
        place.number_input(words, 1, _MOST, None, key=f"{prefix}-{part}", placeholder="no limit", format="%d")
    tasks.multiselect(
        "Tasks", [str(task) for task in TaskType], key=f"{prefix}-tasks", placeholder="all tasks",
        format_func=lambda task: table.tasks[TaskType(task)].label,
    )  # fmt: skip
    last_day.date_input(
        "Valid until", None, key=f"{prefix}-expires", min_value=datetime.now(UTC).date(), max_value=_LAST_DAY,
        help="That day included, in UTC. Empty: without an end.",
    )  # fmt: skip


def read_terms(prefix: str) -> dict[str, Any]:
    """What the four fields hold, by the names that `new_key` and `changed_key` have for it."""
    day = st.session_state.get(f"{prefix}-expires")
    return {
        "per_minute": st.session_state.get(f"{prefix}-per-minute"),
        "per_day": st.session_state.get(f"{prefix}-per-day"),
        "tasks": st.session_state.get(f"{prefix}-tasks") or None,
        "expires_at": None if day is None else _end_of_day(day),
    }


def forget_terms(prefix: str) -> None:
    """Empty the four fields."""
    for part in ("per-minute", "per-day", "tasks", "expires"):
        st.session_state.pop(f"{prefix}-{part}", None)


def last_day_of(expires_at: float) -> date:
    """The last day, in UTC, of which a key that ends at a moment has any part."""
    return (datetime.fromtimestamp(expires_at, UTC) - timedelta(microseconds=1)).date()


def _end_of_day(day: date) -> float:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp()


# --- the dialog --------------------------------------------------------------------------------------------------


def ask_edit(key: AppKey) -> None:
    """Have the dialog opened at the page's next run, filled with what holds now."""
    st.session_state[_EDITED] = key
    values = {
        "per-minute": key.per_minute,
        "per-day": key.per_day,
        "tasks": list(key.tasks or ()),
        "expires": None if key.expires_at is None else last_day_of(key.expires_at),
    }
    for part, value in values.items():
        st.session_state[f"{_EDIT}-{part}"] = value


def show_edit(running: Runtime) -> None:
    """The dialog, where somebody has asked for it."""
    key = st.session_state.pop(_EDITED, None)
    if key is not None:
        _edit_dialog(running, key)


@st.dialog("Change what an app may do")
def _edit_dialog(running: Runtime, key: AppKey) -> None:
    st.markdown(
        f"**{looks.plain(key.name)}** keeps its key. What you save holds from its next request on, and today's "
        "requests stay counted."
    )
    minute, day = st.columns(2)
    show_terms(running.router.table, _EDIT, (minute, day, st.container(), st.container()))
    with st.container(horizontal=True):
        if st.button("Save", key="app-edit-save", type="primary", on_click=_save, args=(running.store, key)):
            st.rerun()
        if st.button("Cancel", key="app-edit-cancel"):
            st.rerun()


def _save(store: Store, key: AppKey) -> None:
    terms = read_terms(_EDIT)
    if key.expires_at is not None and terms["expires_at"] == _end_of_day(last_day_of(key.expires_at)):
        terms["expires_at"] = key.expires_at  # an hour that was given elsewhere is not lengthened to its day's end
    name = looks.plain(key.name)
    try:
        is_kept = store.apps.update(changed_key(key, time.time(), **terms))
    except ValueError as error:
        leave_note(f"{name} is not changed: {looks.plain(str(error))}.")
        return
    if is_kept:
        leave_note(f"{name} is changed.")
    else:
        leave_note(f"{name} is not changed: its key was revoked, or the database cannot be written now.")
