"""Keys of apps as people read them: what each may do, what it has used and has left, and what is done with it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from html import escape
from urllib.parse import urlencode

import streamlit as st

from pages.components.apps.client_examples import show_examples
from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import hint_of
from pages.components.console.gateway_address import base_url
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.gateway.keys import new_key
from router.ports import AppKey
from router.store import Store
from router.table.routes import RoutingTable
from router.types import TaskType

_MINUTE, _DAY = 60.0, 86_400.0
_NEW, _PROBLEM = "app-new-key", "app-problem"
_FIELDS = ("app-name", "app-per-minute", "app-per-day", "app-tasks", "app-expires")

WHAT_FOR = (
    "Your own programs can ask this router too, in any language: every client library for OpenAI's API works. Each "
    "program gets a key of its own, which you can limit and revoke. All share this console's fallback, log and free "
    "quota, and no provider's key leaves this machine."
)


# --- a new key -----------------------------------------------------------------------------------------------


def show_new_key() -> None:
    """The key that was made a moment ago, until it is put away: it is kept nowhere."""
    new_key: tuple[str, str] | None = st.session_state.get(_NEW)
    if new_key is None:
        return
    name, secret = new_key
    with st.container(border=True, key="app-made"):
        st.markdown(f"**Key for {looks.plain(name)}.** Copy it now: it is shown only once and stored nowhere.")
        st.code(secret, language=None)
        show_examples(base_url(), secret)
        st.button("I have copied it", key="app-copied", on_click=_put_away, icon=":material/done:")


def _put_away() -> None:
    st.session_state.pop(_NEW, None)


def show_form(running: Runtime, *, is_open: bool) -> None:
    """The form for a new key."""
    with st.expander("New key", icon=":material/add:", expanded=is_open):
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(looks.plain(problem))
        name, minute, day = st.columns([3, 2, 2])
        name.text_input(
            "App", key="app-name", max_chars=60, placeholder=hint_of("website"), help="Its name in the log."
        )
        minute.number_input(
            "Requests a minute", 1, 10**9, None, key="app-per-minute", placeholder="no limit", format="%d"
        )
        day.number_input("Requests a day", 1, 10**9, None, key="app-per-day", placeholder="no limit", format="%d")
        tasks, expires = st.columns([4, 3])
        table = running.router.table
        tasks.multiselect(
            "Tasks",
            [str(task) for task in TaskType],
            key="app-tasks",
            format_func=lambda task: table.tasks[TaskType(task)].label,
            placeholder="all tasks",
        )
        expires.date_input(
            "Valid until",
            None,
            key="app-expires",
            min_value="today",
            help="That day included, in UTC. Empty: without an end.",
        )
        st.button(
            "Create key",
            key="app-make",
            type="primary",
            icon=":material/key:",
            on_click=_make_key,
            args=(running.store,),
            disabled=not may_change(),
        )


def _make_key(store: Store) -> None:
    name, per_minute, per_day, tasks, last_day = (st.session_state.get(field) for field in _FIELDS)
    if is_double_click("make", name, per_minute, per_day, tasks, last_day):
        return
    if not str(name or "").strip():
        st.session_state[_PROBLEM] = "No key was made: give the app a name first."
        return
    try:
        secret, key = new_key(
            str(name or ""),
            time.time(),
            per_minute=per_minute,
            per_day=per_day,
            tasks=tasks or None,
            expires_at=_end_of_day(last_day),
        )
        is_kept = store.apps.add(key)
    except ValueError as error:
        st.session_state[_PROBLEM] = f"No key was made: {error}."
        return
    if not is_kept:
        st.session_state[_PROBLEM] = "No key was made: the database cannot be written now."
        return
    st.session_state[_NEW] = key.name, secret
    for field in _FIELDS:
        st.session_state.pop(field, None)


def _end_of_day(day: date | None) -> float | None:
    if day is None:
        return None
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp()


# --- the keys there are ------------------------------------------------------------------------------------------


def show_app(running: Runtime, key: AppKey, now: float) -> None:
    """One key in force: its limits with what is left, what it is for, and its end."""
    with st.container(border=True, key=f"app-{key.id}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"app-head-{key.id}"):
            with st.container(width="stretch"):
                st.markdown(
                    f"**{looks.plain(key.name)}** :small[{looks.plain(key.start)}…]  \n"
                    f":small[{_facts(running, key, now)}]"
                )
            if st.button("Revoke", key=f"app-revoke-{key.id}", on_click=_ask_revoke, args=(key.name,),
                         disabled=not may_change()):  # fmt: skip
                st.rerun()  # of the page: a dialog of this part would be gone with its next look
        gauges = [
            _gauge_html(used, limit, window, span - now % span)
            for used, limit, window, span in (
                (key.minute_used, key.per_minute, "this minute", _MINUTE),
                (key.day_used, key.per_day, "today (UTC)", _DAY),
            )
            if limit is not None
        ]
        if gauges:
            st.html(f'<div class="gauges">{"".join(gauges)}</div>')


def _facts(running: Runtime, key: AppKey, now: float) -> str:
    ends = "" if key.expires_at is None else f" · until {looks.clock_time(key.expires_at)}"
    made = f"made {looks.list_time(key.created_at, now)}"
    return f"{_task_words(key, running.router.table)} · {made} · {_use_words(key, now)}{ends}"


def _use_words(key: AppKey, now: float) -> str:
    if key.last_used_at is None:
        return "never used"
    history = f"./history?{urlencode({'app': key.name, 'period': '30 days', 'rows': 'Both'})}"
    return f"[{looks.counted(key.used, 'request')}]({history}), last used {looks.ago(key.last_used_at, now)}"


def _task_words(key: AppKey, table: RoutingTable) -> str:
    if key.tasks is None:
        return "All tasks"
    return looks.plain(", ".join(table.tasks[TaskType(task)].label for task in key.tasks))


def _gauge_html(used: int, limit: int, window: str, until_next: float) -> str:
    """What is left of a limit, and for how many seconds the app is refused where nothing is."""
    left = max(limit - used, 0)
    words = f"{left:,} of {limit:,} left"
    refused = "" if left else f"<div><b>Used up.</b> Refused for another {looks.countdown(until_next)}.</div>"
    return (
        f'<div class="gauge"><div class="split"><span>Requests {escape(window)}</span><b>{words}</b></div>'
        f'<div class="bar" role="meter" aria-label="requests {escape(window)}" aria-valuemin="0" '
        f'aria-valuemax="{limit}" aria-valuenow="{left}" aria-valuetext="{words}">'
        f'<i style="width:{left / limit:.1%};background:currentColor;opacity:.65"></i></div>{refused}</div>'
    )


def show_ended(keys: list[AppKey]) -> None:
    """Keys that are over: their requests stay in the log under their names."""
    if not keys:
        return
    with st.expander(f"Ended keys ({len(keys)})"):
        for key in keys:
            ended = key.revoked_at is not None
            word, at = ("revoked", key.revoked_at) if ended else ("expired", key.expires_at)
            used = looks.counted(key.used, "request")
            facts = f"{looks.plain(key.start)}… · {word} {looks.clock_time(at or 0.0)} · {used}"
            st.markdown(f"**{looks.plain(key.name)}** :small[{facts}]")


# --- revoked -----------------------------------------------------------------------------------------------------


def _ask_revoke(name: str) -> None:
    st.session_state["app-revoking"] = name


def show_revoke(running: Runtime) -> None:
    """The question whether a key is to end, where somebody has asked for it."""
    name = st.session_state.pop("app-revoking", None)
    if name is not None:
        _revoke_dialog(running.store, name)


@st.dialog("Revoke a key")
def _revoke_dialog(store: Store, name: str) -> None:
    st.markdown(
        f"Every program that uses the key of **{looks.plain(name)}** is refused from now on. That cannot be undone; a "
        "new key can have the same name. Its requests stay in the log."
    )
    offer_answers("Revoke", "app-revoke", revoke_app, (store, name))


def revoke_app(store: Store, name: str) -> None:
    """End an app's key, and say so."""
    if store.apps.revoke(name, time.time()):
        leave_note(f"The key of {looks.plain(name)} is revoked.")
    else:
        leave_note(f"The key of {looks.plain(name)} could not be revoked: it has ended, or the database is locked.")
