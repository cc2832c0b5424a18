"""Usage over time: requests by provider and by task, failure rates, latency, the hours of the week."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import NO_MODEL, NOBODY, FilterChoice
from pages.components.log.filters import address, lead
from pages.components.usage import charts
from pages.components.usage.breakdown import FILTER_NAMES
from pages.components.usage.chart_axes import Axis
from pages.components.usage.usage_failures import attempts_address, by_whomever, group_failures
from router.store import BucketFailure, Cube, Filters, Point
from router.types import ALL_TASKS

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_OF_REQUESTS = "of requests"
_LEAST_DAYS = 6.9
"""A period shorter than a week has no weekdays to hold against each other."""

FIRST_HOURS = 2
"""Where all requests are of the last hours, so many, plots show minutes: a first day would be one or two bars."""


def show_plots(running: Runtime, choice: FilterChoice, cube: Cube, failed: Sequence[BucketFailure]) -> None:
    """Requests by provider and by task, failure rates and latency; a click leads to those requests."""
    statistics, closer = running.store.statistics, look_closer(choice, cube)
    if closer is not choice:
        choice, cube = closer, statistics.cube(closer.filters, "bucket", "provider", "model")
        failed = statistics.failures_by_bucket(closer.filters)
    tasks = statistics.cube(choice.filters, "bucket", "task_type", distributions=False)
    by_provider, by_task = provider_plot(running, choice, cube), task_plot(running, choice, tasks)
    ways = _way_by(choice, "provider"), _way_by(choice, "task_type")
    _show_pair((by_provider, "plot-provider", ways[0]), (by_task, "plot-task", ways[1]))
    points = cube.series()
    rates, latency = failure_rate_plot(choice, points, failed), latency_plot(choice, points)
    to_failed = partial(failed_at, choice, points, failed)
    _show_pair((rates, "plot-failure-rate", to_failed), (latency, "plot-latency", _way_by(choice)))
    st.caption(_reading_words(choice, points))
    if choice.end - choice.start >= _LEAST_DAYS * _DAY:
        _offer_hours(running, choice)


_NOW_WORDS = {"minute": "this minute", "hour": "this hour", "day": "today"}


def _reading_words(choice: FilterChoice, points: Sequence[Point]) -> str:
    """What there is to know of these plots: where a click leads, and what a pale and a striped bar mean."""
    words = ["A click on a bar or a point opens its requests in History."]
    words += ["Days in UTC."] if choice.bucket == "day" else []
    if points and axis_of(choice).is_running(points[-1].at):
        words.append(f"The pale bar is {_NOW_WORDS[choice.bucket]}, so far.")
    if choice.note == charts.SIMULATED:
        words.append("Striped bars: simulated requests, made by no real provider.")
    return " ".join(words)


def _offer_hours(running: Runtime, choice: FilterChoice) -> None:
    """The hours of the week; read when they are wanted, since forty days of hours take longer than all the rest."""
    place = st.expander(
        "Busiest hours of the week", icon=":material/calendar_view_week:", key="hours", on_change="rerun"
    )
    if place.open:
        with place:
            charts.show(hours_plot(running, choice), "plot-hours", clickable=False)


_Way = Callable[[charts.Clicked], dict[str, str]]
"""Where a click leads: History's address of the requests behind a place in a plot."""


def _show_pair(*plots: tuple[go.Figure, str, _Way]) -> None:
    """Two plots beside each other: each with its key, and where a click in it leads."""
    charts.align(*(figure for figure, _, _ in plots))
    for place, (figure, key, way) in zip(st.columns(2), plots, strict=True):
        with place:
            clicked = charts.show(figure, key)
        if clicked is not None:
            lead("history.py", way(clicked))


