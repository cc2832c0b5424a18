"""The routing trace: whom a request passed over, whom it tried, who answered, and how long each took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.components.console import looks
from router.table.routes import RoutingTable
from router.types import (
    AttemptFailed,
    AttemptSkipped,
    AttemptStarted,
    Completed,
    Event,
    Target,
    Waiting,
    attempt_failed,
)


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One target in a trace, or a time of waiting, which has no provider.

    Attributes:
        latency_ms: None where it was passed over or is still at it.
        offset_ms: how long after the first attempt its own began.
    """

    what: str
    provider: str = ""
    model: str = ""
    why: str = ""
    latency_ms: float | None = None
    failed: bool = False
    offset_ms: float = 0.0


def lines_of_attempts(attempts: Sequence[Any]) -> list[TraceLine]:
    """A trace from `Completion.attempts` or an error's."""
    began = min((attempt.started_at for attempt in attempts if attempt.started_at is not None), default=None)
    return [
        TraceLine(
            what=_outcome_word(attempt.outcome),
            provider=attempt.provider,
            model=attempt.model,
            why=attempt.error or "",
            latency_ms=attempt.latency_ms,
            failed=attempt.failed,
            offset_ms=_after(began, attempt.started_at),
        )
        for attempt in attempts
    ]


def lines_of_events(events: Sequence[Event], *, over: bool = False) -> list[TraceLine]:
    """A trace of a run that is still under way, or of one that ended without telling its attempts.

    Args:
        over: whether the run has ended: nothing is being tried any more.
    """
    lines: list[TraceLine] = []
    for event in events:
        if isinstance(event, AttemptSkipped):
            lines.append(TraceLine("skipped", event.provider, event.model, event.reason))
        elif isinstance(event, AttemptStarted):
            lines.append(TraceLine("trying", event.provider, event.model))
        elif isinstance(event, AttemptFailed):
            lines[-1:] = lines_of_attempts([event.attempt])
        elif isinstance(event, Waiting):
            lines.append(TraceLine("waited", why="All models were cooling down"))
        elif isinstance(event, Completed):
            return lines_of_attempts(event.completion.attempts)
    until = None if over else waits_until(events)
    if until is not None:
        lines[-1] = TraceLine("waiting", why=waiting_words(until, datetime.now(UTC)))
    return [replace(line, what="stopped") if over and line.what == "trying" else line for line in lines]


def waits_until(events: Sequence[Event]) -> datetime | None:
    """When a run that waits because every model cools down tries the next one; None where it does not wait."""
    return events[-1].until if events and isinstance(events[-1], Waiting) else None


def waiting_words(until: datetime, now: datetime) -> str:
    """That nothing can be asked just now, and for how much longer."""
    left = (until - now).total_seconds()
    return f"All models are cooling down; next try in {looks.countdown(left)}" if left > 0 else "Trying again"


def lines_of_rows(skipped: Sequence[Mapping[str, Any]], attempts: Sequence[Mapping[str, Any]]) -> list[TraceLine]:
    """A trace from the log."""
    passed = [TraceLine("skipped", row["provider"], row["model"], row["reason"]) for row in skipped]
    moments = [datetime.fromisoformat(row["started_at"]) for row in attempts]
    made = [
        TraceLine(
            what=_outcome_word(row["outcome"]),
            provider=row["provider"],
            model=row["model"],
            why=row["error"] or "",
            latency_ms=row["latency_ms"],
            failed=attempt_failed(row["outcome"], row.get("came_to")),
            offset_ms=_after(moments[0], moment),
        )
        for row, moment in zip(attempts, moments, strict=True)
    ]
    return passed + made


def _after(began: datetime | None, moment: datetime | None) -> float:
    return 0.0 if began is None or moment is None else (moment - began).total_seconds() * 1000.0


def _outcome_word(outcome: str) -> str:
    # A row of the log that is still pending is an attempt under way.
    return "trying" if outcome == "pending" else looks.status_word(outcome)


def length_of(lines: Sequence[TraceLine]) -> float:
    """How long a trace took, in milliseconds."""
    return max((line.offset_ms + (line.latency_ms or 0.0) for line in lines), default=0.0)


def show_trace(lines: Sequence[TraceLine], table: RoutingTable, *, whole_ms: float = 0.0) -> None:
    """Draw it as a waterfall: a bar begins and ends where its attempt did within the whole.

    Args:
        whole_ms: what the full width stands for, where several traces share one scale.
    """
    whole = whole_ms or length_of(lines) or 1.0
    rows = "".join(_row(line, table, whole) for line in lines)
    st.html(f'<table class="trace" aria-label="Routing trace"><tbody>{rows}</tbody></table>')


def _row(line: TraceLine, table: RoutingTable, whole: float) -> str:
    if not line.provider:
        return (
            f'<tr><td class="what">{escape(line.what)}</td><td colspan="3"><div class="why">{escape(line.why)}</div>'
            "</td></tr>"
        )
    own = looks.provider_colour(line.provider, list(table.providers))
    colour = looks.FAILURE[looks.ground()] if line.failed else own
    width = 0.0 if line.latency_ms is None else max(2.0, 100.0 * line.latency_ms / whole)
    start = min(98.0, 100.0 * line.offset_ms / whole)
    took = "" if line.latency_ms is None else looks.seconds(line.latency_ms)
    exact = "" if line.latency_ms is None else f"{line.latency_ms:.1f} ms"
    label = table.label(Target(line.provider, line.model))
    entry = table.providers.get(line.provider)
    name = entry.label if entry else line.provider
    mark = colour if line.failed else "inherit"
    return (
        f'<tr><td class="what" style="color:{mark}">{escape(line.what)}</td>'
        f'<td><span class="chip" style="color:{own}">{escape(name)}</span> '
        f'<span title="{escape(line.provider)}:{escape(line.model)}">{escape(label)}</span>'
        f'<div class="why">{escape(line.why)}</div></td>'
        f'<td title="{exact}" style="white-space:nowrap">{took}</td>'
        f'<td class="bar"><i style="margin-left:{start:.0f}%;width:{width:.0f}%;background:{colour}"></i></td></tr>'
    )
