"""What Usage shows of a selection: figures beside the period before, plots, tables, cost, quota."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filters import NOBODY, FilterChoice, address, lead, words
from pages.components.operate.quota_view import show_quotas
from pages.components.usage import charts
from pages.components.usage.usage_failures import show_failures
from router.report.figures_in_words import change_text, points_text, share_text
from router.store import Cube, Failure, FigureTotals
from router.table.prices import Price, load_prices
from router.types import Target, TaskType

BREAKDOWNS = {
    "Model": ("provider", "model"),
    "Provider": ("provider",),
    "Task": ("task_type",),
    "Source": ("source",),
    "App": ("app",),
    "Purpose": ("purpose",),
}
"""What the table can be broken down by, and the dimensions behind it."""

_FILTERS = {
    "provider": "provider", "model": "model", "task_type": "task", "source": "source", "purpose": "purpose",
    "app": "app",
}  # fmt: skip
_SLOW_ENDS = {
    "Total, p95": "latency_p95", "Total, p99": "latency_p99",
    "First token, p95": "ttft_p95", "First token, p99": "ttft_p99",
}  # fmt: skip
_Amount = Callable[[int, int], str | None]
"""The change of an amount, from what it is and what it was."""


def show_usage(running: Runtime, choice: FilterChoice) -> None:
    """Everything that there is to say of a selection; six queries, however many requests it has."""
    cube = running.store.statistics.cube(choice.filters, "bucket", "provider", "model")
    now = cube.totals()
    if now.requests == 0:
        _show_nothing(choice)
        return
    before = running.store.statistics.totals(choice.before)
    failures = running.store.statistics.failures(choice.filters)
    show_figures(choice, now, before, failures)
    show_plots(running, choice, cube)
    show_breakdown(running, choice, cube, failures)
    left, right = st.columns(2, gap="large")
    with left:
        show_failures(running, choice, failures, now.failed)
    with right:
        show_cost(now, before, choice.elapsed)
        show_quota(running)


def _show_nothing(choice: FilterChoice) -> None:
    kind = f"{choice.note} " if choice.note == "simulated" else "live " if not choice.note else ""
    st.info(
        f"No {kind}requests in {choice.period} fit these filters. Send one on the Run page, or choose another period, "
        "other requests (live, simulated) or another purpose above."
    )
    st.markdown("[Go to Run](/)")


# --- figures -----------------------------------------------------------------------------------------------------


def show_figures(choice: FilterChoice, now: FigureTotals, before: FigureTotals, failures: Sequence[Failure]) -> None:
    """Eight figures, each beside the period before; amounts by what of the period is over.

    A request belongs to whoever answered it, so of one provider or model it is the attempts that can have failed.
    """
    amount = _change_words(choice.elapsed)
    of_one = bool(choice.filters.provider or choice.filters.model)
    tried = sum(failure.attempts for failure in failures)
    with st.grid(4, gap="xsmall", min_column_width=150):
        _show_metric("Requests", f"{now.requests:,}", amount(now.requests, before.requests))
        if of_one:
            _show_metric("Attempts answered", share_text(_share_of(now.succeeded, now.succeeded + tried)), None)
        else:
            _show_metric("Answered", share_text(now.answered), points_text(now.answered, before.answered), "normal")
        saved, saved_before = _share_of(now.saved, now.requests), _share_of(before.saved, before.requests)
        _show_metric(
            "Saved by fallback", f"{now.saved:,} ({share_text(saved)})", points_text(saved, saved_before),
            help="Answered while the target they would have gone to failed, was cooling down or had run dry.",
        )  # fmt: skip
        if of_one:
            _show_metric("Attempts failed", f"{tried:,}", None)
        else:
            _show_metric("Failed", f"{now.failed:,}", amount(now.failed, before.failed), "inverse")
        _show_metric(
            "Total, p50", looks.seconds(now.latency_p50), change_text(now.latency_p50, before.latency_p50), "inverse"
        )
        _show_metric(
            "First token, p50", looks.seconds(now.ttft_p50), change_text(now.ttft_p50, before.ttft_p50), "inverse"
        )
        _show_metric(
            "Speed, p50", looks.per_second(now.speed_p50), change_text(now.speed_p50, before.speed_p50), "normal"
        )
        _show_metric("Tokens", f"{now.tokens:,}", amount(now.tokens, before.tokens))
    looks.show_figures_line(_slow_ends(now, before, amount))
    kind = f" These are {choice.note} requests." if choice.note else ""
    past = "beside the period of the same length before" if before.requests else "with nothing in the period before"
    if before.requests and choice.elapsed < 0.995:
        past += f", of whose amounts {choice.elapsed:.0%} are taken, as so much of this one is over"
    st.caption(f"{choice.period.capitalize()}, {past}.{kind}")


def _slow_ends(now: FigureTotals, before: FigureTotals, amount: _Amount) -> list[tuple[str, str, str]]:
    """What the slower ones took, and what else there is to count, with the change in brackets."""
    found = []
    for name, attribute in _SLOW_ENDS.items():
        value, earlier = getattr(now, attribute), getattr(before, attribute)
        was = "nothing before" if earlier is None else f"{earlier:,.0f} ms before"
        found.append(
            (name, _with_change(looks.seconds(value), change_text(value, earlier)), f"{value or 0:,.0f} ms, {was}")
        )
    tokens, cancelled = amount(now.completion_tokens, before.completion_tokens), amount(now.cancelled, before.cancelled)
    answers = _with_change(f"{now.completion_tokens:,}", tokens)
    stopped = _with_change(f"{now.cancelled:,}", cancelled)
    return [
        *found,
        ("Tokens in answers", answers, f"{now.prompt_tokens:,} in prompts"),
        ("Cancelled", stopped, "stopped by whoever asked"),
    ]


def _with_change(value: str, change: str | None) -> str:
    return value if change is None else f"{value} ({change})"


def _show_metric(name: str, value: str, change: str | None, colour: str = "off", *, help: str | None = None) -> None:
    """One figure; `colour` says whether more is better (`normal`), worse (`inverse`) or neither."""
    colour = "off" if change in ("+0%", "+0.0 points") else colour
    st.metric(name, value, change, delta_color=colour, border=True, help=help)  # type: ignore[arg-type]


def _share_of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _change_words(elapsed: float) -> _Amount:
    """Changes of amounts: a period of which half is over is held against half of the one before."""
    return lambda now, before: change_text(float(now), before * elapsed)


# --- plots -------------------------------------------------------------------------------------------------------


def show_plots(running: Runtime, choice: FilterChoice, cube: Cube) -> None:
    """Requests by provider and by task, and latency; a click leads to those requests."""
    tasks = running.store.statistics.cube(choice.filters, "bucket", "task_type", distributions=False)
    left, right = st.columns(2)
    with left:
        _lead_to_history(choice, charts.show(provider_plot(running, choice, cube), "plot-provider"), "provider")
    with right:
        _lead_to_history(choice, charts.show(task_plot(running, choice, tasks), "plot-task"), "task_type")
    _lead_to_history(choice, charts.show(latency_plot(choice, cube), "plot-latency"), None)
    days = "" if choice.bucket == "hour" else " Days are those of UTC."
    st.caption(f"A click on a bar or a point opens its requests in History.{days}")


def axis_of(choice: FilterChoice) -> charts.Axis:
    """The time axis of a selection's plots: hours in the operator's zone, days in UTC."""
    zone = looks.zone() if choice.bucket == "hour" else UTC  # figures by day are those of UTC's days
    return charts.Axis(choice.start, choice.end, choice.bucket_seconds, choice.note, zone)


def provider_plot(running: Runtime, choice: FilterChoice, cube: Cube, ground: str | None = None) -> go.Figure:
    """Requests by the provider that answered."""
    providers, ground = running.router.table.providers, ground or looks.ground()
    palette = looks.LIGHT if ground == "light" else looks.DARK
    names = {name: entry.label for name, entry in providers.items()} | {"": NOBODY.capitalize()}
    colours = {name: palette[place % len(palette)] for place, name in enumerate(providers)}
    return charts.requests_over_time(
        cube.series("provider", percentiles=False),
        f"Answered by provider, requests per {choice.bucket}",
        axis_of(choice),
        names=names,
        colours=colours | {"": looks.FAILURE[ground]},
    )


def task_plot(running: Runtime, choice: FilterChoice, cube: Cube, ground: str | None = None) -> go.Figure:
    """Requests by task."""
    return charts.requests_over_time(
        cube.series("task_type", percentiles=False),
        f"By task, requests per {choice.bucket}",
        axis_of(choice),
        names={task.value: running.router.table.tasks[task].label for task in TaskType},
        colours=charts.task_colours([task.value for task in TaskType], ground or looks.ground()),
    )


def latency_plot(choice: FilterChoice, cube: Cube, ground: str | None = None) -> go.Figure:
    """How long answers took."""
    colour = (looks.LIGHT if (ground or looks.ground()) == "light" else looks.DARK)[-1]
    title = f"Latency of answered requests, seconds, per {choice.bucket}"
    return charts.latency_over_time(cube.series(), title, axis_of(choice), colour=colour)


def _lead_to_history(choice: FilterChoice, clicked: charts.Clicked | None, dimension: str | None) -> None:
    """Go to the requests behind a place in a plot."""
    if clicked is None:
        return
    span = replace(choice.filters, start=clicked.at, end=clicked.at + choice.bucket_seconds)
    chosen = {_FILTERS[dimension]: clicked.key or NOBODY} if dimension else {}
    lead("history.py", address(span, **chosen))


# --- tables --------------------------------------------------------------------------------------------------------


def show_breakdown(running: Runtime, choice: FilterChoice, cube: Cube, failures: Sequence[Failure]) -> None:
    """The figures by one dimension; a row that is chosen leads to its requests."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.subheader("By whom" + (f" ({choice.note})" if choice.note else ""))
    by = (
        right.segmented_control(
            "By", list(BREAKDOWNS), default="Model", key="by", required=True, label_visibility="collapsed"
        )
        or "Model"
    )
    dimensions = BREAKDOWNS[by]
    if {*dimensions} <= {"provider", "model"}:
        rows, shown = _by_target(cube, dimensions, failures)
    else:
        rows = running.store.statistics.cube(choice.filters, *dimensions).breakdown(*dimensions)
        shown = [figures_of(totals) for _, totals in rows]
    table = pd.DataFrame(
        [_names_of(running, dimensions, key) | figures for (key, _), figures in zip(rows, shown, strict=True)]
    )
    event = st.dataframe(
        table, hide_index=True, key=f"breakdown-{by}", on_select="rerun", selection_mode="single-row", placeholder="–",
        column_config=column_config(),
    )  # fmt: skip
    if event["selection"]["rows"]:
        key = rows[event["selection"]["rows"][0]][0]
        chosen = {_FILTERS[name]: value or NOBODY for name, value in zip(dimensions, key, strict=True)}
        chosen = {name: value for name, value in chosen.items() if name != "model" or value != NOBODY}
        lead("history.py", address(choice.filters, **chosen))


