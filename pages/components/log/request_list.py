"""The requests of History in lines: when, how it ended, who answered, how fast, and the beginning of what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import NO_MODEL
from pages.components.log.request_view import ending_text
from pages.components.log.service_words import listed_words, without_data
from router.store import RequestRow
from router.store.database.times import epoch_of
from router.types import Purpose, Target, task_named

_COLUMNS = ("Started", "Status", "Task", "Answered by", "Time", "Tokens", "Attempts", "Prompt")


def show_list(
    running: Runtime, rows: Sequence[RequestRow], opened: str | None, open_request: Callable[[str], None]
) -> None:
    """The requests of one page under their columns' names and their days, a button each, the latest first.

    Args:
        opened: the id of the one that stands open.
        open_request: is given the id of the one that is pressed.
    """
    now = datetime.now(UTC).timestamp()
    notes = running.store.notes.read_notes([row.id for row in rows])
    with st.container(key="history-list", gap=None):
        names = "".join(f"<span>{name}</span>" for name in _COLUMNS)
        st.html(f'<div class="list-head" aria-hidden="true">{names}</div>')
        shown_day = ""
        for row in rows:
            day = looks.day_words(epoch_of(row.row["started_at"]), now)
            if day != shown_day:
                shown_day = day
                st.html(f'<div class="list-day">{day}</div>')
            key = "open-request" if row.id == opened else f"request-{row.id}"
            label = _line_of(running, row, row.id in notes)
            st.button(label, key=key, type="tertiary", on_click=open_request, args=(row.id,), width="stretch")


def _line_of(running: Runtime, request: RequestRow, has_note: bool) -> str:
    row, table = request.row, running.router.table
    who = looks.provider_text(row["provider"], table) if row["provider"] else f":gray[{NO_MODEL.lower()}]"
    model = looks.plain(table.label(Target(row["provider"], row["model"]))) if row["model"] else ""
    tokens = (row["prompt_tokens"] or 0) + (row["completion_tokens"] or 0)
    cells = [
        looks.time_of_day(epoch_of(row["started_at"])),
        ending_text(row),
        looks.plain(table.task(task_named(row["task_type"])).label),
        f"{who} {model}",
        looks.seconds(row["latency_ms"]),
        f"{tokens:,}" if tokens else "–",
        str(row["attempts"] or "–"),
        (":material/sticky_note_2: " if has_note else "") + _words_of(request),
    ]
    return " ".join(f":small[{cell}]" for cell in cells)


def _words_of(request: RequestRow) -> str:
    """The beginning of what was asked, or the searched words where they stand."""
    is_service = request.row["purpose"] == Purpose.SERVICE
    if request.hit is not None:
        hit = without_data(request.hit) if is_service else request.hit
        before, behind = _unmarked(hit.before), _unmarked(hit.behind)
        return f"{looks.plain_piece(before)}**{looks.plain(hit.words)}**{looks.plain_piece(behind)}"
    prompt = request.row["prompt"] or ""
    return looks.plain(listed_words(request.row["purpose"], prompt)) or ":gray[no text kept]"


def _unmarked(text: str) -> str:
    """A piece of an answer without the marks of its Markdown, which in half a line are nothing but noise."""
    return re.sub(r"\*\*|__|`+|^\W*#{1,6} |(?<=\s)[*|](?=\s)", "", text)
