"""How the acts of a demonstration ended on both sides, and the score over all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from pages.components.console import looks
from pages.components.console.files import offer_files
from router.background.portal import RunView
from router.types import Attempt


class Ending(StrEnum):
    """How a side stands."""

    RUNNING = "running"
    ANSWERED = "answered"
    BROKEN = "broken"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Cost:
    """What failures cost a run: calls that gave no answer, and the milliseconds spent on them."""

    calls: int
    lost_ms: float


@dataclass(frozen=True, slots=True)
class SideResult:
    """How one side of an act ended."""

    ending: Ending
    total_ms: float
    cost: Cost


@dataclass(frozen=True, slots=True)
class ActResult:
    """How an act ended."""

    name: str
    without: SideResult
    routed: SideResult


def ending_of(view: RunView) -> Ending:
    """How a run stands, as an audience would say."""
    if view.status == "running":
        return Ending.RUNNING
    if view.status == "succeeded":
        return Ending.ANSWERED
    return Ending.BROKEN if view.text else Ending.FAILED


def attempts_of(view: RunView) -> tuple[Attempt, ...]:
    """What was tried and passed over, of a run that has ended."""
    return view.completion.attempts if view.completion else tuple(getattr(view.error, "attempts", ()))


def cost_of(view: RunView) -> Cost:
    """What failures cost a run."""
    failed = [attempt for attempt in attempts_of(view) if attempt.failed]
    return Cost(len(failed), sum(attempt.latency_ms or 0.0 for attempt in failed))


def result_of(name: str, without: RunView, routed: RunView) -> ActResult:
    """The result of an act whose sides have both ended."""
    sides = (SideResult(ending_of(view), view.elapsed_ms, cost_of(view)) for view in (without, routed))
    return ActResult(name, *sides)


def score_words(results: Sequence[ActResult]) -> str:
    """The score in words, as in "Without the router: 1 of 5 answered. With it: 4 of 5."."""
    without = sum(result.without.ending is Ending.ANSWERED for result in results)
    routed = sum(result.routed.ending is Ending.ANSWERED for result in results)
    return f"Without the router: {without} of {len(results)} answered. With it: {routed} of {len(results)}."


def show_scores(results: Mapping[str, ActResult]) -> None:
    """The score over the acts so far."""
    if results:
        st.markdown(f"**{score_words(list(results.values()))}**")


WORDS = {
    Ending.RUNNING: "running",
    Ending.ANSWERED: "answered",
    Ending.BROKEN: "half an answer",
    Ending.FAILED: "no answer",
}


def show_summary(results: Mapping[str, ActResult]) -> None:
    """What a guest may take along: every act with both sides, and what its failures cost."""
    st.header("What was shown")
    rows = [_row_of(result) for result in results.values()]
    st.table(rows)
    offer_files("demonstration", lambda: rows, lambda: _as_json(rows))


def _row_of(result: ActResult) -> dict[str, str]:
    return {
        "What went wrong": result.name,
        "Without the router": f"{WORDS[result.without.ending]}, {looks.seconds(result.without.total_ms)}",
        "With the router": f"{WORDS[result.routed.ending]}, {looks.seconds(result.routed.total_ms)}",
        "Lost on failures": looks.seconds(result.routed.cost.lost_ms),
        "Calls wasted": str(result.routed.cost.calls),
    }


def _as_json(rows: Sequence[Mapping[str, str]]) -> str:

    return json.dumps(rows, ensure_ascii=False, indent=2)
