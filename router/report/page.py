"""The report's page: figures, plots, incidents, the speed table and the cost of a period, as one HTML file.

The plots are SVG and there is no script: the file is small, prints as it is, opens without a network, and its own
Content-Security-Policy forbids it to fetch anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape

from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_table import SpeedRow, Spread, conclusion, make_table
from router.report import palette, svg
from router.report.document import document, section, table
from router.report.evaluations import evaluations_html
from router.report.figures_in_words import (
    THIN,
    change_text,
    dollars_text,
    is_comparable,
    pace_text,
    points_text,
    range_text,
    seconds_text,
    share_text,
)
from router.report.incidents import Incident, find_incidents
from router.store import SAMPLE_OWNER, Cube, Failure, FigureTotals, Filters, Store, by_hour
from router.table.prices import load_prices
from router.table.routes import RoutingTable
from router.types import Target, TaskType

_Name = Callable[[str], str]
_NOTES = {False: "", True: "simulated", None: "live and simulated"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is about.

    Attributes:
        filters: the requests that are meant; `end` is set.
        made_at: seconds since the epoch.
        zone: whose clock its times are.
    """

    store: Store
    routes: RoutingTable
    filters: Filters
    made_at: float
    zone: tzinfo = UTC

    @property
    def end(self) -> float:
        """Where the period ends."""
        return self.filters.end if self.filters.end is not None else self.made_at

    @property
    def note(self) -> str:
        """What stands beside every title; nothing for live requests."""
        return _NOTES[self.filters.simulated]

    @property
    def bucket(self) -> str:
        """What one bar stands for."""
        if self.filters.by_minute:
            return "minute"
        return "hour" if by_hour(self.filters.start, self.end) else "day"

    @property
    def span(self) -> svg.PlotSpan:
        """The plots' axis."""
        seconds = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}[self.bucket]
        return svg.PlotSpan(self.filters.start, self.end, seconds, self.zone, self.filters.simulated is True)

    @property
    def elapsed(self) -> float:
        """The part of the period that is over, 0 to 1: amounts of a running one are held against that part."""
        return min(1.0, (self.made_at - self.filters.start) / (self.end - self.filters.start))

    def moment(self, at: float) -> str:
        """A moment in words."""
        return datetime.fromtimestamp(at, self.zone).strftime("%d %b %Y, %H:%M")

    def provider(self, name: str) -> str:
        """A provider's name."""
        entry = self.routes.providers.get(name)
        return entry.label if entry is not None else name or "No model"

    def target(self, provider: str, model: str) -> str:
        """A target's name."""
        label, name = self.routes.label(Target(provider, model)), self.provider(provider)
        return label if label.startswith(name) else f"{name} {label}".strip()

    def colour(self, provider: str) -> str:
        """A provider's colour, as a class."""
        names = list(self.routes.providers)
        return f"c{names.index(provider) % len(palette.LIGHT)}" if provider in names else "failure"


