"""A request of the log: what was asked, what was answered, how it was routed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.answers import is_asked_json, show_answer
from pages.components.answer.trace import FROM_CACHE, lines_of_request, show_trace
from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import NO_MODEL
from pages.components.log.service_words import asked_words
from pages.components.run.run_details import show_wire
from pages.components.run.tool_turns import called_names, show_call_line, show_result_line
from router.store import RequestDetail
from router.store.console.notes import LONGEST as LONGEST_NOTE
from router.store.database.times import epoch_of
from router.types import Purpose, Target, task_named

LONGEST, LONGEST_PIXELS = 1_500, 320
"""A text of more characters than this scrolls within so many pixels."""


def show_title(running: Runtime, detail: RequestDetail) -> None:
    """What was asked for, how it ended, when, and by which door it came."""
    row, table = detail.row, running.router.table
    task = task_named(row["task_type"])
    st.markdown(
        f"{looks.TASK_ICONS[task]} **{looks.plain(table.task(task).label)}** · {ending_text(row)}"
        + (" · simulated" if row["simulated"] else "")
        + f"  \n:small[{looks.clock_time(epoch_of(row['started_at']))} · Purpose: {row['purpose'].replace('-', ' ')} · "
        f"{_door_words(row)}]",
        help=_ORIGIN_HELP,
    )


_ORIGIN_HELP = (
    "Purpose: what it was sent for. A service is Quick entry, Meals, Coach or Programs; a check is a second opinion. "
    "Source: this console, an app by the gateway, or a program or a command by the library."
)


def show_request(running: Runtime, detail: RequestDetail) -> None:
    """Everything that the log has of a request; what failed stands first, where something did."""
    looks.show_figures_line(_figures_of(running, detail.row))
    failed = detail.row["status"] != "succeeded" or (detail.row["attempts"] or 0) > 1
    if failed:
        _show_routing(running, detail)
    _show_prompt(detail)
    _show_answer(detail)
    _edit_note(running, detail.row["id"])
    if not failed:
        _show_routing(running, detail)
    _show_parameters(detail)
    _show_raw(running, detail)


def _show_routing(running: Runtime, detail: RequestDetail) -> None:
    st.markdown("**Routing**")
    show_trace(lines_of_request(detail), running.router.table, in_full=True)


def ending_text(row: Mapping[str, Any]) -> str:
    """How a request ended, as Markdown: an answer that came after failures says so."""
    failures = (row["attempts"] or 0) - 1 if row["status"] == "succeeded" else 0
    if row["cached_from"]:
        return f"{looks.status_text(row['status'])} {FROM_CACHE}"
    if failures < 1:
        return looks.status_text(row["status"])
    # A mark of its own: where a request stands open beside the list, the marks alone are shown.
    return (
        f":yellow[:material/alt_route: {looks.status_word(row['status'])} after {looks.counted(failures, 'failure')}]"
    )


def _edit_note(running: Runtime, request_id: str) -> None:
    """The operator's note on a request: written by leaving the field."""
    key, notes = f"note-{request_id}", running.store.notes
    note = notes.read_notes([request_id]).get(request_id, "")
    if key not in st.session_state:
        st.session_state[key] = note
    with st.expander("Note" if note else "Add a note", icon=":material/sticky_note_2:", expanded=bool(note)):
        st.text_area(
            "Note", key=key, height=68, max_chars=LONGEST_NOTE, label_visibility="collapsed",
            placeholder="What to remember of this request", on_change=_keep_note, args=(running, request_id, key),
            disabled=not may_change(),
        )  # fmt: skip


def _keep_note(running: Runtime, request_id: str, key: str) -> None:
    done = running.store.notes.put_note(request_id, st.session_state[key])
    leave_note("Note saved." if done else "The database cannot be written now; the note was not saved.")


def _door_words(row: Mapping[str, Any]) -> str:
    door = f"Source: {row['source']}" + (f", app {looks.plain(row['app'])}" if row["app"] else "")
    sent = row["client_retries"] or 0
    if not sent:
        return door
    # Worth a word: an earlier send came to nothing for this client, whatever the log has of that.
    return f"{door} · sent again by its client, after {sent} earlier {'send' if sent == 1 else 'sends'}"


