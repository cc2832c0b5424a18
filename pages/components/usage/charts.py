"""Plots from the log: a provider's own colour, simulated figures hatched and named so, units in the title.

The figures are made here for pages and the report alike; a page shows one with `show`, which says what was clicked.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.usage.chart_axes import SECONDS, Axis, seconds_axis, steps_axis
from router.report.figures_in_words import share_text
from router.report.palette import TASKS
from router.report.svg import line_breaks
from router.store import FigureTotals, Point

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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
    layout["yaxis"] |= steps_axis(max(stacks.values(), default=0), least=1.0)
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
        "marker": {"color": colour, "pattern": hatch(axis.note), "opacity": _opacities(points, axis)},
        "hovertext": [
            f"{axis.words(point.at)} · {name} · {looks.counted(point.totals.requests, 'request')}" for point in points
        ],
        "hovertemplate": _ONE_BOX,
    }


def _opacities(points: Sequence[Point], axis: Axis) -> list[float]:
    """A bar that is not over is pale: beside whole ones it would look like a drop."""
    return [0.45 if axis.is_running(point.at) else 1.0 for point in points]


_ONE_BOX = "%{hovertext}<extra></extra>"


def latency_over_time(points: Sequence[Point], title: str, axis: Axis, *, colour: str) -> go.Figure:
    """p50 as a line, p95 as a lighter one, and p50 of the first token dashed, in seconds on a logarithmic scale.

    Logarithmic, since one slow answer would press all the others flat against the ground.
    """
    lines = (
        ("p50", "latency_p50", "solid", 1.0),
        ("p95", "latency_p95", "dot", 0.55),
        ("first token p50", "ttft_p50", "dash", 0.8),
    )
    traces, shown = [], []
    for name, attribute, dash, opacity in lines:
        known = [point for point in points if getattr(point.totals, attribute) is not None]
        times = [getattr(point.totals, attribute) for point in known]
        seconds = np.maximum(np.array(times, float) / 1000, SECONDS[0])
        shown += seconds.tolist()
        line = {"color": colour, "dash": dash, "width": 2}
        traces.append(
            _line(known, seconds, axis, name, list(map(looks.seconds, times))) | {"opacity": opacity, "line": line}
        )
    layout = _layout(title, axis, len(traces))
    layout["yaxis"] = seconds_axis(shown)
    return go.Figure(traces, layout)


def _line(
    points: Sequence[Point], values: np.ndarray, axis: Axis, name: str, worded: Sequence[str]
) -> dict[str, Any]:  # fmt: skip
    """A line that breaks where nothing was; `worded` are its values in words."""
    hints = np.array([f"{axis.words(point.at)} · {name} · {text}" for point, text in zip(points, worded, strict=True)])
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
        "cliponaxis": False,
        "hovertext": np.insert(hints.astype(object), breaks, ""),
        "hovertemplate": _ONE_BOX,
    }


def failure_rates(
    curves: Mapping[str, Sequence[tuple[float, float]]], title: str, axis: Axis, *, colour: str
) -> go.Figure:
    """Shares that failed, over time: a line for each name of (start of the bucket, share from 0 to 1)."""
    traces = []
    for (name, values), (dash, opacity) in zip(curves.items(), (("solid", 1.0), ("dot", 0.55)), strict=False):
        places = [Point(at, "", FigureTotals()) for at, _ in values]
        shares = [share for _, share in values]
        line = _line(places, np.array(shares), axis, name, list(map(share_text, shares)))
        traces.append(line | {"meta": name, "opacity": opacity, "line": {"color": colour, "dash": dash, "width": 2}})
    layout = _layout(title, axis, len(traces))
    # A quiet day would be drawn as large as a bad one without a least height.
    most = max((share for values in curves.values() for _, share in values), default=0.0)
    layout["yaxis"] |= {"tickformat": ".0%"} | steps_axis(max(most, 0.05))
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
    """Bars of failed attempts: (target, outcome, number), the most frequent on top; a bar says its place among them.

    Each bar has its number beside it, and a few are short bars: a row of ones is no row of full bars.
    """
    counts = [number for _, _, number in reversed(rows)]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [f"{outcome} – {target}" for target, outcome, _ in reversed(rows)],
        "x": counts,
        "text": [f"{number:,}" for number in counts],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": np.arange(len(rows))[::-1],
        "marker": {"color": colour, "pattern": hatch(note)},
        "hovertext": [
            f"{outcome} – {target} · {looks.counted(number, 'attempt')}" for target, outcome, number in reversed(rows)
        ],
        "hovertemplate": _ONE_BOX,
    }
    room = max(*counts, _FULL_BAR) * 1.12 if counts else 1.0
    layout = {
        "title": _title(title, note), "height": 40 + 24 * len(rows), "margin": _LABELLED | {"t": 8, "b": 8},
        "showlegend": False, "hovermode": "closest", "xaxis": {"visible": False, "range": [0, room]},
        "yaxis": {"automargin": True}, "bargap": 0.3,
    }  # fmt: skip
    return go.Figure([bars], layout)


_FULL_BAR = 10
"""Fewer failures than these do not fill the width."""


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
    figure.update_xaxes(type="log", tickvals=SECONDS, ticktext=[f"{value:g} s" for value in SECONDS])
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


# Margins that Plotly fits to the labels make it draw a plot twice, so where labels are numbers and hours it does not.
_MARGIN = {"l": 44, "r": 10, "t": 10, "b": 42, "autoexpand": False}
_PLOT_HEIGHT, _LEGEND_LINE = 172, 22
_LABELLED = {"l": 0, "r": 0, "t": 26, "b": 0}


def _title(title: str, note: str) -> dict[str, object]:
    return {"text": title + (f" – {note}" if note else "")}


def _layout(title: str, axis: Axis, traces: int) -> dict[str, Any]:
    """That of a plot over time; below it the legend, with room for two entries a line, which is what a phone has."""
    below = _MARGIN["b"] + (_LEGEND_LINE * math.ceil(traces / 2) if traces > 1 else 0)
    return {
        "title": _title(title, axis.note),
        "height": _MARGIN["t"] + _PLOT_HEIGHT + below,
        "margin": _MARGIN | {"b": below},
        "legend": {"orientation": "h", "y": -0.23, "yanchor": "top", "x": 0, "traceorder": "normal"},
        "showlegend": traces > 1,
        "hovermode": "closest",
        "xaxis": {"type": "date", "range": [axis.moment(axis.start), axis.moment(axis.end)]},
        "yaxis": {"rangemode": "tozero"},
    }


def align(*figures: go.Figure) -> None:
    """Give plots over time that stand beside each other one height and one ground line."""
    below = max(figure.layout.margin.b for figure in figures)
    for figure in figures:
        figure.layout.margin.b = below
        figure.layout.height = _MARGIN["t"] + _PLOT_HEIGHT + below
