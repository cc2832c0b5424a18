"""Runs on a page: live while they go on, from the log once they are older than this process remembers.

Several may be drawn at once: one loop looks at all of them, so none waits for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.answers import AnswerView, is_asked_json, show_answer
from pages.components.answer.run_figures import show_figures, stored_figures
from pages.components.answer.trace import (
    ANSWERING,
    THINKING,
    TRYING,
    TraceLine,
    lines_of_attempts,
    lines_of_events,
    lines_of_request,
    show_trace,
    waiting_words,
    waits_until,
)
from pages.components.console import looks
from pages.components.console.announcements import announce_end, note_awaited
from pages.components.console.problems import show_problem
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from pages.components.run.run_records import RunRecord
from router.background.loop_thread import LiveRun, RunView
from router.store import RequestDetail
from router.types import Target

TICK = 0.22
"""Seconds between looks at a run that answers: that reads as a flow, and each look costs the browser bytes."""

FIRST_TICK = 0.04
"""Seconds between looks at one that has not begun: its first word is shown at once."""

SHOWN_THOUGHT = 320
"""Characters of a model's thoughts that are shown while it thinks; all of them stand below its answer."""

STILL_ANSWERING = "The answer before is still on its way: wait for its end, or stop it."

WATCHED = "watched"
"""The key of the container in which runs are watched."""

ELSEWHERE = "This request is running in another process; its answer stands here once it is over."

UNKNOWN = "There is no run with this id here. It may have been made on another machine, or be deleted."


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run is drawn: the answer grows in `answer`, the rest is drawn anew.

    Attributes:
        problem: why there is no answer; above everything else, so that it is seen at once.
        thinking: what stands there until the answer's first word.
    """

    problem: DeltaGenerator
    answer: DeltaGenerator
    thinking: DeltaGenerator
    figures: DeltaGenerator
    trace: DeltaGenerator
    below: DeltaGenerator


def make_places(key: str = "answer") -> Places:
    """The way of the request, then its answer, then its figures: in the order in which they come."""
    problem, trace, thinking = st.empty(), st.empty(), st.empty()
    place = st.container(key=key)
    return Places(problem, place, thinking, figures=st.empty(), trace=trace, below=st.empty())


def make_lane_places(key: str) -> Places:
    """For a lane: the figures on top, where both lanes' stand beside each other, and the trace at the end."""
    with st.container(key=f"figures_{key}"):  # its room is kept: a second line of figures would move the answer
        figures = st.empty()
    problem, thinking = st.empty(), st.empty()
    place = st.container(key=key)
    below = st.empty()
    with st.container(key=f"foot_{key}"):  # with room for what takes the trace's place at the end
        trace = st.empty()
    return Places(problem, place, thinking, figures=figures, below=below, trace=trace)


