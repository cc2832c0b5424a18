"""An act of the demonstration: both sides as they go, and one sentence on what just happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.components.answer.answers import AnswerView
from pages.components.answer.trace import TraceLine, show_trace, split_reason
from pages.components.console import looks
from pages.components.console.problems import time_of_return
from pages.components.demonstration.scenery import verdict_html, way_html
from pages.components.demonstration.scores import attempts_of, cost_of
from pages.components.demonstration.stage import TROUBLES, Act
from pages.components.run.run_view import trace_of
from router.background.loop_thread import LiveRun, RunView
from router.table.routes import RoutingTable
from router.types import AttemptFailed

TICK = 0.1
"""Seconds between looks at both sides: the stopwatch shows tenths."""

ANSWER_HEIGHT = 172
"""Pixels: both answers stand in sight with what is said above them."""


def show_act(act: Act, trouble: str | None, table: RoutingTable, say: Callable[[str], object]) -> None:
    """Both sides at the same time, on the same clock; returns when both have ended.

    Args:
        say: shows a sentence above them.
    """
    say(opening_words(trouble))
    left, right = st.columns(2)
    sides = [
        _Side(left, "Without the router", "without", act.without, table),
        _Side(right, "With the router", "routed", act.routed, table),
    ]
    while going := [side for side in sides if not side.draw()]:
        going[0].run.done.wait(TICK)
    say(what_happened(act.without.view(), act.routed.view(), trouble, table, again=act.again))


class _Side:
    """One side of the stage."""

    def __init__(self, place: Any, title: str, side: str, run: LiveRun, table: RoutingTable) -> None:
        self.run = run
        self._table = table
        self._is_routed = side == "routed"
        self._start = "Your app, router" if self._is_routed else "Your app"
        with place, st.container(border=True, key=f"side-{side}"):
            st.header(title)
            self._verdict, self._way = st.empty(), st.empty()
            self._answer_place = st.container(height=ANSWER_HEIGHT, border=False, key=f"answer-{side}")
            self._answer = AnswerView(self._answer_place)
            with st.container(key=f"details-{side}"):
                self._details = st.empty()
        self._drawn = ["", ""]
        self._over = False

    def draw(self) -> bool:
        """Bring it up to date; whether it has ended."""
        if self._over:
            return True
        view = self.run.view()
        self._over = view.status != "running"
        self._answer.follow(view)
        self._draw_head(view)
        if self._over:
            lines = trace_of(view)
            self._show_error(view, lines)
            with self._details.container(), st.expander("Details", icon=":material/route:"):
                show_trace([line for line in lines if "retired" not in line.why or line.failed], self._table)
        return self._over

    def _show_error(self, view: RunView, lines: Sequence[TraceLine]) -> None:
        """Where an answer would stand, what an app without the router has instead: the provider's words."""
        words = split_reason(lines[-1].why)[1] if lines else ""
        if words and not self._is_routed and view.status == "failed" and not view.text:
            with self._answer_place:
                st.caption("What your app gets instead:")
                st.code(words, language=None, wrap_lines=True)

    def _draw_head(self, view: RunView) -> None:
        lines = trace_of(view)
        returns = _return_words(view) if self._is_routed else ""
        htmls = [
            verdict_html(view, returns=returns),
            way_html(lines, self._table, _outcomes_of(view, len(lines)), start=self._start),
        ]
        for number, (place, html) in enumerate(zip((self._verdict, self._way), htmls, strict=True)):
            if self._drawn[number] != html:  # an unchanged element is not sent again
                self._drawn[number] = html
                place.html(html)


def _outcomes_of(view: RunView, count: int) -> list[str]:
    """The outcome of each line of the trace, "" where it has none yet."""
    if attempts := attempts_of(view):
        outcomes = [str(attempt.outcome) for attempt in attempts]
    else:
        passed_over = [
            event for event in view.trace if getattr(event, "kind", "") in ("attempt_skipped", "attempt_failed")
        ]
        outcomes = [str(event.attempt.outcome) if isinstance(event, AttemptFailed) else "" for event in passed_over]
    return (outcomes + [""] * count)[:count]


def what_happened(without: RunView, routed: RunView, trouble: str | None, table: RoutingTable, *, again: bool) -> str:
    """One plain sentence or two on what was just seen."""
    return f"{opening_words(trouble)} {_routed_words(routed, table, again)} {_without_words(without)}"


def opening_words(trouble: str | None) -> str:
    """What goes wrong."""
    return TROUBLES[trouble].says if trouble else "Everything works."


def _routed_words(view: RunView, table: RoutingTable, again: bool) -> str:
    cost, total = cost_of(view), looks.seconds(view.elapsed_ms)
    if view.completion is None:
        returns = _return_words(view)
        when = f", and when to try again: at {returns}" if returns else ""
        return f"No model is available; the router says so after {total}{when}."
    name = table.providers[view.completion.provider].label
    if cost.calls:
        calls = "one call" if cost.calls == 1 else f"{cost.calls} calls"
        lost = f"The router lost {looks.seconds(cost.lost_ms)} and {calls}"
        return f"{lost}, went on to {name}, and gave the whole answer."
    if again:
        return f"The router remembers: it went straight to {name} and lost nothing."
    return f"The router gave {name}'s answer."


def _return_words(view: RunView) -> str:
    """The time at which a model should be back; empty where nobody can say."""
    moment = time_of_return(view.error)
    return "" if moment is None else looks.short_time(moment.timestamp(), time.time())


def _without_words(view: RunView) -> str:
    if view.status == "succeeded":
        return f"Without it, the first word came after {looks.seconds(view.first_token_ms)}."
    ending = "half an answer is left standing" if view.text else "there is an error and no answer"
    return f"Without it, {ending}."
