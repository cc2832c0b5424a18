"""A test request to one target: it goes through the router like any other, and its row in the log says `check`."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.background.portal import LiveRun
from router.errors import RouterError
from router.types import Purpose, Source, Target, TaskConfig, TaskType

PROMPT = "Reply with one word: ready"
DEADLINE_SECONDS = 15.0
"""Longer than any attempt's limit of the chat-type tasks, so that the attempt itself says what failed."""


def start_test(running: Runtime, target: Target) -> None:
    """Send the test request; the page goes on meanwhile."""
    live = running.portal.start(
        config=TaskConfig(TaskType.REAL_TIME_CHAT),
        messages=[{"role": "user", "content": PROMPT}],
        targets=[target],
        fallback=False,
        deadline=DEADLINE_SECONDS,
        source=Source.CONSOLE,
        purpose=Purpose.CHECK,
    )
    st.session_state[_key(target)] = live.id


def offer_test(running: Runtime, target: Target, key: str) -> None:
    """The button; while its request is on the way it waits for it."""
    live = _find_test(running, target)
    going = live is not None and not live.done.is_set()
    st.button(
        "Test", key=key, icon=":material/network_check:", disabled=going, on_click=start_test, args=(running, target),
        help=f"Sends one short request to {target} through the router.",
    )  # fmt: skip


def show_test(running: Runtime, target: Target) -> None:
    """What the last test request to a target came to, in this session."""
    live = _find_test(running, target)
    if live is not None:
        st.markdown(f":small[{test_words(live)}]")


def test_words(live: LiveRun) -> str:
    """How a test went, as Markdown."""
    view = live.view()
    if view.status == "running":
        return f":material/pending: Testing, {looks.seconds(view.elapsed_ms)} so far"
    if view.completion is not None:
        return f":green[:material/check_circle: Test answered in {looks.seconds(view.completion.latency_ms)}]"
    return f":red[:material/error: Test failed:] {looks.plain(_reason(view.error))}"


def _reason(error: Exception | None) -> str:
    attempts = error.attempts if isinstance(error, RouterError) and hasattr(error, "attempts") else ()
    reasons = [attempt.error for attempt in attempts if attempt.error]
    return reasons[-1] if reasons else str(error or "it was stopped")


def _find_test(running: Runtime, target: Target) -> LiveRun | None:
    run_id = st.session_state.get(_key(target))
    return None if run_id is None else running.portal.find(run_id)


def _key(target: Target) -> str:
    return f"test-{target}"