def _figures_of(running: Runtime, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    entry = running.router.table.providers.get(row["provider"] or "")
    asked, answered = row["prompt_tokens"] or 0, row["completion_tokens"] or 0
    return [
        (
            "Answered by",
            entry.label if entry and row["status"] == "succeeded" else NO_MODEL.lower(),
            row["provider"] or "",
        ),
        ("Model", _model_name(running, row), row["model"] or ""),
        ("First token", looks.seconds(row["ttft_ms"]), f"{row['ttft_ms'] or 0:.1f} ms"),
        ("Total", looks.seconds(row["latency_ms"]), f"{row['latency_ms'] or 0:.1f} ms"),
        ("Tokens", f"{asked + answered:,}", f"{asked:,} of the prompt, {answered:,} of the answer"),
        ("Cost", f"${row['cost_usd']:.4f}" if row["cost_usd"] else "free", f"{row['cost_usd'] or 0} USD"),
    ]


def _model_name(running: Runtime, row: Mapping[str, Any]) -> str:
    """The model as every page names it; its id stands on hover and among the parameters."""
    if not row["model"]:
        return "–"
    return running.router.table.label(Target(row["provider"], row["model"])) if row["provider"] else str(row["model"])


def _show_prompt(detail: RequestDetail) -> None:
    st.markdown("**Prompt**")
    if detail.request is None:
        st.caption("Not kept: the log holds no texts (ROUTER_LOG_CONTENT=0), or this one's were deleted.")
        return
    if recording := detail.request.get("recording"):
        _show_recording(recording)
    messages = detail.request.get("messages") or ()
    if detail.row["purpose"] == Purpose.SERVICE and (asked := asked_words(messages)):
        with _frame(asked):
            st.text(asked)
        with st.expander("All that was sent", icon=":material/send:"):
            _show_messages(messages)
    else:
        _show_messages(messages)


def _show_recording(recording: Mapping[str, Any]) -> None:
    seconds = f" of {recording['seconds']:.1f} s" if recording.get("seconds") else ""
    st.text(f"A recording{seconds} ({recording['format']}, {recording['bytes']:,} bytes)")
    st.caption("The recording itself is not kept.")


def _show_messages(messages: Sequence[Mapping[str, Any]]) -> None:
    called: dict[str, str] = {}
    for message in messages:
        called |= called_names(message)
        with _frame(str(message["content"])):
            _show_message(message, called)


def _show_message(message: Mapping[str, Any], called: Mapping[str, str]) -> None:
    """One message; a tool's result names the tool, by the ids of the calls before it."""
    if message["role"] == "tool":
        show_result_line(message, called)
    elif message["role"] != "user":
        st.caption(message["role"])
    calls = message.get("tool_calls") or ()
    if message["content"] or not calls:
        _show_parts(message["content"])
    for call in calls:
        show_call_line(call["function"]["name"], call["function"]["arguments"])


def _frame(text: str) -> DeltaGenerator:
    """A frame; a long text scrolls within it."""
    return st.container(border=True, height=LONGEST_PIXELS if len(text) > LONGEST else "content")


def _show_parts(content: str | list[Mapping[str, Any]]) -> None:
    for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        if part["type"] == "text":
            st.text(part["text"])
        elif part.get("thumbnail"):
            st.image(part["thumbnail"], caption="thumbnail; the picture itself is not kept")
        else:
            st.caption(f"a picture of {part.get('bytes', 0):,} bytes as it was sent; it is not kept")


def _show_answer(detail: RequestDetail) -> None:
    if detail.request is None and detail.answer is None:
        return
    st.markdown("**Answer**")
    if not detail.answer and not detail.tool_calls:
        st.caption(looks.plain(detail.row["error"].partition("\n")[0]) if detail.row["error"] else "There was none.")
        return
    with _frame(detail.answer or ""):
        if detail.answer:
            show_answer(detail.answer, as_json=is_asked_json(detail.request, detail.answer))
        for call in detail.tool_calls:
            show_call_line(call["name"], json.dumps(call["arguments"], ensure_ascii=False, separators=(",", ":")))
    if detail.reasoning:
        with st.expander("Reasoning", icon=":material/psychology:"):
            st.text(detail.reasoning)


# --- what was sent and received --------------------------------------------------------------------------------------


def _show_parameters(detail: RequestDetail) -> None:
    """What was asked beside the messages."""
    if detail.request is None:
        return
    parameters = {name: value for name, value in detail.request.items() if name != "messages" and value is not None}
    with st.expander("Parameters", icon=":material/tune:"):
        st.code(_as_json(parameters), language="json", wrap_lines=True)


def _show_raw(running: Runtime, detail: RequestDetail) -> None:
    """The calls as they went over the wire where this process still has them, and the log's own record of them."""
    live = running.portal.find(detail.row["id"])
    if live is not None:
        show_wire(running, live)
    with st.expander("Log record", icon=":material/data_object:"):
        if live is None:
            st.caption("Requests and responses as sent are kept for this process's latest runs; the log has this.")
        record = {"request": dict(detail.row), "attempts": [dict(attempt) for attempt in detail.attempts]}
        st.code(_as_json(record), language="json", wrap_lines=True, height=320)


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
