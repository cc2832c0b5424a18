"""The report's page: figures, plots, incidents, the speed table and the cost of a period, as one HTML file.

The plots are SVG and there is no script: the file is small, prints as it is, opens without a network, and its own
Content-Security-Policy forbids it to fetch anything.
"""

from __future__ import annotations

from html import escape

from router.report.document import document, section, table
from router.report.evaluations import evaluations_html
from router.report.figure_tables import incidents_table, model_table, task_table
from router.report.figures_in_words import (
    THIN,
    change_text,
    dollars_text,
    is_comparable,
    pace_text,
    points_text,
    seconds_text,
    share_text,
)
from router.report.plots import plots_html
from router.report.speed_section import speed_table_html
from router.report.subject import Report
from router.store import FigureTotals
from router.table.prices import load_prices


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
        section("Requests over time", plots_html(report, cube, tasks)),
        section("By model", model_table(report, cube)),
        section("By task", task_table(report, tasks)),
        section("Incidents", incidents_table(report)),
        section("Speed table", speed_table_html(report)),
        section("Evaluations", _evaluations(report)),
        section("Cost", _cost(now)),
        _foot(report),
    ]  # fmt: skip
    return document(f"Dual-router report, {report.moment(report.filters.start)}", "".join(parts))


# --- sections ------------------------------------------------------------------------------------------------------


def _head(report: Report) -> str:
    note = f'<p class="note"><b>{report.note.capitalize()}.</b> {_WARNING[report.note]}</p>' if report.note else ""
    # Figures are of whole hours and days; what is said of them ends with the report.
    period = f"{report.moment(report.filters.start)} to {report.moment(min(report.end, report.made_at))}"
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
    made_count = "1 request was" if now.requests == 1 else f"{now.requests:,} requests were"
    price = load_prices()[0]
    worth = dollars_text(price.cost(now.prompt_tokens, now.completion_tokens))
    saved = "1 answer was" if now.saved == 1 else f"{now.saved:,} answers were"
    rescued = f" {saved} saved by fallback: the model asked first had failed or was out." if now.saved else ""
    if now.cached:
        again = "1 answer was" if now.cached == 1 else f"{now.cached:,} answers were"
        rescued += f" {again} given again from the cache, without a call."
    return (
        f'<p class="lead"><b>{made_count} made on free tiers, {share_text(now.answered)} answered.</b>{rescued} '
        f"The same tokens on {escape(price.label)}, would have cost {worth}; billed: {dollars_text(now.cost_usd)}.</p>"
    )


def _evaluations(report: Report) -> str:
    return evaluations_html(
        report.store,
        report.routes,
        simulated=report.filters.simulated,
        target_name=lambda target: report.target(target.provider, target.model),
        moment=report.moment,
    )


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


def _seconds_of(*values: float | None) -> str:
    return " / ".join(seconds_text(value).removesuffix(f"{THIN}s") for value in values) + f"{THIN}s"
