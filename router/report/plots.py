"""The report's plots over time: who answered, what was asked, how long it took, and what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from router.report import svg
from router.report.outcome_words import outcome_word
from router.report.subject import Report
from router.store import Cube, Failure
from router.types import ALL_TASKS, task_named

_Name = Callable[[str], str]


def plots_html(report: Report, cube: Cube, tasks: Cube) -> str:
    """The plots of a period.

    Args:
        cube, tasks: its figures by bucket and model, and by bucket and task.
    """
    span, per = report.span, f"per {report.bucket}"
    providers = _series(cube, "provider", [*report.routes.providers, ""], report.provider, report.colour)
    by_task = _series(tasks, "task_type", list(ALL_TASKS), report.task, _task_colour)
    latency = [
        svg.Series(name, "c4", [(at, value / 1000) for at, value in values], dash)
        for name, dash, values in (
            ("p50", "", _values(cube, "latency_p50")),
            ("p95", "2 4", _values(cube, "latency_p95")),
            ("first token p50", "7 4", _values(cube, "ttft_p50")),
        )
    ]
    failures = report.store.statistics.failures(report.filters)[:12]
    rows = [(_failure_name(report, failure), float(failure.attempts)) for failure in failures]
    return (
        figure_html(
            report, f"Answered by provider, requests {per}", svg.stacked_bars(providers, span, "requests"), providers
        )
        + figure_html(report, f"By task, requests {per}", svg.stacked_bars(by_task, span, "requests"), by_task)
        + figure_html(
            report,
            f"Latency of answered requests, seconds, {per}",
            svg.lines(latency, span, "s"),
            latency,
            as_lines=True,
        )
        + (figure_html(report, "Failed attempts", svg.bars(rows, "failure", report.span.hatched), []) if rows else "")
    )


def _failure_name(report: Report, failure: Failure) -> str:
    return f"{outcome_word(failure.outcome)} – {report.target(failure.provider, failure.model)}"


def figure_html(
    report: Report,
    title: str,
    plot: str,
    series: Sequence[svg.Series],
    note: str | None = None,
    *,
    as_lines: bool = False,
) -> str:
    """A plot with its title, and with a legend where it shows more than one series.

    Args:
        as_lines: whether the series are lines, which the legend then shows.
        note: what stands beside the title; the report's own note where it is left out.
    """
    note = report.note if note is None else note
    caption = escape(title + (f" – {note}" if note else ""))
    keys = svg.legend(series, as_lines=as_lines) if len(series) > 1 else ""
    return f"<figure><figcaption>{caption}</figcaption>{keys}{plot}</figure>"


def _series(cube: Cube, by: str, order: Sequence[str], name: _Name, colour: _Name) -> list[svg.Series]:
    values: dict[str, list[tuple[float, float]]] = {}
    for point in cube.series(by, percentiles=False):
        values.setdefault(point.key, []).append((point.at, float(point.totals.requests)))
    return [svg.Series(name(key), colour(key), values[key]) for key in order if key in values]


def _values(cube: Cube, attribute: str) -> list[tuple[float, float]]:
    points = ((point.at, getattr(point.totals, attribute)) for point in cube.series())
    return [(at, value) for at, value in points if value is not None]


def _task_colour(name: str) -> str:
    return f"t{ALL_TASKS.index(task_named(name))}"
