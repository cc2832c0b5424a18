"""The report's speed table: the last whole run of it, with the spread of its times and those of 2025."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_table import SpeedRow, Spread, conclusion, make_table
from router.report import svg
from router.report.document import table
from router.report.figures_in_words import range_text, seconds_text
from router.report.plots import figure_html
from router.report.subject import Report
from router.store import SAMPLE_OWNER
from router.types import Target


def speed_table_html(report: Report) -> str:
    """The table, its plot and its conclusion, or where to measure it."""
    runs = [run for run in report.store.speed_runs.runs(200) if run.done and
              report.filters.simulated in (None, run.simulated)]  # fmt: skip
    if not runs:
        return "<p>The speed table has not been measured yet; the Usage page does it.</p>"
    run = next((run for run in runs if run.complete), runs[0])
    providers = list(report.routes.providers)
    rows = make_table(report.store.speed_runs.steps(run.id), load_prompts(), providers)
    note = "simulated" if run.simulated else ""
    head = ["Task", *map(report.provider, providers), "Faster"]
    then = [name for name in providers if any(name in row.entry.then for row in rows)]
    head += [f"{report.provider(name)} in 2025" for name in then] + ["Faster in 2025"]
    plotted = [(report.task(row.entry.task), _quartiles(row)) for row in rows]
    plot = svg.spreads(plotted, {name: report.colour(name) for name in providers}, bool(note))
    keys = [svg.Series(report.provider(name), report.colour(name), ()) for name in providers]
    measured = (
        f"Measured {report.moment(run.started_at)}, {run.done} of {run.total} requests, prompts of version "
        f"{run.version}{', on simulated providers' if note else ''}."
    )
    return (
        f"<p>{'Sample times: nothing was measured.' if run.job == SAMPLE_OWNER else measured}</p>"
        + table(head, [_speed_row(report, row, providers, then) for row in rows])
        + f"<p>{escape(conclusion(rows, report.routes))}</p>"
        + figure_html(report, "Median time with its spread, seconds", plot, keys, note)
    )


def _speed_row(report: Report, row: SpeedRow, providers: Sequence[str], measured_then: Sequence[str]) -> list[str]:
    then = row.entry.then
    return [
        f"{escape(report.task(row.entry.task))}<br><small>{_measure(row)}</small>",
        *(_spread(report, name, row.spreads[name]) for name in providers),
        _factor(report, row),
        *(escape(then.get(name, "–")) for name in (*measured_then, "factor")),
    ]


def _factor(report: Report, row: SpeedRow) -> str:
    factor = row.factor
    if factor is None:
        return "–"
    faster = escape(report.provider(row.sides[0 if factor.value >= 1 else 1]))
    if factor.value < 1:
        factor = factor.inverse
    interval = "" if factor.low is None else f"<br><small>95%: {factor.low:.2f} – {factor.high:.2f}</small>"
    return f"{faster} <b>{factor.value:.1f}×</b>{interval}"


def _measure(row: SpeedRow) -> str:
    return "first token" if row.entry.measure == "first token" else "whole answer"


def _spread(report: Report, provider: str, spread: Spread) -> str:
    failed = f"{spread.failed} failed" if spread.failed else ""
    if spread.median is None:
        return failed or "–"
    middle = range_text(spread.lower, spread.upper)
    model = escape(report.routes.label(Target(provider, spread.model)))
    return f"<b>{seconds_text(spread.median)}</b> ({middle}) {failed}<br><small>{model}, n = {spread.count}</small>"


def _quartiles(row: SpeedRow) -> dict[str, tuple[float, float, float]]:
    return {
        name: ((spread.lower or 0.0) / 1000, spread.median / 1000, (spread.upper or 0.0) / 1000)
        for name, spread in row.spreads.items()
        if spread.median is not None
    }
