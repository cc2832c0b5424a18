"""Plots from the log: a provider's own colour, simulated figures hatched and named so, units in the title."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from pages.components import looks
from router.store import Point

_TASK_COLOURS = ("#B93D08", "#4338CA", "#0F766E", "#A21CAF", "#4D7C0F", "#0369A1", "#92400E", "#64748B")


def requests_over_time(
    points: Sequence[Point], title: str, *, names: dict[str, str], colours: dict[str, str], simulated: bool
) -> None:
    """Bars of requests in each bucket of time, stacked by key.

    Args:
        names, colours: by key, in the order of the stack.
        simulated: whether the bars are hatched.
    """
    figure = go.Figure()
    for key, name in names.items():
        own = [point for point in points if point.key == key]
        if own:
            figure.add_bar(
                x=[_moment(point) for point in own],
                y=[point.totals.requests for point in own],
                name=name,
                marker={"color": colours[key], "pattern": {"shape": "/" if simulated else "", "size": 6}},
                hovertemplate="%{y} requests<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
            )
    figure.update_layout(barmode="stack")
    _show(figure, title, simulated=simulated)


def latency_over_time(points: Sequence[Point], title: str, *, colour: str, simulated: bool) -> None:
    """p50 as a line and p95 as a lighter one, in seconds."""
    figure = go.Figure()
    known = [point for point in points if point.totals.latency_p50 is not None]
    for name, dash, opacity, values in (
        ("p50", "solid", 1.0, [point.totals.latency_p50 for point in known]),
        ("p95", "dot", 0.55, [point.totals.latency_p95 for point in known]),
    ):
        figure.add_scatter(
            x=[_moment(point) for point in known],
            y=[(value or 0.0) / 1000 for value in values],
            name=name,
            mode="lines+markers",
            opacity=opacity,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 6},
            hovertemplate="%{y:.2f} s<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
        )
    _show(figure, title, simulated=simulated)


def task_colours(tasks: Sequence[str]) -> dict[str, str]:
    """A colour for each task."""
    return {task: _TASK_COLOURS[index % len(_TASK_COLOURS)] for index, task in enumerate(tasks)}


def _moment(point: Point) -> datetime:
    return datetime.fromtimestamp(point.at, looks.zone()).replace(tzinfo=None)


def _show(figure: go.Figure, title: str, *, simulated: bool) -> None:
    figure.update_layout(
        title={"text": title + (" – simulated" if simulated else ""), "font": {"size": 14}, "x": 0},
        height=270,
        margin={"l": 0, "r": 0, "t": 56, "b": 0},
        legend={"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        showlegend=len(figure.data) > 1,
        hovermode="x",
        bargap=0.25,
    )
    figure.update_yaxes(rangemode="tozero")
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})
