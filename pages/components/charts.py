"""Plots from the log: a provider's own colour, simulated figures hatched and named so, units in the title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from pages.components import looks
from router.store import Point

_TASK_COLOURS = {
    "light": ("#B93D08", "#4338CA", "#0F766E", "#A21CAF", "#4D7C0F", "#0369A1", "#92400E", "#64748B"),
    "dark": ("#FDBA74", "#A5B4FC", "#5EEAD4", "#F0ABFC", "#BEF264", "#7DD3FC", "#FDE68A", "#CBD5E1"),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a plot covers.

    Attributes:
        start, end: seconds since the epoch.
        bucket: seconds that one bar stands for.
        simulated: whether the figures are of simulated providers.
    """

    start: float
    end: float
    bucket: float
    simulated: bool


def requests_over_time(
    points: Sequence[Point], title: str, axis: Axis, *, names: dict[str, str], colours: dict[str, str]
) -> None:
    """Bars of requests in each bucket of time, stacked by key.

    Args:
        names, colours: by key, in the order of the stack.
    """
    figure = go.Figure()
    for key, name in names.items():
        own = [point for point in points if point.key == key]
        if own:
            figure.add_bar(
                x=[_moment(point.at + axis.bucket / 2) for point in own],
                width=axis.bucket * 800,
                y=[point.totals.requests for point in own],
                name=name,
                marker={"color": colours[key], "pattern": {"shape": "/" if axis.simulated else "", "size": 6}},
                hovertemplate="%{y} requests<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
            )
    figure.update_layout(barmode="stack")
    # Figures this small would be marked at fractions of a request.
    if max((point.totals.requests for point in points), default=0) <= 5:
        figure.update_yaxes(dtick=1)
    _show(figure, f"{title}: {figure.data[0].name}" if len(figure.data) == 1 else title, axis)


def latency_over_time(points: Sequence[Point], title: str, axis: Axis, *, colour: str) -> None:
    """p50 as a line and p95 as a lighter one, in seconds."""
    figure = go.Figure()
    known = [point for point in points if point.totals.latency_p50 is not None]
    for name, dash, opacity, values in (
        ("p50", "solid", 1.0, [point.totals.latency_p50 for point in known]),
        ("p95", "dot", 0.55, [point.totals.latency_p95 for point in known]),
    ):
        figure.add_scatter(
            x=[_moment(point.at + axis.bucket / 2) for point in known],
            y=[(value or 0.0) / 1000 for value in values],
            name=name,
            mode="lines+markers",
            opacity=opacity,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 6},
            hovertemplate="%{y:.2f} s<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
        )
    _show(figure, title, axis)


def task_colours(tasks: Sequence[str]) -> dict[str, str]:
    """A colour for each task."""
    palette = _TASK_COLOURS[looks.ground()]
    return {task: palette[index % len(palette)] for index, task in enumerate(tasks)}


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, looks.zone()).replace(tzinfo=None)


def _show(figure: go.Figure, title: str, axis: Axis) -> None:
    figure.update_layout(
        title={"text": title + (" – simulated" if axis.simulated else ""), "font": {"size": 14}, "x": 0},
        height=270,
        margin={"l": 0, "r": 0, "t": 56, "b": 0},
        legend={"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        showlegend=len(figure.data) > 1,
        hovermode="x",
    )
    figure.update_xaxes(range=[_moment(axis.start), _moment(axis.end)])
    figure.update_yaxes(rangemode="tozero")
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})
