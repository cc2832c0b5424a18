"""The report's tables of figures: by model, by task, and the incidents with how requests fared in them."""

from __future__ import annotations

from collections import Counter
from html import escape

from router.report.document import table
from router.report.figures_in_words import pace_text, seconds_text, share_text
from router.report.incidents import Incident, find_incidents
from router.report.outcome_words import counted_outcomes
from router.report.subject import Report
from router.store import Cube, FigureTotals

_HEADS = ("Saved", "p50", "p95", "p99", "First token p50", "Speed p50", "Tokens")


def task_table(report: Report, cube: Cube) -> str:
    """What was asked of each task, and how it was answered."""
    rows = [
        (escape(report.task(name)), f"{totals.requests:,}", share_text(totals.answered), *_cells(totals))
        for (name,), totals in cube.breakdown("task_type")
    ]
    heads = ("", "Requests", "Answered", *_HEADS)
    return table(heads, rows, css="numbers", caption=report.note.capitalize())


def model_table(report: Report, cube: Cube) -> str:
    """What each has answered, and how many of its own attempts have failed; a model may have done only the latter."""
    failed: Counter[tuple[str, ...]] = Counter()
    for failure in report.store.statistics.failures(report.filters):
        failed[failure.provider, failure.model] += failure.attempts
    answered = dict(cube.breakdown("provider", "model"))
    rows = []
    for key, totals in (answered | {key: FigureTotals() for key in failed if key not in answered}).items():
        share = share_text(failed[key] / (failed[key] + totals.called) if failed[key] else 0.0)
        attempts = "–" if key == ("", "") else f"{failed[key]:,} ({share})"
        rows.append((escape(report.target(*key)), f"{totals.requests:,}", attempts, *_cells(totals)))
    heads = ("", "Requests", "Failed attempts", *_HEADS)
    return table(heads, rows, css="numbers", caption=report.note.capitalize())


def _cells(totals: FigureTotals) -> tuple[str, ...]:
    return (
        f"{totals.saved:,}",
        *map(seconds_text, (totals.latency_p50, totals.latency_p95, totals.latency_p99, totals.ttft_p50)),
        pace_text(totals.speed_p50),
        f"{totals.tokens:,}",
    )


def incidents_table(report: Report) -> str:
    """When a target failed more than usual, and what its requests came to meanwhile."""
    incidents = find_incidents(report.store.statistics, report.filters)
    if not incidents:
        return "<p>None: no model failed more often than it usually does.</p>"
    heads = ("When", "What", "Failed attempts", "How requests fared meanwhile")
    return table(heads, [_incident_row(report, incident) for incident in incidents]) + (
        '<p class="quiet">An incident is a time in which attempts on a target failed at least five times an hour (a '
        "day, where the hours are no longer kept) and at least twice as often as usual.</p>"
    )


def _incident_row(report: Report, incident: Incident) -> tuple[str, str, str, str]:
    outcome_counts = counted_outcomes(dict(incident.outcomes))
    fared = incident.meanwhile
    return (
        escape(_from_to(report, incident.start, incident.end)),
        escape(report.target(incident.provider, incident.model)),
        escape(f"{incident.attempts:,}: {outcome_counts}"),
        f"{share_text(fared.answered)} of {fared.requests:,} requests answered, {fared.saved:,} of them by a fallback, "
        f"{fared.failed:,} failed",
    )


def _from_to(report: Report, start: float, end: float) -> str:
    first, last = report.moment(start), report.moment(end)
    day, _, clock = last.partition(", ")
    return f"{first} to {clock if first.startswith(day) else last}"