class RunPanel:
    """One run in its places.

    Args:
        places: where it is drawn.
        titled: the target that a heading above names already.
    """

    def __init__(self, running: Runtime, live: LiveRun, places: Places, *, titled: Target | None = None) -> None:
        self._titled = titled
        self.live = live
        self._running = running
        self._places = places
        self._answer = AnswerView(places.answer)
        self._lines: list[TraceLine] = []
        self._figures: list[tuple[str, str, str]] = []
        self._thinking = ""
        self.speaks = False
        # What an earlier run left below would else stand there until this one ends.
        places.below.empty()
        places.problem.empty()

    def draw(self) -> bool:
        """Bring the page up to the run as it is now; gives whether it still goes on."""
        view = self.live.view()
        self.speaks = bool(view.text)
        self._draw_thinking(view)
        self._answer.follow(view)
        if view.status != "running":
            self._draw_end(view)
            return False
        note_awaited(self.live.id)
        self._draw_figures(view)
        self._draw_trace(view)
        return True

    def _draw_thinking(self, view: RunView) -> None:
        words = thinking_html(view)
        if words != self._thinking:
            self._thinking = words
            self._places.thinking.html(words) if words else self._places.thinking.empty()

    def _draw_figures(self, view: RunView) -> None:
        # An unchanged element is not sent again.
        figures = [*self._asked_now(view), *live_figures(view)]
        if figures != self._figures:
            self._figures = figures
            with self._places.figures:
                looks.show_facts(figures)

    def _asked_now(self, view: RunView) -> list[tuple[str, str, str]]:
        """Who is asked just now, where nothing else names it."""
        lines = lines_of_events(view.trace)
        if self._titled is not None or not lines or not lines[-1].provider:
            return []
        target = f"{lines[-1].provider}:{lines[-1].model}"
        return [("", target_name(self._running, target), target)]

    def _draw_trace(self, view: RunView) -> None:
        lines = lines_of_events(view.trace, doing=doing_word(view))
        if lines != self._lines:
            self._lines = lines
            with self._places.trace:
                show_trace(lines, self._running.router.table, is_told=self._titled is None)

    def _draw_end(self, view: RunView) -> None:
        with self._places.figures.container():
            show_end(self._running, view, titled=self._titled)
            announce_end(self.live.id, view.status)
        if view.error is not None:
            with self._places.problem.container():
                show_problem(view.error)
        with self._places.below.container():
            show_reasoning(view.reasoning)
            show_outcome(view)
        with self._places.trace:
            show_trace(trace_of(view), self._running.router.table, is_told=self._titled is None)


def thinking_html(view: RunView) -> str:
    """What stands in an answer's place before its first word: the last of what the model thinks, or a placeholder."""
    if view.text or view.status != "running":
        return ""
    if view.reasoning.strip():
        return f'<div class="thinking"><b>Thinking</b>{escape(view.reasoning[-SHOWN_THOUGHT:].strip())}</div>'
    return '<div class="pending" aria-hidden="true"><i></i><i></i><i></i></div>'


@contextmanager
def watch_place(*, going: bool) -> Iterator[None]:
    """Where a run is watched: while it goes on, nothing of the run before stands below it.

    Streamlit takes what an earlier run of the script has drawn away at the end of the next one, and a run that streams
    is a script that takes its time: an old answer stood under the new question for seconds.

    Args:
        going: whether a run is under way.
    """
    with st.container(key=WATCHED):
        style = st.empty()
        if going:
            # With this mark it takes no room: a gap beside it would close at the run's end, and all below would jump.
            rule = f".st-key-{WATCHED} [data-stale='true'] {{ display: none; }}"
            style.html(f'<style>{rule}</style><span class="roomless"></span>')
        yield
        style.empty()


def stop_run(running: Runtime, run_id: str) -> None:
    """End a run upstream; what it has said stays."""
    live = running.portal.find(run_id)
    if live is not None:
        live.cancel()


def follow_panels(panels: Sequence[RunPanel], beside: Callable[[], object] | None = None) -> None:
    """Draw runs as they grow, all in one loop, until all have ended.

    Args:
        beside: called with every look, for what else moves on the page.
    """
    going = list(panels)
    while True:
        going = [panel for panel in going if panel.draw()]
        if beside is not None:
            beside()
        if not going:
            return
        going[0].live.done.wait(TICK if all(panel.speaks for panel in going) else FIRST_TICK)


def panel_or_stored(
    running: Runtime, record: RunRecord | None, places: Places, *, titled: Target | None = None
) -> RunPanel | None:
    """A panel to follow for a run in memory; one from the log is drawn at once, and none is said to be unknown."""
    if record is None:
        places.answer.info(UNKNOWN)
        return None
    if record.live is not None:
        return RunPanel(running, record.live, places, titled=titled)
    assert record.stored is not None, "a record is of memory or of the log"
    show_stored(running, record.stored, places)
    return None