def whole_days(days: float, now: float) -> tuple[float, float]:
    """The start and end of so many days, whole buckets; the one that is still running is the last."""
    size = 3_600.0 if by_hour(now - days * 86_400.0, now) else 86_400.0
    end = (now // size + 1) * size
    return end - max(size, days * 86_400.0 // size * size), end


def render(report: Report) -> str:
    """The report as an HTML document."""
    figures, filters = report.store.statistics, report.filters
    cube = figures.cube(filters, "bucket", "provider", "model")
    tasks = figures.cube(filters, "bucket", "task_type")
    now, before = cube.totals(), figures.totals(filters.before(report.end))
    if not is_comparable(now.requests, before.requests):
        before = FigureTotals()
    parts = [
        _head(report),
        section("In short", _summary(report, now, before)),
        section("Requests over time", _over_time(report, cube, tasks)),
        section("By model", _by_model(report, cube)),
        section("By task", _by_task(report, tasks)),
        section("Incidents, and how they were survived", _incidents(report)),
        section("Speed table", _speed(report)),
        section("Evaluations", _evaluations(report)),
        section("Cost", _cost(now)),
        _foot(report),
    ]  # fmt: skip
    return document(f"Dual-router report, {report.moment(report.filters.start)}", "".join(parts))


# --- sections ------------------------------------------------------------------------------------------------------


def _head(report: Report) -> str:
    note = f'<p class="note"><b>{report.note.capitalize()}.</b> {_WARNING[report.note]}</p>' if report.note else ""
    period = f"{report.moment(report.filters.start)} to {report.moment(report.end)}"
    about = f"<p>{period} ({escape(str(report.zone))}). {_meant(report)}</p>"
    return f"<header><h1>Dual-router report</h1>{about}{note}</header>"


_WARNING = {
    "simulated": (
        "Every figure here was made by simulated providers and says nothing about real ones. Their bars are striped."
    ),
    "live and simulated": "Figures of simulated providers are among these and say nothing about real ones.",
}


def _meant(report: Report) -> str:
    filters = report.filters
    names = {"provider": filters.provider, "model": filters.model, "task": filters.task_type, "source": filters.source}
    chosen = [f"{name} {value or 'nobody'}" for name, value in names.items() if value is not None]
    purpose = filters.purpose
    chosen += [f"purpose {purpose}"] if isinstance(purpose, str) else [] if purpose else ["all purposes"]
    work = "All work: demonstrations, speed runs and evaluations are left out."
    return escape(f"Only {', '.join(chosen)}." if chosen else work)


def _summary(report: Report, now: FigureTotals, before: FigureTotals) -> str:
    if not now.requests:
        return "<p>No request was made in this period.</p>"
    saved, part = now.saved / now.requests, report.elapsed
    cells = [
        ("Requests", f"{now.requests:,}", change_text(now.requests, before.requests * part)),
        ("Answered", share_text(now.answered), points_text(now.answered, before.answered)),
        ("Saved by fallback", f"{now.saved:,} ({share_text(saved)})", ""),
        ("Failed", f"{now.failed:,}", change_text(now.failed, before.failed * part)),
        ("Total, p50 / p95 / p99", _seconds_of(now.latency_p50, now.latency_p95, now.latency_p99), ""),
        ("First token, p50 / p95 / p99", _seconds_of(now.ttft_p50, now.ttft_p95, now.ttft_p99), ""),
        ("Speed, p50", pace_text(now.speed_p50), ""),
        ("Tokens", f"{now.tokens:,}", change_text(now.tokens, before.tokens * part)),
    ]
    boxes = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><small>{escape(change or '')}</small></div>"
        for name, value, change in cells
    )
    about = (
        "Changes are against the period of the same length before."
        if before.requests
        else "Hardly any requests in the period before, so nothing to compare with."
    )
    return f'{_lead(now)}<dl class="figures">{boxes}</dl><p class="quiet">{about}</p>'


def _lead(now: FigureTotals) -> str:
    """What a reader takes away who reads no further."""
    asked = "1 request was" if now.requests == 1 else f"{now.requests:,} requests were"
    price = load_prices()[0]
    worth = dollars_text(price.cost(now.prompt_tokens, now.completion_tokens))
    saved = "1 answer is" if now.saved == 1 else f"{now.saved:,} answers are"
    rescued = (
        f" {saved} owed to the fallback: the model that was asked first had failed or was out." if now.saved else ""
    )
    return (
        f'<p class="lead"><b>{asked} made on free tiers, {share_text(now.answered)} answered.</b>{rescued} '
        f"The same tokens on {escape(price.label)}, would have cost {worth}; billed: {dollars_text(now.cost_usd)}.</p>"
    )


def _over_time(report: Report, cube: Cube, tasks: Cube) -> str:
    span, per = report.span, f"per {report.bucket}"
    providers = _series(cube, "provider", [*report.routes.providers, ""], report.provider, report.colour)
    by_task = _series(tasks, "task_type", list(TaskType), lambda name: _task(report, name), _task_colour)
    latency = [
        svg.Series(name, "c4", [(at, value / 1000) for at, value in values], dash)
        for name, dash, values in (
            ("p50, line", "", _values(cube, "latency_p50")),
            ("p95, dotted", "2 4", _values(cube, "latency_p95")),
            ("first token p50, dashed", "7 4", _values(cube, "ttft_p50")),
        )
    ]
    failures = report.store.statistics.failures(report.filters)[:12]
    rows = [(_failure_name(report, failure), float(failure.attempts)) for failure in failures]
    return (
        _figure(
            report, f"Answered by provider, requests {per}", svg.stacked_bars(providers, span, "requests"), providers
        )
        + _figure(report, f"By task, requests {per}", svg.stacked_bars(by_task, span, "requests"), by_task)
        + _figure(report, f"Latency of answered requests, seconds, {per}", svg.lines(latency, span, "s"), latency)
        + (_figure(report, "Failed attempts", svg.bars(rows, "failure", report.span.hatched), []) if rows else "")
    )


def _failure_name(report: Report, failure: Failure) -> str:
    return f"{failure.outcome.replace('_', ' ')} – {report.target(failure.provider, failure.model)}"


def _incidents(report: Report) -> str:
    incidents = find_incidents(report.store.statistics, report.filters)
    if not incidents:
        return "<p>No target failed more than it usually does.</p>"
    heads = ("When", "What", "Failed attempts", "How requests fared meanwhile")
    return table(heads, [_told(report, one) for one in incidents]) + (
        '<p class="quiet">An incident is a time in which attempts on a target failed at least five times an hour (a '
        "day, where the hours are no longer kept) and at least twice as often as usual.</p>"
    )


def _told(report: Report, incident: Incident) -> tuple[str, str, str, str]:
    what = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in incident.outcomes)
    fared = incident.meanwhile
    return (
        escape(_from_to(report, incident.start, incident.end)),
        escape(report.target(incident.provider, incident.model)),
        escape(f"{incident.attempts:,}: {what}"),
        f"{share_text(fared.answered)} of {fared.requests:,} requests answered, {fared.saved:,} of them by a fallback, "
        f"{fared.failed:,} failed",
    )


def _from_to(report: Report, start: float, end: float) -> str:
    first, last = report.moment(start), report.moment(end)
    day, _, clock = last.partition(", ")
    return f"{first} to {clock if first.startswith(day) else last}"


