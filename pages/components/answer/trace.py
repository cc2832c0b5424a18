"""The routing trace: whom a request passed over, whom it tried, who answered, and how long each took."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.components.console import looks
from router.store import RequestDetail
from router.table.routes import RoutingTable
from router.types import (
    Attempt,
    AttemptFailed,
    AttemptSkipped,
    AttemptStarted,
    CacheHit,
    Completed,
    Event,
    Target,
    Waiting,
    attempt_failed,
)

FROM_CACHE = "from the cache"
"""Where an answer is from that was given again."""

MOST_ROWS = 8
"""Rows of a trace that are shown at once."""


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One target in a trace, or a time of waiting, which has no provider.

    Attributes:
        why: what happened, in the router's words, with the provider's own behind them.
        latency_ms: None where it was passed over or is still at it.
        offset_ms: how long after the first attempt its own began.
        cools_seconds: for how long it is left alone after it; 0 where that is not known.
    """

    what: str
    provider: str = ""
    model: str = ""
    why: str = ""
    latency_ms: float | None = None
    failed: bool = False
    offset_ms: float = 0.0
    cools_seconds: float = 0.0


def lines_of_attempts(attempts: Sequence[Attempt]) -> list[TraceLine]:
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
            cools_seconds=_cooldown_seconds(attempt),
        )
        for attempt in attempts
    ]


def _cooldown_seconds(attempt: Attempt) -> float:
    if attempt.retry_at is None or attempt.started_at is None:
        return 0.0
    return (attempt.retry_at - attempt.started_at).total_seconds() - (attempt.latency_ms or 0.0) / 1000


TRYING, THINKING, ANSWERING = "trying", "thinking", "answering"
"""What a target is at that has said nothing yet, that only thinks so far, and whose answer has begun."""


def lines_of_events(events: Sequence[Event], *, doing: str = TRYING, over: bool = False) -> list[TraceLine]:
    """A trace of a run that is still under way, or of one that ended without telling its attempts.

    Args:
        doing: what the target that is asked just now is at, in the word that the figures have for it.
        over: whether the run has ended: nothing is being tried any more.
    """
    lines: list[TraceLine] = []
    for event in events:
        if isinstance(event, AttemptSkipped):
            lines.append(TraceLine("skipped", event.provider, event.model, event.reason))
        elif isinstance(event, AttemptStarted):
            lines.append(TraceLine(TRYING, event.provider, event.model))
        elif isinstance(event, CacheHit):
            why = f"An answer of {looks.span(event.use.age)} ago, given again; no provider was called"
            lines.append(TraceLine(FROM_CACHE, event.provider, event.model, why))
        elif isinstance(event, AttemptFailed):
            lines[-1:] = lines_of_attempts([event.attempt])
        elif isinstance(event, Waiting):
            lines.append(TraceLine("waited", why="All models were cooling down"))
        elif isinstance(event, Completed):
            return lines_of_attempts(event.completion.attempts)
    until = None if over else waits_until(events)
    if until is not None:
        lines[-1] = TraceLine("waiting", why=waiting_words(until, datetime.now(UTC)))
    return [replace(line, what="stopped" if over else doing) if line.what == TRYING else line for line in lines]


def waits_until(events: Sequence[Event]) -> datetime | None:
    """When a run that waits because every model cools down tries the next one; None where it does not wait."""
    return events[-1].until if events and isinstance(events[-1], Waiting) else None


def waiting_words(until: datetime, now: datetime) -> str:
    """That nothing can be asked just now, and for how much longer."""
    left = (until - now).total_seconds()
    return f"All models are cooling down; next try in {looks.countdown(left)}" if left > 0 else "Trying again"


def lines_of_request(detail: RequestDetail) -> list[TraceLine]:
    """A trace from the log."""
    row = detail.row
    if row["cached_from"]:
        why = f"The answer to request {row['cached_from']}, given again; no provider was called"
        return [TraceLine(FROM_CACHE, row["provider"] or "", row["model"] or "", why)]
    return _lines_of_rows(detail.skipped, detail.attempts)