def watch_run(running: Runtime, record: RunRecord | None, places: Places) -> None:
    """Draw one run, however it is known, until it has ended."""
    panel = panel_or_stored(running, record, places)
    if panel is not None:
        follow_panels([panel])


def trace_of(view: RunView) -> list[TraceLine]:
    """A run's trace, over or under way."""
    attempts = view.completion.attempts if view.completion else getattr(view.error, "attempts", None)
    if attempts:
        return lines_of_attempts(attempts)
    return lines_of_events(view.trace, doing=doing_word(view), over=view.status != "running")


def trace_of_record(record: RunRecord) -> list[TraceLine]:
    """A run's trace, however it is known."""
    if record.live is not None:
        return trace_of(record.live.view())
    return lines_of_request(record.stored) if record.stored is not None else []


def state_words(view: RunView) -> str:
    """What a run that goes on is doing, for people."""
    until = waits_until(view.trace)
    if until is not None:
        return waiting_words(until, datetime.now(UTC))
    return doing_word(view)


def doing_word(view: RunView) -> str:
    """What the target that is asked just now is at: one word, for the trace and the figures alike."""
    return ANSWERING if view.text else THINKING if view.reasoning else TRYING


def live_figures(view: RunView) -> list[tuple[str, str, str]]:
    """What is known of a run while it goes on."""
    state = state_words(view)
    # Once a second is enough while it runs, and an unchanged element is not sent again. Before the first one is over
    # "0 s" would stand beside a first token that came after 0.3 s.
    whole_seconds = int(view.elapsed_ms / 1000)
    if whole_seconds * 1000 < (view.first_token_ms or 0.0):
        whole_seconds = 0  # "total 1 s" beside a first token after 1.2 s reads like an error
    total = [("total", f"{whole_seconds}{looks.THIN}s", "")] if whole_seconds else []
    first = [("first token", looks.seconds(view.first_token_ms), "")] if view.first_token_ms is not None else []
    return [("", state, state), *first, *total]


def show_reasoning(reasoning: str) -> None:
    """What the model thought, closed until it is wanted."""
    if reasoning.strip():
        with st.expander("Reasoning", icon=":material/psychology:"):
            show_answer(reasoning)


def show_end(running: Runtime, view: RunView, *, titled: Target | None = None) -> None:
    """The figures of a run that is over."""
    if view.completion is not None:
        show_figures(running, view.completion, titled=titled)
    else:
        state = looks.status_word(view.status)
        looks.show_facts([("", state, view.status), ("after", looks.seconds(view.elapsed_ms), "")])


def show_outcome(view: RunView) -> None:
    """Why a run ended, where that is not plain from its answer."""
    if view.status == "cancelled":
        st.caption("Stopped. Partial answer kept." if view.text else "Stopped.")
    if view.completion is not None and view.completion.finish_reason == "length":
        st.caption("The answer was cut off by the output limit that was asked for.")


def show_stored(running: Runtime, stored: RequestDetail, places: Places) -> None:
    """A run from the log."""
    if stored.row["error"]:
        # What each target came to stands in the trace, a line each.
        places.problem.error(looks.plain(stored.row["error"].partition("\n")[0]), icon=":material/error:")
    with places.answer:
        show_stored_answer(stored)
    with places.figures.container():
        looks.show_facts(stored_figures(running, stored.row, lines_of_request(stored)))
    with places.trace.container():
        show_trace(lines_of_request(stored), running.router.table)


def show_stored_answer(stored: RequestDetail) -> None:
    """The answer as the log kept it."""
    if stored.row["status"] == "running":
        # Only its process has the text so far; the log gets it at the end.
        st.info(ELSEWHERE, icon=":material/pending:")
    elif stored.answer is None:
        st.caption("The log keeps no prompts and answers (ROUTER_LOG_CONTENT=0), or this one was deleted.")
    else:
        show_answer(stored.answer, as_json=is_asked_json(stored.request, stored.answer))
        show_reasoning(stored.reasoning or "")