_Rows = list[tuple[tuple[str, ...], FigureTotals]]


def _by_target(
    cube: Cube, dimensions: tuple[str, ...], failures: Sequence[Failure]
) -> tuple[_Rows, list[dict[str, float | int | None]]]:
    """By provider or model: what each has answered, and how many of its own attempts have failed."""
    failed: dict[tuple[str, ...], int] = {}
    for failure in failures:
        key = tuple(getattr(failure, name) for name in dimensions)
        failed[key] = failed.get(key, 0) + failure.attempts
    rows = cube.breakdown(*dimensions)
    known = {key for key, _ in rows}
    rows += [(key, FigureTotals()) for key in failed if key not in known]
    shown = []
    for key, totals in rows:
        count = failed.get(key, 0)
        own = {"Failed attempts": count, "... of its own": _share_of(count, totals.succeeded + count)}
        shown.append({"Requests": totals.requests} | own | figures_of(totals))
        del shown[-1]["Answered"]
    return rows, shown


def _names_of(running: Runtime, dimensions: tuple[str, ...], key: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name, value in zip(dimensions, key, strict=True):
        title = _FILTERS[name].capitalize()
        if name == "model":
            found[title] = running.router.table.label(Target(key[0], value)) if value else "–"
        else:
            found[title] = words(running, _FILTERS[name], value or NOBODY)
    return found


def figures_of(totals: FigureTotals) -> dict[str, float | int | None]:
    """A row's figures, by the titles of their columns."""
    return {
        "Requests": totals.requests,
        "Answered": totals.answered,
        "Saved by fallback": totals.saved,
        "p50, s": _in_seconds(totals.latency_p50),
        "p95, s": _in_seconds(totals.latency_p95),
        "p99, s": _in_seconds(totals.latency_p99),
        "First token p50, s": _in_seconds(totals.ttft_p50),
        "First token p95, s": _in_seconds(totals.ttft_p95),
        "First token p99, s": _in_seconds(totals.ttft_p99),
        "Tokens per second, p50": totals.speed_p50,
        "Tokens": totals.tokens,
    }


def column_config() -> dict[str, Any]:
    """How these columns are written."""
    seconds = st.column_config.NumberColumn(format="%.2f")
    counts = ("Requests", "Saved by fallback", "Tokens", "Failed attempts")
    names = ("p50, s", "p95, s", "p99, s", "First token p50, s", "First token p95, s", "First token p99, s")
    return {
        **dict.fromkeys(names, seconds),
        **dict.fromkeys(counts, st.column_config.NumberColumn(format="localized")),
        **dict.fromkeys(("Answered", "... of its own"), st.column_config.NumberColumn(format="percent")),
        "Tokens per second, p50": st.column_config.NumberColumn(format="%.0f"),
    }


def _in_seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


# --- cost, quota -----------------------------------------------------------------------------------------


def show_cost(now: FigureTotals, before: FigureTotals, elapsed: float) -> None:
    """What these tokens would have cost, on a paid model of the operator's choice."""
    st.subheader("What it would have cost")
    prices = {price.label: price for price in load_prices()}
    label = st.selectbox("Paid model", list(prices), key="paid", label_visibility="collapsed", width=240)
    price: Price = prices[label]
    cost, earlier = (price.cost(one.prompt_tokens, one.completion_tokens) for one in (now, before))
    change = change_text(cost, earlier * elapsed)
    st.markdown(f"**{_with_change(looks.dollars(cost), change)}** on {looks.plain(label)}")
    st.caption(looks.plain(price.formula(now.prompt_tokens, now.completion_tokens)) + ".")
    st.caption(f"What was billed in fact: {looks.plain(looks.dollars(now.cost_usd))}.")


def show_quota(running: Runtime) -> None:
    """What is left of the free tiers now, whatever the filters say."""
    st.subheader("What is left today")
    allowances, moment = running.router.quotas(), time.time()
    if not allowances:
        st.caption("No provider has said yet what is left: the first answers will.")
        return
    show_quotas(allowances, running.store.paces.read(moment), running.router.table, moment)
