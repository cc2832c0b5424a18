"""A test request to one target, through the router like any other: its row says `test`, and no figures count it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.runtime import Runtime
from pages.components.health.reasons import show_message, split_message
from router.background.jobs import Job
from router.background.loop_thread import LiveRun
from router.errors import RouterError
from router.settings import PROJECT
from router.types import Completion, Purpose, Source, Target, TaskConfig, TaskType, Transcription

PROMPT = "Reply with one word: ready"
DEADLINE_SECONDS = 15.0
"""Longer than any attempt's limit of the chat-type tasks, so that the attempt itself says what failed."""


SAMPLE = PROJECT / "data" / "samples" / "spoken-question.wav"
"""What a target is sent that takes recordings and no prompts."""


def start_test(running: Runtime, target: Target) -> None:
    """Send the test request, past a limit that would keep it here; the page goes on meanwhile."""
    _lift_limit(running, target)
    if target in running.router.table.transcription.chain:
        st.session_state[_key(target)] = _begin_spoken_test(running, target).id
        return
    live = running.portal.start(
        config=TaskConfig(TaskType.REAL_TIME_CHAT),
        messages=[{"role": "user", "content": PROMPT}],
        targets=[target],
        fallback=False,
        deadline=DEADLINE_SECONDS,
        source=Source.CONSOLE,
        purpose=Purpose.TEST,
    )
    st.session_state[_key(target)] = live.id


def _lift_limit(running: Runtime, target: Target) -> None:
    """Forget what says that a call would be refused: whether that still holds is what a test is for.

    A sickness stays, and lasts the longer if it is met again: a target that is alone in a request is tried in spite of
    it.
    """
    limits = [
        cooldown
        for cooldown in running.router.failures()
        if cooldown.provider == target.provider and cooldown.model in ("", target.model) and not cooldown.sick
    ]
    if limits and may_change():
        running.router.reset_failures(target.provider, target.model)


def _begin_spoken_test(running: Runtime, target: Target) -> Job[Transcription]:
    async def work(job: Job[Transcription]) -> Transcription:
        return await running.router.transcribe(
            SAMPLE.read_bytes(),
            targets=[target],
            fallback=False,
            deadline=DEADLINE_SECONDS,
            source=Source.CONSOLE,
            purpose=Purpose.TEST,
        )

    return running.portal.begin(work, title="Testing", total=1)


def offer_test(running: Runtime, target: Target, key: str) -> None:
    """The button; while its request is on the way it waits for it."""
    test = _find_test(running, target)
    going = test is not None and _state_of(test).is_going
    st.button(
        "Test", key=key, icon=":material/network_check:", disabled=going, on_click=start_test, args=(running, target),
        help=f"Sends one short request to {target} through the router, also while it is cooling down.",
    )  # fmt: skip


def show_test(running: Runtime, target: Target) -> None:
    """What the last test request to a target came to, in this session."""
    test = _find_test(running, target)
    if test is not None:
        st.markdown(f":small[{test_words(test)}]")
        show_message(split_message(_reason(_state_of(test).error))[1])


def test_words(test: LiveRun | Job[Transcription]) -> str:
    """How a test went, as Markdown."""
    state = _state_of(test)
    if state.is_going:
        return f":material/pending: Testing, {looks.seconds(state.elapsed_ms)} so far"
    if state.completion is not None:
        return f":green[:material/check_circle: Test answered in {looks.seconds(state.completion.latency_ms)}]"
    return f":red[:material/error: Test failed:] {looks.plain(split_message(_reason(state.error))[0])}"


@dataclass(frozen=True, slots=True)
class TargetTestState:
    """A test at one moment, whichever kind of request it makes."""

    is_going: bool
    elapsed_ms: float
    completion: Completion | None
    error: Exception | None


def _state_of(test: LiveRun | Job[Transcription]) -> TargetTestState:
    if isinstance(test, LiveRun):
        view = test.view()
        return TargetTestState(view.status == "running", view.elapsed_ms, view.completion, view.error)
    seen = test.view()
    return TargetTestState(seen.status == "running", seen.elapsed_seconds * 1000, test.result, seen.error)


def _reason(error: Exception | None) -> str:
    """What the last attempt failed of; nothing of a test that is on its way."""
    attempts = error.attempts if isinstance(error, RouterError) and hasattr(error, "attempts") else ()
    reasons = [attempt.error for attempt in attempts if attempt.error]
    return (reasons[-1] if reasons else str(error or "it was stopped")).replace("`", "")


def _find_test(running: Runtime, target: Target) -> LiveRun | Job[Transcription] | None:
    test_id = st.session_state.get(_key(target))
    return None if test_id is None else running.portal.find(test_id) or running.portal.find_job(test_id)


def _key(target: Target) -> str:
    return f"test-{target}"
