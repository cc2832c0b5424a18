"""How the acts of a demonstration ended on both sides, and the score over all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from pages.components.console import looks
from pages.components.console.files import offer_files
from pages.components.console.problems import time_of_return
from router.background.loop_thread import RunView
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
    """How one side of an act ended.

    Attributes:
        requests: how many the side was sent.
        answered: how many of them got a whole answer.
        words: how the side ended, for a guest.
    """

    requests: int
    answered: int
    words: str


@dataclass(frozen=True, slots=True)
class ActResult:
    """How an act ended; both sides were sent the same requests."""

    name: str
    without: SideResult
    routed: SideResult


WORDS = {
    Ending.RUNNING: "Running",
    Ending.ANSWERED: "Answered",
    Ending.BROKEN: "Half an answer",
    Ending.FAILED: "No answer",
}
"""How a side ended, for a guest."""


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


def reason_of(view: RunView) -> str:
    """Why a run was not answered, in the word that every page has for it; empty where it was, or goes on."""
    if ending_of(view) in (Ending.RUNNING, Ending.ANSWERED):
        return ""
    failed = [attempt for attempt in attempts_of(view) if attempt.failed]
    return looks.status_word(failed[-1].outcome) if failed else "time was up"


def cost_of(view: RunView) -> Cost:
    """What failures cost a run."""
    failed = [attempt for attempt in attempts_of(view) if attempt.failed]
    return Cost(len(failed), sum(attempt.latency_ms or 0.0 for attempt in failed))


def result_of(name: str, without: RunView, routed: RunView) -> ActResult:
    """The result of an act whose sides have both ended."""
    # Only the router says when to try again; what stands beside it is a plain client.
    advice = "; says when to try again" if time_of_return(routed.error) else ""
    return ActResult(name, _single_result(without), _single_result(routed, advice))


def _single_result(view: RunView, advice: str = "") -> SideResult:
    reason = f" ({reason_of(view)})" if reason_of(view) else ""
    words = f"{WORDS[ending_of(view)]} after {looks.seconds(view.elapsed_ms)}{reason}{advice}"
    return SideResult(requests=1, answered=int(ending_of(view) is Ending.ANSWERED), words=words)


def result_of_many(name: str, without: Sequence[Ending], routed: Sequence[Ending]) -> ActResult:
    """The result of an act of several requests, all of which have ended."""
    return ActResult(name, *(_counted_result(endings) for endings in (without, routed)))


def _counted_result(endings: Sequence[Ending]) -> SideResult:
    answered = endings.count(Ending.ANSWERED)
    return SideResult(len(endings), answered, f"{answered} of {len(endings)} answered")


def total_of(results: Iterable[ActResult]) -> ActResult:
    """All acts as one."""
    results = list(results)
    sides = ([getattr(result, side) for result in results] for side in ("without", "routed"))
    sums = ((sum(one.requests for one in side), sum(one.answered for one in side)) for side in sides)
    return ActResult(
        "All together", *(SideResult(asked, answered, f"{answered} of {asked} answered") for asked, answered in sums)
    )


def score_words(results: Iterable[ActResult]) -> str:
    """The score in words, as in "25 requests so far: 9 answered without the router, 24 with it."."""
    total = total_of(results)
    count = looks.counted(total.routed.requests, "request")
    return f"{count} so far: {total.without.answered} answered without the router, {total.routed.answered} with it."


def closing_words(results: Iterable[ActResult]) -> str:
    """The one sentence that a guest takes along."""
    results = list(results)
    total = total_of(results)
    asked = total.routed.requests
    missed = [result.name for result in results if result.routed.answered < result.routed.requests]
    return (
        f"While providers failed, {total.routed.answered} of {asked} requests were answered with the router, "
        f"and {total.without.answered} of {asked} without it."
        + (f" Only in {' and '.join(f'“{name}”' for name in missed)} was something left unanswered." if missed else "")
    )


def show_scores(results: Mapping[str, ActResult]) -> None:
    """The score over the acts so far."""
    if results:
        st.markdown(f"**{score_words(results.values())}**")


def show_summary(results: Mapping[str, ActResult]) -> None:
    """What a guest may take along: one sentence, and every act with both sides."""
    st.header("What was shown")
    st.html(f'<p class="headline">{closing_words(results.values())}</p>')
    total = total_of(results.values())
    st.html(tally_html(total))
    st.table([_marked_row_of(result) for result in results.values()])
    rows = [_row_of(result) for result in (*results.values(), total)]
    offer_files("demonstration", lambda: rows, lambda: _as_json(rows))


def tally_html(total: ActResult) -> str:
    """How many requests each side answered, as a large figure and a bar."""
    sides = [("Without the router", "without", total.without), ("With the router", "routed", total.routed)]
    return f'<div class="tally">{"".join(_side_html(*side) for side in sides)}</div>'


def _side_html(title: str, side: str, result: SideResult) -> str:
    share = 100.0 * result.answered / max(result.requests, 1)
    return (
        f'<div class="{side}"><h3>{title}</h3><p><b>{result.answered}</b> of {result.requests} answered</p>'
        f'<div class="bar"><i style="width: {share:.1f}%"></i></div></div>'
    )


def _marked_row_of(result: ActResult) -> dict[str, str]:
    """As `_row_of`, with a mark before each side that says at a glance whether all of it was answered."""
    row = {name: looks.plain(words) for name, words in _row_of(result).items()}
    for name, side in (("Without the router", result.without), ("With the router", result.routed)):
        mark = ":green[:material/check_circle:]" if side.answered == side.requests else ":red[:material/cancel:]"
        row[name] = f"{mark} {row[name]}"
    return row


def _row_of(result: ActResult) -> dict[str, str]:
    return {
        "What went wrong": result.name,
        "Without the router": result.without.words,
        "With the router": result.routed.words,
    }


def _as_json(rows: Sequence[Mapping[str, str]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2)
