"""A request of the log: what was asked, what was answered, how it was routed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.prompt.answers import is_asked_json, show_answer
from pages.components.prompt.trace import lines_of_rows, show_trace
from router.store import RequestDetail
from router.store.database.times import epoch_of
from router.types import TaskType

LONGEST, LONGEST_PIXELS = 1_500, 320
"""A text of more characters than this scrolls within so many pixels."""


def show_request(running: Runtime, detail: RequestDetail) -> None:
    """Everything that the log has of a request."""
    row, table = detail.row, running.router.table
    task = TaskType(row["task_type"])
    st.markdown(
        f"{looks.TASK_ICONS[task]} **{looks.plain(table.tasks[task].label)}** · {looks.status_text(row['status'])}"
        + (" · simulated" if row["simulated"] else "")
        + f"  \n:small[{looks.clock_time(epoch_of(row['started_at']))} · {row['purpose']} · {_door_words(row)}]"
    )
    looks.show_figures_line(_figures_of(running, row))
    _show_prompt(detail)
    _show_answer(detail)
    st.markdown("**Routing**")
    show_trace(lines_of_rows(detail.skipped, detail.attempts), table)


def _door_words(row: Mapping[str, Any]) -> str:
    return f"from {looks.plain(row['app'])}, by the gateway" if row["app"] else f"from the {row['source']}"


def _figures_of(running: Runtime, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    entry = running.router.table.providers.get(row["provider"] or "")
    return [
        ("Answered by", entry.label if entry and row["status"] == "succeeded" else "nobody", row["provider"] or ""),
        ("Model", row["model"] or "–", row["model"] or ""),
        ("First token", looks.seconds(row["ttft_ms"]), f"{row['ttft_ms'] or 0:.1f} ms"),
        ("Total", looks.seconds(row["latency_ms"]), f"{row['latency_ms'] or 0:.1f} ms"),
        ("Tokens", f"{row['completion_tokens'] or 0:,}", f"{row['prompt_tokens'] or 0:,} of the prompt besides"),
        ("Cost", f"${row['cost_usd']:.4f}" if row["cost_usd"] else "free", f"{row['cost_usd'] or 0} USD"),
    ]


def _show_prompt(detail: RequestDetail) -> None:
    st.markdown("**Prompt**")
    if detail.request is None:
        st.caption("Not kept: the log holds no texts (ROUTER_LOG_CONTENT=0), or this one's were deleted.")
        return
    for message in detail.request.get("messages") or ():
        with _frame(str(message["content"])):
            if message["role"] != "user":
                st.caption(message["role"])
            _show_parts(message["content"])


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
    if not detail.answer:
        st.caption(looks.plain(detail.row["error"].partition("\n")[0]) if detail.row["error"] else "There was none.")
        return
    with _frame(detail.answer):
        show_answer(detail.answer, as_json=is_asked_json(detail.request, detail.answer))
    if detail.reasoning:
        with st.expander("Reasoning", icon=":material/psychology:"):
            st.text(detail.reasoning)
