"""An act of the demonstration: both sides as they go, then what it cost and one sentence on what just happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.demonstration.stage import TROUBLES, Act
from pages.components.prompt.answers import AnswerView
from pages.components.prompt.run_view import state_words, trace_of
from pages.components.prompt.trace import show_trace
from router.background.portal import LiveRun, RunView
from router.table.routes import RoutingTable
from router.types import Attempt

TICK = 0.05
"""Seconds between looks at both sides."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What failures cost a run: calls that gave no answer, and the milliseconds spent on them."""

    calls: int
    lost_ms: float


def attempts_of(view: RunView) -> tuple[Attempt, ...]:
    """What was tried and passed over, of a run that has ended."""
    return view.completion.attempts if view.completion else tuple(getattr(view.error, "attempts", ()))


def cost_of(view: RunView) -> Cost:
    """What failures cost a run."""
    failed = [attempt for attempt in attempts_of(view) if attempt.failed]
    return Cost(len(failed), sum(attempt.latency_ms or 0.0 for attempt in failed))


def show_act(act: Act, trouble: str | None, table: RoutingTable) -> None:
    """Both sides at the same time, on the same clock; returns when both have ended."""
    happened = st.container(key="happened").empty()
    happened.markdown(_opening_words(trouble))
    left, right = st.columns(2, gap="large")
    sides = [
        _Side(left, "Without the router", ":material/person:", act.without, table),
        _Side(right, "With the router", ":material/alt_route:", act.routed, table),
    ]
    while going := [side for side in sides if not side.draw()]:
        going[0].run.done.wait(TICK)
    happened.markdown(what_happened(act.without.view(), act.routed.view(), trouble, table, again=act.again))


class _Side:
    """One side of the stage."""

    def __init__(self, place: Any, title: str, icon: str, run: LiveRun, table: RoutingTable) -> None:
        self.run = run
        self._table = table
        side = "routed" if "With " in title else "without"
        with place, st.container(border=True, key=f"side-{side}"):
            st.markdown(f"### {icon} {title}")
            self._figures, answer, self._trace = st.empty(), st.container(key=f"answer-{side}"), st.empty()
            self._answer = AnswerView(answer)
            self._ending = st.empty()
        self._over = False

    def draw(self) -> bool:
        """Bring it up to date; whether it has ended."""
        if self._over:
            return True
        view = self.run.view()
        self._over = view.status != "running"
        self._answer.follow(view)
        with self._figures.container():
            looks.show_figures_line(_figures_of(view))
        if self._over:
            self._finish(view)
        return self._over

    def _finish(self, view: RunView) -> None:
        with self._ending.container():
            if view.error is not None:
                st.error(looks.plain(_problem_words(view)), icon=":material/error:")
            lines = trace_of(view)
            show_trace([line for line in lines if "retired" not in line.why or line.failed], self._table)


def _problem_words(view: RunView) -> str:
    """What a user would see: the provider's own words where one call was all, else what the router says."""
    failed = [attempt for attempt in attempts_of(view) if attempt.failed]
    words = (failed[0].error if len(failed) == 1 else None) or str(view.error).splitlines()[0]
    return f"The answer stops here: {words}" if view.text else f"No answer: {words}"


def _figures_of(view: RunView) -> list[tuple[str, str, str]]:
    cost = cost_of(view)
    over = view.status != "running"
    total = f"{view.elapsed_ms / 1000:.1f}{looks.THIN}s"
    return [
        ("Answer", _answer_word(view), view.status),
        ("First word after", looks.seconds(view.first_token_ms), f"{view.first_token_ms or 0:.0f} ms"),
        ("Total", total, f"{view.elapsed_ms:.0f} ms"),
        ("Seconds lost", looks.seconds(cost.lost_ms) if over else "…", f"{cost.lost_ms:.0f} ms"),
        ("Calls wasted", str(cost.calls) if over else "…", str(cost.calls)),
    ]


def _answer_word(view: RunView) -> str:
    if view.status == "succeeded":
        return "whole"
    if view.status == "running":
        return "coming" if view.text else state_words(view)
    return "broken off" if view.text else "none"


def what_happened(without: RunView, routed: RunView, trouble: str | None, table: RoutingTable, *, again: bool) -> str:
    """One plain sentence or two on what was just seen."""
    return f"{_opening_words(trouble)} {_routed_words(routed, table, again)} {_without_words(without)}"


def _opening_words(trouble: str | None) -> str:
    return TROUBLES[trouble].says if trouble else "Everything works."


def _routed_words(view: RunView, table: RoutingTable, again: bool) -> str:
    cost, total = cost_of(view), looks.seconds(view.elapsed_ms)
    if view.completion is None:
        return f"Nobody can answer, and the router says so after {total}, and when it is worth trying again."
    name = table.providers[view.completion.provider].label
    if cost.calls:
        calls = "one call" if cost.calls == 1 else f"{cost.calls} calls"
        lost = f"The router lost {looks.seconds(cost.lost_ms)} and {calls}"
        return f"{lost}, went on to {name}, and gave the whole answer."
    if again:
        return f"The router remembers: this time it went straight to {name}, and lost nothing."
    return f"The router gave {name}'s answer."


def _without_words(view: RunView) -> str:
    if view.status == "succeeded":
        return f"Without it, the first word came after {looks.seconds(view.first_token_ms)}."
    what = "half an answer is left standing" if view.text else "there is an error and no answer"
    return f"Without it, {what}."
