"""Plots from the log: a provider's own colour, simulated figures hatched and named so, units in the title.

The figures are made here for pages and the report alike; a page shows one with `show`, which says what was clicked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from router.report.palette import TASKS
from router.store import Point


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a plot covers.

    Attributes:
        start, end: seconds since the epoch.
        bucket: seconds that one bar stands for.
        note: `simulated` or the like, for the title; such figures are hatched.
        zone: whose clock it is.
    """

    start: float
    end: float
    bucket: float
    note: str = ""
    zone: tzinfo = UTC

    def moment(self, epoch: float) -> datetime:
        """A moment as the plot has it: in the zone, without naming it."""
        return datetime.fromtimestamp(epoch, self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Clicked:
    """A place in a plot: the start of its bucket (seconds since the epoch), and its key."""

    at: float
    key: str


def requests_over_time(
    points: Sequence[Point], title: str, axis: Axis, *, names: Mapping[str, str], colours: Mapping[str, str]
) -> go.Figure:
    """Bars of requests in each bucket of time, stacked by key.

    Args:
        names, colours: by key, in the order of the stack.
    """
    figure = _dressed(go.Figure(), title, axis)
    for key, name in names.items():
        own = [point for point in points if point.key == key]
        if own:
            figure.add_bar(
                x=[axis.moment(point.at + axis.bucket / 2) for point in own],
                width=axis.bucket * 800,
                y=[point.totals.requests for point in own],
                customdata=[[point.at, key] for point in own],
                name=name,
                marker={"color": colours[key], "pattern": {"shape": _hatch(axis.note), "size": 6}},
                hovertemplate="%{y:,} requests<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
            )
    figure.update_layout(barmode="stack", showlegend=len(figure.data) > 1)
    if len(figure.data) == 1:
        figure.update_layout(title=_title(f"{title}: {figure.data[0].name}", axis.note))
    if len(figure.data) > _LEGEND_ABOVE:
        figure.update_layout(height=310, legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"})
    # Figures this small would be marked at fractions of a request.
    if max((point.totals.requests for point in points), default=0) <= 5:
        figure.update_yaxes(dtick=1)
    return figure


def latency_over_time(points: Sequence[Point], title: str, axis: Axis, *, colour: str) -> go.Figure:
    """p50 as a line, p95 as a lighter one, and p50 of the first token dashed, in seconds."""
    figure = go.Figure()
    for name, attribute, dash, opacity in (
        ("p50", "latency_p50", "solid", 1.0),
        ("p95", "latency_p95", "dot", 0.55),
        ("first token p50", "ttft_p50", "dash", 0.8),
    ):
        known = [(point.at, value) for point in points if (value := getattr(point.totals, attribute)) is not None]
        figure.add_scatter(
            x=[axis.moment(at + axis.bucket / 2) for at, _ in known],
            y=[value / 1000 for _, value in known],
            customdata=[[at, ""] for at, _ in known],
            name=name,
            mode="lines+markers",
            opacity=opacity,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"size": 6 if len(known) < 50 else 3},
            hovertemplate="%{y:.2f} s<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
        )
    return _dressed(figure, title, axis)


def failures_by_outcome(rows: Sequence[tuple[str, str, int]], title: str, note: str, *, colour: str) -> go.Figure:
    """Bars of failed attempts: (target, outcome, number), the most frequent on top."""
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        y=[f"{outcome} – {target}" for target, outcome, _ in reversed(rows)],
        x=[number for _, _, number in reversed(rows)],
        marker={"color": colour, "pattern": {"shape": _hatch(note), "size": 6}},
        hovertemplate="%{x:,} attempts<extra></extra>",
    )
    figure.update_layout(title=_title(title, note), height=90 + 24 * len(rows), margin=_MARGIN, showlegend=False)
    figure.update_xaxes(rangemode="tozero", dtick=1 if max((row[2] for row in rows), default=0) <= 5 else None)
    figure.update_yaxes(automargin=True)
    return figure


def speeds_by_task(
    rows: Sequence[tuple[str, Mapping[str, tuple[float, float, float]]]],
    title: str,
    note: str,
    *,
    names: Mapping[str, str],
    colours: Mapping[str, str],
) -> go.Figure:
    """Medians with their quartiles, in seconds on a logarithmic scale: a line for each task, a mark for each provider.

    Args:
        rows: task and (lower quartile, median, upper quartile) in milliseconds by provider.
        names, colours: by provider.
    """
    figure = go.Figure()
    for key, name in names.items():
        own = [(task, spreads[key]) for task, spreads in rows if key in spreads]
        figure.add_scatter(
            x=[median / 1000 for _, (_, median, _) in own],
            y=[task for task, _ in own],
            error_x={
                "type": "data",
                "array": [(upper - median) / 1000 for _, (_, median, upper) in own],
                "arrayminus": [(median - lower) / 1000 for _, (lower, median, _) in own],
                "thickness": 2,
                "width": 5,
            },
            name=name,
            mode="markers",
            marker={"color": colours[key], "size": 11, "symbol": "circle-open" if note else "circle"},
            hovertemplate="median %{x:.2f} s<br>%{y}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        title=_title(title, note), height=110 + 32 * len(rows), margin=_MARGIN,
        legend={"orientation": "h", "y": 1.06, "x": 1, "xanchor": "right"},
    )  # fmt: skip
    figure.update_xaxes(type="log", tickvals=_SECONDS, ticktext=[f"{value:g} s" for value in _SECONDS])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def task_colours(tasks: Sequence[str], ground: str) -> dict[str, str]:
    """A colour for each task."""
    palette = TASKS[ground]
    return {task: palette[index % len(palette)] for index, task in enumerate(tasks)}


def show(figure: go.Figure, key: str, *, clickable: bool = True) -> Clicked | None:
    """Show a plot; gives what was clicked in it, once."""
    figure.update_layout(clickmode="event+select" if clickable else "event")
    event: Any = st.plotly_chart(
        figure,
        width="stretch",
        key=key,
        on_select="rerun" if clickable else "ignore",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    points = event["selection"]["points"] if clickable else []
    if not points:
        return None
    at, name = figure.data[points[0]["curve_number"]].customdata[points[0]["point_index"]]
    return Clicked(at, name)


def _hatch(note: str) -> str:
    return "/" if note else ""


_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_LEGEND_ABOVE = 4
"""More entries than these stand below the plot, where they cannot lie over it."""

_MARGIN = {"l": 0, "r": 0, "t": 56, "b": 0}


def _title(title: str, note: str) -> dict[str, object]:
    return {"text": title + (f" – {note}" if note else ""), "font": {"size": 14}, "x": 0}


def _dressed(figure: go.Figure, title: str, axis: Axis) -> go.Figure:
    figure.update_layout(
        title=_title(title, axis.note),
        height=270,
        margin=_MARGIN,
        legend={"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        showlegend=len(figure.data) > 1,
        hovermode="closest",
    )
    figure.update_xaxes(range=[axis.moment(axis.start), axis.moment(axis.end)])
    figure.update_yaxes(rangemode="tozero")
    return figure