def _lines_of_rows(skipped: Sequence[Mapping[str, Any]], attempts: Sequence[Mapping[str, Any]]) -> list[TraceLine]:
    passed = [TraceLine("skipped", row["provider"], row["model"], row["reason"]) for row in skipped]
    moments = [datetime.fromisoformat(row["started_at"]) for row in attempts]
    calls = [
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
    return passed + calls


def _after(began: datetime | None, moment: datetime | None) -> float:
    return 0.0 if began is None or moment is None else (moment - began).total_seconds() * 1000.0


def _outcome_word(outcome: str) -> str:
    # A row of the log that is still pending is an attempt under way.
    return TRYING if outcome == "pending" else looks.status_word(outcome)


def length_of(lines: Sequence[TraceLine]) -> float:
    """How long a trace took, in milliseconds."""
    return max((line.offset_ms + (line.latency_ms or 0.0) for line in lines), default=0.0)


_REASON = re.compile(r"(?P<short>.*?)(?: \((?P<status>\d{3})\)(?P<end>, until .*?)?)?(?:: (?P<words>.*))?", re.DOTALL)


def split_reason(text: str) -> tuple[str, str]:
    """The router's own words for a line of a trace, its HTTP status first, and those of the provider behind them."""
    match = _REASON.fullmatch(text)
    assert match is not None, "every text has a beginning"
    return " · ".join(filter(None, (match["status"], match["short"]))) + (match["end"] or ""), match["words"] or ""


def show_trace(
    lines: Sequence[TraceLine],
    table: RoutingTable,
    *,
    whole_ms: float = 0.0,
    in_full: bool = False,
    is_told: bool = False,
) -> None:
    """Draw `trace_html`."""
    st.html(trace_html(lines, table, whole_ms=whole_ms, in_full=in_full, is_told=is_told))


def trace_html(
    lines: Sequence[TraceLine],
    table: RoutingTable,
    *,
    whole_ms: float = 0.0,
    in_full: bool = False,
    is_told: bool = False,
) -> str:
    """A waterfall, a line each: a bar begins and ends where its attempt did within the whole.

    Beside an answer it is brief. Models that are long retired are left out, since they are passed over every time; and
    the one call of a request has no time of its own, since the request's stands in the figures, and two times of nearly
    one length read like an error.

    Args:
        whole_ms: what the full width stands for, where several traces share one scale.
        in_full: whether somebody looks into what happened: every time is told, and retired models behind a fold.
        is_told: whether figures beside it name who answers: then one smooth call has no line for the eye, and what
            fell back is said in a sentence.
    """
    whole = whole_ms or length_of(lines) or 1.0
    today = datetime.now(UTC).date()
    retired = [line for line in lines if line.what == "skipped" and _is_retired(line, table, today)]
    living = [line for line in lines if line not in retired]
    if not (in_full or whole_ms):
        living = _without_single_time(living)
    rows = [_row_html(line, table, whole) for line in living]
    shown = "".join(_without_middle(rows))
    whole_table = f'<table class="trace" aria-label="Routing trace"><tbody>{shown}</tbody></table>'
    fold = _fold(retired, table) if in_full or not living else ""
    room = "trace-room alone" if is_told and _is_smooth(living) else "trace-room"
    sentence = _fallback_html(living, table) if is_told else ""
    # Its room decides how it is laid out and not the window's: a lane or a column is as narrow as a telephone.
    return f'<div class="{room}">{sentence}{whole_table}{fold}</div>'


_SMOOTH = frozenset((TRYING, THINKING, ANSWERING, looks.status_word("succeeded")))


def _is_smooth(lines: Sequence[TraceLine]) -> bool:
    """Whether there is one call, at work or answered, and nothing before it."""
    return len(lines) == 1 and lines[0].what in _SMOOTH


def _fallback_html(lines: Sequence[TraceLine], table: RoutingTable) -> str:
    """Who failed and who answered in its place, in a sentence; nothing where the first who was asked answered."""
    failed = [line for line in lines if line.failed]
    if not failed or lines[-1].what != looks.status_word("succeeded"):
        return ""
    first, last = _name_html(failed[0], table), _name_html(lines[-1], table)
    who = f"{first}: {escape(failed[0].what)}." if len(failed) == 1 else f"{len(failed)} calls failed."
    return f'<p class="fell-back">{who} {last} answered instead.</p>'


def _without_single_time(lines: Sequence[TraceLine]) -> list[TraceLine]:
    """The lines, without the time of the one call that there was and that answered."""
    timed = [line for line in lines if line.latency_ms is not None]
    if len(timed) != 1 or timed[0].failed:
        return list(lines)
    return [replace(line, latency_ms=None) for line in lines]


def _without_middle(rows: Sequence[str]) -> Sequence[str]:
    """How it began and how it ended; where everything is down, the rounds between fill a screen and say the same."""
    if len(rows) <= MOST_ROWS:
        return rows
    middle = "".join(rows[MOST_ROWS - 3 : -2])
    count = len(rows) - MOST_ROWS + 1
    fold = (
        f'<tr><td colspan="5"><details><summary>{count} more lines</summary><table class="trace" '
        f'aria-label="Between"><tbody>{middle}</tbody></table></details></td></tr>'
    )
    return [*rows[: MOST_ROWS - 3], fold, *rows[-2:]]


def _is_retired(line: TraceLine, table: RoutingTable, today: date) -> bool:
    entry = table.models.get(f"{line.provider}:{line.model}")
    return entry is not None and bool(entry.retired_on(today))


def _fold(retired: Sequence[TraceLine], table: RoutingTable) -> str:
    if not retired:
        return ""
    count = "1 retired model" if len(retired) == 1 else f"{len(retired)} retired models"
    items = "".join(f"<li>{_name_html(line, table)}: {escape(line.why)}</li>" for line in retired)
    return f'<details class="fold"><summary>{count} passed over</summary><ul>{items}</ul></details>'


def _row_html(line: TraceLine, table: RoutingTable, whole: float) -> str:
    if not line.provider:
        return f'<tr><td class="what">{escape(line.what)}</td><td colspan="3">{escape(line.why)}</td></tr>'
    colour = looks.FAILURE_CSS if line.failed else "inherit"
    return (
        f'<tr><td class="what" style="color:{colour}">{escape(line.what)}</td>'
        f'<td class="who">{_name_html(line, table)}</td><td class="why">{_reason_html(line)}</td>{_time_html(line)}'
        f"{_bar_html(line, table, whole)}</tr>"
    )


def _name_html(line: TraceLine, table: RoutingTable) -> str:
    target = Target(line.provider, line.model)
    name = f'<span title="{escape(str(target))}">{escape(table.label(target))}</span>'
    return f"{looks.provider_html(line.provider, table)} {name}"


def _reason_html(line: TraceLine) -> str:
    short, words = split_reason(line.why)
    cools = f"cools down for {looks.span(line.cools_seconds)}" if line.cools_seconds > 0 else ""
    text = escape(" · ".join(filter(None, (short, cools))))
    if not words:
        return text
    return f"{text} <details><summary>Details</summary>{escape(words)}</details>"


def _time_html(line: TraceLine) -> str:
    if line.latency_ms is None:
        return '<td class="time"></td>'
    return f'<td class="time" title="{line.latency_ms:.1f} ms">{looks.seconds(line.latency_ms)}</td>'


def _bar_html(line: TraceLine, table: RoutingTable, whole: float) -> str:
    if line.latency_ms is None:
        return '<td class="bar"></td>'
    provider = looks.provider_css(line.provider, list(table.providers))
    colour = looks.FAILURE_CSS if line.failed else provider
    width = max(2.0, 100.0 * line.latency_ms / whole)
    start = min(98.0, 100.0 * line.offset_ms / whole)
    return f'<td class="bar"><i style="margin-left:{start:.0f}%;width:{width:.0f}%;background:{colour}"></i></td>'