def _speed(report: Report) -> str:
    runs = [run for run in report.store.speed_runs.runs(200) if run.done and
              report.filters.simulated in (None, run.simulated)]  # fmt: skip
    if not runs:
        return "<p>The speed table has not been measured yet; the Usage page does it.</p>"
    run = next((run for run in runs if run.complete), runs[0])
    providers = list(report.routes.providers)
    rows = make_table(report.store.speed_runs.steps(run.id), load_prompts(), providers)
    note = "simulated" if run.simulated else ""
    head = ["Task", *map(report.provider, providers), "Factor"]
    then = [name for name in providers if any(name in row.entry.then for row in rows)]
    head += [f"{report.provider(name)} in 2025" for name in then] + ["Factor in 2025"]
    plotted = [(_task(report, row.entry.task), _quartiles(row)) for row in rows]
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
        + _figure(report, "Median time with its spread, seconds", plot, keys, note)
    )


def _evaluations(report: Report) -> str:
    return evaluations_html(
        report.store,
        report.routes,
        simulated=report.filters.simulated,
        target_name=lambda target: report.target(target.provider, target.model),
        moment=report.moment,
    )


def _speed_row(report: Report, row: SpeedRow, providers: Sequence[str], measured_then: Sequence[str]) -> list[str]:
    then = row.entry.then
    return [
        f"{escape(_task(report, row.entry.task))}<br><small>{_measure(row)}</small>",
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
    return f"<b>{factor.value:.1f}×</b> {faster} faster{interval}"


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
        name: ((one.lower or 0.0) / 1000, one.median / 1000, (one.upper or 0.0) / 1000)
        for name, one in row.spreads.items()
        if one.median is not None
    }


def _cost(now: FigureTotals) -> str:
    tokens = now.prompt_tokens, now.completion_tokens
    rows = [
        (escape(price.label), f"<b>{dollars_text(price.cost(*tokens))}</b>", escape(price.formula(*tokens)))
        for price in load_prices()
    ]
    about = f"<p>Billed: <b>{dollars_text(now.cost_usd)}</b>. On a paid model the same tokens would have cost:</p>"
    return about + table(("Model", "Cost", "Calculation"), rows)


def _foot(report: Report) -> str:
    return (
        f"<footer><p>Made {report.moment(report.made_at)} from this console's own log. Percentiles come from "
        "distributions with buckets 5% wide and are at most 2.5% off. Saved by fallback are requests that were "
        "answered while the target they would have gone to failed, was cooling down or had run dry. Days are those of "
        "UTC.</p></footer>"
    )


# --- pieces --------------------------------------------------------------------------------------------------------


def _figure(report: Report, title: str, plot: str, series: Sequence[svg.Series], note: str | None = None) -> str:
    note = report.note if note is None else note
    caption = escape(title + (f" – {note}" if note else ""))
    keys = svg.legend((one.name, one.colour) for one in series) if len(series) > 1 else ""
    return f"<figure><figcaption>{caption}</figcaption>{keys}{plot}</figure>"


def _series(cube: Cube, by: str, order: Sequence[str], name: _Name, colour: _Name) -> list[svg.Series]:
    values: dict[str, list[tuple[float, float]]] = {}
    for point in cube.series(by, percentiles=False):
        values.setdefault(point.key, []).append((point.at, float(point.totals.requests)))
    return [svg.Series(name(key), colour(key), values[key]) for key in order if key in values]


def _values(cube: Cube, attribute: str) -> list[tuple[float, float]]:
    points = ((point.at, getattr(point.totals, attribute)) for point in cube.series())
    return [(at, value) for at, value in points if value is not None]


def _task(report: Report, name: str) -> str:
    return report.routes.tasks[TaskType(name)].label


def _task_colour(name: str) -> str:
    return f"t{list(TaskType).index(TaskType(name))}"


_HEADS = ("Saved", "p50", "p95", "p99", "First token p50", "Speed p50", "Tokens")


def _by_task(report: Report, cube: Cube) -> str:
    rows = [
        (escape(_task(report, name)), f"{totals.requests:,}", share_text(totals.answered), *_cells(totals))
        for (name,), totals in cube.breakdown("task_type")
    ]
    heads = ("", "Requests", "Answered", *_HEADS)
    return table(heads, rows, css="numbers", caption=report.note.capitalize())


def _by_model(report: Report, cube: Cube) -> str:
    """What each has answered, and how many of its own attempts have failed; a model may have done only the latter."""
    failed: Counter[tuple[str, ...]] = Counter()
    for failure in report.store.statistics.failures(report.filters):
        failed[failure.provider, failure.model] += failure.attempts
    answered = dict(cube.breakdown("provider", "model"))
    rows = []
    for key, totals in (answered | {key: FigureTotals() for key in failed if key not in answered}).items():
        share = share_text(failed[key] / (failed[key] + totals.succeeded) if failed[key] else 0.0)
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


def _seconds_of(*values: float | None) -> str:
    return " / ".join(seconds_text(value).removesuffix(f"{THIN}s") for value in values) + f"{THIN}s"
