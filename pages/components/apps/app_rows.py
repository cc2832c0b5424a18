"""The keys in force as a table: what each may do, since when and until when, what it has used and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from pages.components.apps.app_terms import ask_edit, last_day_of
from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.runtime import Runtime
from router.ports import AppKey
from router.table.routes import RoutingTable
from router.types import TaskType

_MINUTE, _DAY = 60.0, 86_400.0
_COLUMNS = (5, 1.3)
_HEADS = ("App", "Tasks", "Created", "Valid until", "Limits", "Today", "Last used")

REVOKING = "app-revoking"
"""The name of the app whose key somebody wants to end."""


def show_rows(running: Runtime, keys: Sequence[AppKey], now: float) -> None:
    """A line for each key, under a line of heads."""
    if not keys:
        return
    with st.container(key="apps-list", gap=None):
        with st.container(key="apps-head"):
            heads = "".join(f"<span>{head}</span>" for head in _HEADS)
            st.columns(_COLUMNS)[0].html(f'<div class="app-row app-heads">{heads}</div>')
        for key in keys:
            _show_row(running, key, now)


def _show_row(running: Runtime, key: AppKey, now: float) -> None:
    with st.container(key=f"app-{key.id}"):
        facts, buttons = st.columns(_COLUMNS, vertical_alignment="center")
        facts.html(_row_html(key, running.router.table, now))
        with buttons.container(horizontal=True, gap="small", horizontal_alignment="right"):
            asked = [
                st.button("Edit", key=f"app-change-{key.id}", on_click=ask_edit, args=(key,), disabled=not may_change(),
                          help=f"Limits, tasks and end of {looks.plain(key.name)}"),
                st.button("Revoke", key=f"app-revoke-{key.id}", on_click=_ask_revoke, args=(key.name,),
                          disabled=not may_change()),
            ]  # fmt: skip
    if any(asked):
        st.rerun()  # of the page: a dialog of this part would be gone with its next look


def _ask_revoke(name: str) -> None:
    st.session_state[REVOKING] = name


def _row_html(key: AppKey, table: RoutingTable, now: float) -> str:
    cells = (
        f"<b>{escape(key.name)}</b> <small>{escape(key.start)}…</small>",
        escape(_task_words(key, table)),
        _moment_html(looks.list_time(key.created_at, now), key.created_at),
        _end_html(key),
        _limit_words(key),
        f"{key.day_used:,}" + ("" if key.per_day is None else f" of {key.per_day:,}"),
        _use_html(key, now),
    )
    labelled = zip(_HEADS, cells, strict=True)
    row = "".join(f'<span><i class="label">{head}</i>{cell}</span>' for head, cell in labelled)
    return f'<div class="app-row">{row}</div>{_gauges_html(key, now)}'


def _task_words(key: AppKey, table: RoutingTable) -> str:
    if key.tasks is None:
        return "all"
    return ", ".join(table.tasks[TaskType(task)].label for task in key.tasks)


def _moment_html(words: str, epoch: float) -> str:
    return f'<span title="{looks.clock_time(epoch)}">{escape(words)}</span>'


def _end_html(key: AppKey) -> str:
    if key.expires_at is None:
        return "no end"
    is_midnight = key.expires_at % _DAY == 0
    words = f"{last_day_of(key.expires_at):%d %b %Y}" if is_midnight else looks.clock_time(key.expires_at)
    return _moment_html(words, key.expires_at)


def _limit_words(key: AppKey) -> str:
    limits = ((key.per_minute, "a minute"), (key.per_day, "a day"))
    return ", ".join(f"{limit:,} {window}" for limit, window in limits if limit is not None) or "no limit"


def _use_html(key: AppKey, now: float) -> str:
    if key.last_used_at is None:
        return "never"
    history = f"./history?{urlencode({'app': key.name, 'period': '30 days', 'rows': 'Both'})}"
    count = looks.counted(key.used, "request")
    return f'{looks.ago(key.last_used_at, now)}, <a href="{escape(history)}" target="_self">{count}</a>'


def _gauges_html(key: AppKey, now: float) -> str:
    gauges = [
        _gauge_html(used, limit, window, span - now % span)
        for used, limit, window, span in (
            (key.minute_used, key.per_minute, "this minute", _MINUTE),
            (key.day_used, key.per_day, "today (UTC)", _DAY),
        )
        if limit is not None
    ]
    return f'<div class="gauges">{"".join(gauges)}</div>' if gauges else ""


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
