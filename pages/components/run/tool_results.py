"""The tools that an answer calls: each call with its arguments and a field for its result, sent back by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components.console.double_click import is_double_click
from pages.components.console.runtime import Runtime
from pages.components.prompt.requests import wanted_again
from pages.components.run.conversation import sendable_message
from pages.components.run.questions import note_sent
from pages.components.run.run_records import RunRecord, find_run
from pages.components.run.tool_turns import show_call_line
from router.types import Message, ToolCall


def show_tool_calls(running: Runtime, record: RunRecord) -> None:
    """The calls of an answer, with a field for what each gives; nothing where it calls none."""
    calls = record.tool_calls
    if not calls:
        return
    with st.container(border=True, key="tool-calls", gap="small"):
        st.markdown("**The model calls a tool.**" if len(calls) == 1 else f"**The model calls {len(calls)} tools.**")
        for call in calls:
            _show_call(call)
        st.button(
            "Send results" if len(calls) > 1 else "Send result", key="send-results", type="primary",
            on_click=send_results, args=(running, record.id), icon=":material/send:",
        )  # fmt: skip


def _show_call(call: ToolCall) -> None:
    show_call_line(call.name, call.arguments_json)
    # A tool's name is letters, digits, `_` and `-`; as a label it needs no marks against Markdown.
    st.text_area(f"Result of {call.name}", key=_field_of(call), height=76, placeholder='{"degrees": 12}')


def _field_of(call: ToolCall) -> str:
    return f"result-{call.id}"


def send_results(running: Runtime, run_id: str) -> None:
    """Go on with an answer's conversation: its calls, then what they gave."""
    record = find_run(running, run_id)
    if record is None or record.request is None:
        return
    results = [str(st.session_state.get(_field_of(call)) or "") for call in record.tool_calls]
    if is_double_click("send results", run_id, results):
        return
    try:
        live = running.portal.start(after=run_id, **_request_with(running, record, results))
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    st.query_params.from_dict({"run": live.id})
    st.session_state["last_run"] = live.id
    note_sent(live.id)


def _request_with(running: Runtime, record: RunRecord, results: Sequence[str]) -> dict[str, Any]:
    options = wanted_again(record.request or {}).options(running.router)
    called: Message = {
        "role": "assistant",
        "content": record.text or None,
        "tool_calls": [call.as_message() for call in record.tool_calls],
    }
    given = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(record.tool_calls, results, strict=True)
    ]
    messages = [*map(sendable_message, record.messages), called, *given]
    return options | {"messages": messages, "source": "console", "purpose": "prompt"}