def look_closer(choice: FilterChoice, cube: Cube) -> FilterChoice:
    """The same by the minute, where by the hour it would be a bar or two; else the choice itself."""
    if choice.bucket != "hour":
        return choice
    now, points = time.time(), cube.series(percentiles=False)
    if not points or points[0].at < now - FIRST_HOURS * _HOUR:
        return choice
    return choice.by_minute(points[0].at, min(choice.end, (now // _MINUTE + 1) * _MINUTE))


def axis_of(choice: FilterChoice) -> Axis:
    """The time axis of a selection's plots: hours in the operator's zone, days in UTC."""
    zone = UTC if choice.bucket == "day" else looks.zone()  # figures by day are those of UTC's days
    return Axis(choice.start, choice.end, choice.bucket_seconds, choice.note, zone, time.time())


def provider_plot(running: Runtime, choice: FilterChoice, cube: Cube, ground: str | None = None) -> go.Figure:
    """Requests by the provider that answered."""
    providers, ground = running.router.table.providers, ground or looks.ground()
    palette = looks.LIGHT if ground == "light" else looks.DARK
    names = {name: entry.label for name, entry in providers.items()} | {"": NO_MODEL}
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
        names={task.value: running.router.table.task(task).label for task in ALL_TASKS},
        colours=charts.task_colours([task.value for task in ALL_TASKS], ground or looks.ground()),
    )


def failure_rate_plot(choice: FilterChoice, points: Sequence[Point], failed: Sequence[BucketFailure]) -> go.Figure:
    """Which share of requests and of attempts failed; of one provider or model only attempts can have failed."""
    attempts: Counter[float] = Counter()
    for failure in failed:
        attempts[failure.at] += failure.attempts
    answered = {point.at: point.totals.called for point in points}
    curves = {
        _OF_REQUESTS: [
            (point.at, 1.0 - point.totals.answered) for point in points if point.totals.answered is not None
        ],
        "of attempts": [
            (at, attempts[at] / (attempts[at] + answered.get(at, 0)))
            for at in sorted({*attempts, *answered})
            if attempts[at] + answered.get(at, 0)
        ],
    }
    if choice.filters.provider or choice.filters.model:
        del curves[_OF_REQUESTS]
    title = f"Failure rate: share that failed, per {choice.bucket}"
    return charts.failure_rates(curves, title, axis_of(choice), colour=looks.FAILURE[looks.ground()])


def latency_plot(choice: FilterChoice, points: Sequence[Point], ground: str | None = None) -> go.Figure:
    """How long answers took."""
    colour = (looks.LIGHT if (ground or looks.ground()) == "light" else looks.DARK)[looks.NOBODYS_PLACE]
    title = f"Latency of answers, seconds (log scale), per {choice.bucket}"
    return charts.latency_over_time(points, title, axis_of(choice), colour=colour)


def hours_plot(running: Runtime, choice: FilterChoice) -> go.Figure:
    """When in the week requests come, by the operator's clock, as far back as hours are kept."""
    zone = looks.zone()
    hours = running.store.statistics.requests_by_hour(choice.filters)
    first = min((at for at, _ in hours), default=choice.start)
    first = first if first >= choice.start + _DAY else choice.start
    means = weekly_means(hours, first, min(choice.end, time.time()), zone)
    since = "" if first == choice.start else f" since {datetime.fromtimestamp(first, zone):%d %b}"
    colour = (looks.LIGHT if looks.ground() == "light" else looks.DARK)[looks.NOBODYS_PLACE]
    return charts.busiest_hours(means, f"Requests an hour, by weekday and time{since}", choice.note, colour=colour)


def weekly_means(
    hours: Sequence[tuple[float, int]], start: float, end: float, zone: tzinfo
) -> list[list[float]]:  # fmt: skip
    """The mean number of requests in each hour of each weekday, Monday first.

    A mean, since a period of thirty days has five Fridays and four Mondays.
    """
    sums, times = [[0] * 24 for _ in charts.WEEKDAYS], [[0] * 24 for _ in charts.WEEKDAYS]
    for at, count in hours:
        moment = datetime.fromtimestamp(at, zone)
        sums[moment.weekday()][moment.hour] += count
    for number in range(int((end - start) // _HOUR) + 1):
        moment = datetime.fromtimestamp(start + number * _HOUR, zone)
        times[moment.weekday()][moment.hour] += 1
    return [
        [count / max(often, 1) for count, often in zip(day, all_times, strict=True)]
        for day, all_times in zip(sums, times, strict=True)
    ]


def _way_by(choice: FilterChoice, dimension: str | None = None) -> _Way:
    """To the requests of a bucket; of what was clicked in it, where the plot tells that apart."""

    def way(clicked: charts.Clicked) -> dict[str, str]:
        chosen = {FILTER_NAMES[dimension]: clicked.key or NOBODY} if dimension else {}
        return address(_span_of(choice, clicked), **chosen)

    return way


def failed_at(
    choice: FilterChoice, points: Sequence[Point], failed: Sequence[BucketFailure], clicked: charts.Clicked
) -> dict[str, str]:
    """To what has failed in a bucket, as the curve that was clicked counts it; to all of it where nothing has."""
    span = _span_of(choice, clicked)
    if clicked.key == _OF_REQUESTS:
        some = any(point.totals.failed for point in points if point.at == clicked.at)
        return address(span, **({"status": "failed"} if some else {}))
    there = [failure for failure in failed if failure.at == clicked.at]
    # History tells one outcome at a time from the others.
    groups = group_failures(there, by_target=bool(span.provider or span.model))
    return attempts_address(span, there) if len(groups) == 1 else address(by_whomever(span))


def _span_of(choice: FilterChoice, clicked: charts.Clicked) -> Filters:
    return replace(choice.filters, start=clicked.at, end=clicked.at + choice.bucket_seconds)
