"""A run on the page: live while it goes on, from the log once it is older than this process remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import looks
from pages.components.answers import AnswerView, show_answer
from pages.components.problems import show_problem
from pages.components.runtime import Runtime
from pages.components.trace import lines_of_attempts, lines_of_events, lines_of_rows, show_trace
from router.portal import LiveRun, RunView
from router.store import RequestDetail
from router.types import Completion

TICK = 0.05
"""Seconds between looks at a run: 20 a second."""


def show_run(running: Runtime, run_id: str) -> None:
    """Show the run with this id: wait beside it while it is live, or read it from the log."""
    live = running.portal.find(run_id)
    if live is not None:
        _show_live(running, live)
        return
    stored = running.store.statistics.request(run_id)
    if stored is None:
        st.info("There is no run with this id here. It may have been made on another machine, or be deleted.")
    else:
        _show_stored(running, stored)


def _show_live(running: Runtime, live: LiveRun) -> None:
    answer, beside = st.columns([3, 2], gap="large")
    with answer:
        place = st.container(key="answer")
        thoughts = st.empty()
    with beside:
        line, trace = st.empty(), st.empty()
    view = _follow(running, live, AnswerView(place), line, trace)
    with thoughts.container():
        _show_reasoning(view.reasoning)
    with line.container():
        _show_end(running, view)
    with trace.container():
        attempts = view.completion.attempts if view.completion else getattr(view.error, "attempts", None)
        show_trace(lines_of_attempts(attempts) if attempts else lines_of_events(view.trace), running.router.table)
    with answer:
        _show_outcome(view)


def _follow(running: Runtime, live: LiveRun, text: AnswerView, line: Any, trace: Any) -> RunView:
    """Draw the run as it grows, until it has ended."""
    restarts = drawn = 0
    while True:
        view = live.view()
        if view.restarts != restarts:
            text.clear()
            restarts = view.restarts
        text.show(view.text, done=view.status != "running")
        if view.status != "running":
            return view
        with line.container():
            looks.figures(_live_figures(view))
        if len(view.trace) != drawn:
            drawn = len(view.trace)
            with trace.container():
                show_trace(lines_of_events(view.trace), running.router.table)
        live.done.wait(TICK)


def _live_figures(view: RunView) -> list[tuple[str, str, str]]:
    state = "thinking" if view.reasoning and not view.text else "answering" if view.text else "waiting"
    # One digit is enough while it runs, and an unchanged element is not sent again.
    total = f"{view.elapsed_ms / 1000:.1f}{looks.THIN}s"
    return [("State", state, state), ("First token", looks.seconds(view.first_token_ms), ""), ("Total", total, "")]


def _show_reasoning(reasoning: str) -> None:
    if reasoning.strip():
        with st.expander("Reasoning", icon=":material/psychology:"):
            AnswerView(st.container()).show(reasoning, done=True)


def _show_end(running: Runtime, view: RunView) -> None:
    if view.completion is not None:
        show_figures(running, view.completion)
    else:
        looks.figures([("State", view.status, view.status), ("Total", looks.seconds(view.elapsed_ms), "")])


def _show_outcome(view: RunView) -> None:
    if view.status == "cancelled":
        st.caption("Stopped. The text above is what had come by then.")
    if view.error is not None:
        show_problem(view.error)
    if view.completion is not None and view.completion.finish_reason == "length":
        st.caption("The answer was cut off by the output limit that was asked for.")


def show_figures(running: Runtime, completion: Completion) -> None:
    """Who answered, how fast, and at what cost."""
    provider = running.router.table.providers[completion.provider].label
    took = completion.latency_ms - (completion.ttft_ms or 0.0)
    speed = completion.usage.completion_tokens * 1000 / took if took > 0 else None
    looks.figures(
        [
            ("Provider", provider + (" (simulated)" if completion.simulated else ""), completion.provider),
            ("Model", completion.model, completion.model),
            ("First token", looks.seconds(completion.ttft_ms), f"{completion.ttft_ms or 0:.1f} ms"),
            ("Total", looks.seconds(completion.latency_ms), f"{completion.latency_ms:.1f} ms"),
            ("Tokens", f"{completion.usage.completion_tokens:,}", f"{completion.usage.total_tokens:,} with the prompt"),
            ("Speed", looks.per_second(speed), f"{speed or 0:.2f} tokens per second"),
            ("Cost", f"${completion.cost_usd:.4f}" if completion.cost_usd else "free", f"{completion.cost_usd} USD"),
        ]
    )
    if completion.degraded:
        st.caption("Answered by a lower tier than critical accuracy asks for: no accuracy provider has a key.")


def _show_stored(running: Runtime, stored: RequestDetail) -> None:
    row = stored.row
    answer, beside = st.columns([3, 2], gap="large")
    with answer:
        _show_stored_answer(stored)
    with beside:
        looks.figures(_stored_figures(row))
        show_trace(lines_of_rows(stored.skipped, stored.attempts), running.router.table)


def _show_stored_answer(stored: RequestDetail) -> None:
    if stored.answer is None:
        st.caption("The log keeps no prompts and answers (ROUTER_LOG_CONTENT=0), or this one was deleted.")
    else:
        show_answer(stored.answer, as_json=stored.answer.lstrip().startswith(("{", "[")))
        _show_reasoning(stored.reasoning or "")
    if stored.row["error"]:
        st.error(stored.row["error"], icon=":material/error:")


def _stored_figures(row: Any) -> Sequence[tuple[str, str, str]]:
    return [
        ("State", row["status"], row["status"]),
        ("Provider", row["provider"] or "–", row["provider"] or ""),
        ("Model", row["model"] or "–", row["model"] or ""),
        ("First token", looks.seconds(row["ttft_ms"]), f"{row['ttft_ms'] or 0:.1f} ms"),
        ("Total", looks.seconds(row["latency_ms"]), f"{row['latency_ms'] or 0:.1f} ms"),
        ("Tokens", f"{row['completion_tokens'] or 0:,}", ""),
        ("Started", row["started_at"], row["started_at"]),
    ]
