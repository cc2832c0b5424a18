"""Plots from the log: a provider's own colour, simulated figures hatched and named so, units in the title.

The figures are made here for pages and the report alike; a page shows one with `show`, which says what was clicked.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from router.report.palette import TASKS
from router.report.svg import line_breaks
from router.store import FigureTotals, Point

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a plot covers.

    Attributes:
        start, end: seconds since the epoch.
        bucket: seconds that one bar stands for.
        note: `simulated` or the like, for the title; simulated figures are hatched.
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

    def middles(self, points: Sequence[Point]) -> np.ndarray:
        """Where the plot has these: in the middle of their buckets."""
        return np.array([self.moment(point.at + self.bucket / 2) for point in points], "datetime64[s]")


@dataclass(frozen=True, slots=True)
class Clicked:
    """A place in a plot over time: the start of its bucket (seconds since the epoch), and its key."""

    at: float
    key: str


def requests_over_time(
    points: Sequence[Point], title: str, axis: Axis, *, names: Mapping[str, str], colours: Mapping[str, str]
) -> go.Figure:
    """Bars of requests in each bucket of time, stacked by key.

    Args:
        names, colours: by key, in the order of the stack.
    """
    by_key: dict[str, list[Point]] = {}
    for point in points:
        by_key.setdefault(point.key, []).append(point)
    bars = [_bars(by_key[key], axis, name, colours[key]) for key, name in names.items() if key in by_key]
    layout = _layout(f"{title}: {bars[0]['name']}" if len(bars) == 1 else title, axis, len(bars))
    stacks: Counter[float] = Counter()
    for point in points:
        stacks[point.at] += point.totals.requests
    layout["yaxis"] |= _whole_steps(max(stacks.values(), default=0))
    return go.Figure(bars, layout | {"barmode": "stack"})


def _bars(points: Sequence[Point], axis: Axis, name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": axis.middles(points),
        "width": axis.bucket * 800,
        "y": np.array([point.totals.requests for point in points]),
        "customdata": np.array([point.at for point in points]),
        "meta": points[0].key,
        "name": name,
        "marker": {"color": colour, "pattern": hatch(axis.note)},
        "hovertemplate": "%{y:,} requests<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
    }


def latency_over_time(points: Sequence[Point], title: str, axis: Axis, *, colour: str) -> go.Figure:
    """p50 as a line, p95 as a lighter one, and p50 of the first token dashed, in seconds."""
    lines = (
        ("p50", "latency_p50", "solid", 1.0),
        ("p95", "latency_p95", "dot", 0.55),
        ("first token p50", "ttft_p50", "dash", 0.8),
    )
    traces = []
    for name, attribute, dash, opacity in lines:
        known = [point for point in points if getattr(point.totals, attribute) is not None]
        seconds = np.array([getattr(point.totals, attribute) / 1000 for point in known])
        line = {"color": colour, "dash": dash, "width": 2}
        traces.append(_line(known, seconds, axis, name) | {"opacity": opacity, "line": line})
    return go.Figure(traces, _layout(title, axis, len(traces)))


def _line(points: Sequence[Point], values: np.ndarray, axis: Axis, name: str) -> dict[str, Any]:
    starts, middles = np.array([point.at for point in points], float), axis.middles(points)
    breaks = np.array(line_breaks(starts.tolist(), axis.bucket), int)
    return {
        "type": "scatter",
        "x": np.insert(middles, breaks, middles[breaks - 1]),
        "y": np.insert(values.astype(float), breaks, np.nan),
        "customdata": np.insert(starts, breaks, starts[breaks - 1]),
        "name": name,
        "mode": "lines+markers",
        "marker": {"size": 6 if len(points) < 50 else 3, "symbol": "circle-open" if axis.note else "circle"},
        "hovertemplate": "%{y:.2f} s<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>",
    }


def failure_rates(
    curves: Mapping[str, Sequence[tuple[float, float]]], title: str, axis: Axis, *, colour: str
) -> go.Figure:
    """Shares that failed, over time: a line for each name of (start of the bucket, share from 0 to 1)."""
    traces = []
    for (name, values), (dash, opacity) in zip(curves.items(), (("solid", 1.0), ("dot", 0.55)), strict=False):
        places = [Point(at, "", FigureTotals()) for at, _ in values]
        line = _line(places, np.array([share for _, share in values]), axis, name)
        line["hovertemplate"] = "%{y:.1%}<br>%{x|%d %b %H:%M}<extra>" + name + "</extra>"
        traces.append(line | {"opacity": opacity, "line": {"color": colour, "dash": dash, "width": 2}})
    layout = _layout(title, axis, len(traces))
    # A quiet day would be drawn as large as a bad one without a least height.
    most = max((share for values in curves.values() for _, share in values), default=0.0)
    layout["yaxis"] |= {"tickformat": ".0%", "range": [0, max(most * 1.1, 0.05)]}
    return go.Figure(traces, layout)


def busiest_hours(means: Sequence[Sequence[float]], title: str, note: str, *, colour: str) -> go.Figure:
    """A heat map of requests by weekday (Monday first, downwards) and hour of the day."""
    heat = {
        "type": "heatmap",
        "z": np.array(means),
        "zmin": 0,
        "x": [f"{hour:02d}" for hour in range(24)],
        "y": list(WEEKDAYS),
        "colorscale": [[0.0, f"{colour}00"], [1.0, colour]],
        "xgap": 2,
        "ygap": 2,
        "colorbar": {"thickness": 10, "title": {"text": "requests", "side": "right"}},
        "hovertemplate": "%{y} %{x}:00<br>%{z:,.1f} requests<extra></extra>",
    }
    layout = {
        "title": _title(title, note), "height": 244, "margin": _LABELLED,
        "yaxis": {"autorange": "reversed", "automargin": True}, "xaxis": {"type": "category", "dtick": 3},
    }  # fmt: skip
    return go.Figure([heat], layout)


def failures_by_outcome(rows: Sequence[tuple[str, str, int]], title: str, note: str, *, colour: str) -> go.Figure:
    """Bars of failed attempts: (target, outcome, number), the most frequent on top; a bar says its place among them."""
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [f"{outcome} – {target}" for target, outcome, _ in reversed(rows)],
        "x": [number for _, _, number in reversed(rows)],
        "customdata": np.arange(len(rows))[::-1],
        "marker": {"color": colour, "pattern": hatch(note)},
        "hovertemplate": "%{x:,} attempts<extra></extra>",
    }
    most = max((row[2] for row in rows), default=0)
    layout = {
        "title": _title(title, note), "height": 64 + 24 * len(rows), "margin": _LABELLED | {"t": 8, "b": 32},
        "showlegend": False, "hovermode": "closest", "xaxis": {"rangemode": "tozero"} | _whole_steps(most),
        "yaxis": {"automargin": True}, "bargap": 0.3,
    }  # fmt: skip
    return go.Figure([bars], layout)


def _whole_steps(most: float) -> dict[str, Any]:
    """Marks at whole numbers where an axis is so short that Plotly would put some at fractions of a request."""
    return {"dtick": 1} if most <= 5 else {}


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
        task_spreads = [(task, spreads[key]) for task, spreads in rows if key in spreads]
        figure.add_scatter(
            x=[median / 1000 for _, (_, median, _) in task_spreads],
            y=[task for task, _ in task_spreads],
            error_x={
                "type": "data",
                "array": [(upper - median) / 1000 for _, (_, median, upper) in task_spreads],
                "arrayminus": [(median - lower) / 1000 for _, (lower, median, _) in task_spreads],
                "thickness": 2,
                "width": 5,
            },
            name=name,
            mode="markers",
            marker={"color": colours[key], "size": 11, "symbol": "circle-open" if note else "circle"},
            hovertemplate="median %{x:.2f} s<br>%{y}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        title=_title(title, note), height=84 + 32 * len(rows), margin=_LABELLED,
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
    """Show a plot under its title, which takes as many lines as it needs; gives what was clicked in it, once."""
    st.markdown(f"**{looks.plain(figure.layout.title.text)}**")
    if not any(_has_values(trace) for trace in figure.data):
        st.caption("No request was answered here, so there is nothing to draw.")
        return None
    figure.layout.title = None
    figure.layout.clickmode = "event+select" if clickable else "event"
    figure.layout.datarevision = _revision(figure)
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
    trace = figure.data[points[0]["curve_number"]]
    return Clicked(float(trace.customdata[points[0]["point_index"]]), trace.meta or "")


def _has_values(trace: Any) -> bool:
    return trace.type == "heatmap" or (trace.x is not None and len(trace.x) > 0)


def _revision(figure: go.Figure) -> int:
    """A number that changes with the data: without one, Plotly takes each copy that Streamlit makes for new data."""
    values = [(trace.x, trace.y, getattr(trace, "z", None)) for trace in figure.data]
    return zlib.crc32(orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY))


SIMULATED = "simulated"
"""The note of figures that are simulated alone: the only ones that are hatched, since that is what hatching means."""


def hatch(note: str) -> dict[str, Any]:
    """Light stripes over the bar's own colour, which stays as readable as without them."""
    if note != SIMULATED:
        return {}
    return {"shape": "/", "size": 7, "solidity": 0.25, "fillmode": "overlay", "fgcolor": "#FFFFFF", "fgopacity": 0.45}


_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_LEGEND_ABOVE = 4
"""More entries than these stand below the plot, where they cannot lie over it."""

# Margins that Plotly fits to the labels make it draw a plot twice, so where labels are numbers and hours it does not.
_MARGIN = {"l": 44, "r": 10, "t": 30, "b": 42, "autoexpand": False}
_LABELLED = {"l": 0, "r": 0, "t": 26, "b": 0}


def _title(title: str, note: str) -> dict[str, object]:
    return {"text": title + (f" – {note}" if note else "")}


def _layout(title: str, axis: Axis, traces: int) -> dict[str, Any]:
    """That of a plot over time."""
    layout = {
        "title": _title(title, axis.note),
        "height": 244,
        "margin": _MARGIN,
        "legend": {"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        "showlegend": traces > 1,
        "hovermode": "closest",
        "xaxis": {"type": "date", "range": [axis.moment(axis.start), axis.moment(axis.end)]},
        "yaxis": {"rangemode": "tozero"},
    }
    if traces <= _LEGEND_ABOVE:
        return layout
    # As much below as four lines of entries take, which is what a phone needs for eight.
    below = {"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0, "xanchor": "left"}
    return layout | {"height": 334, "margin": _MARGIN | {"b": 132}, "legend": below}
