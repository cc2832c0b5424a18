"""Plots as SVG, for a file that asks nobody for anything: no script, no font, no style from outside.

A colour is a CSS class (`c0`, `t3`, `failure`), so that the page around decides what it is on light and dark ground and
on paper. Hatched bars and open marks are simulated ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 860, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 26
_MARKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class PlotSpan:
    """The time that a plot covers, in seconds since the epoch, and whose clock it is.

    Attributes:
        bucket: seconds that one value stands for.
        hatched: whether simulated figures are among the values.
    """

    start: float
    end: float
    bucket: float
    zone: tzinfo = UTC
    hatched: bool = False

    def x(self, at: float) -> float:
        """Where a moment stands."""
        return _LEFT + (at - self.start) / (self.end - self.start) * (WIDTH - _LEFT - _RIGHT)

    def label(self, at: float) -> str:
        """A moment for the axis."""
        days = (self.end - self.start) / 86_400.0
        return datetime.fromtimestamp(at, self.zone).strftime("%H:%M" if days <= 2 else "%d %b")

    def exact(self, at: float) -> str:
        """A moment for a hint."""
        return datetime.fromtimestamp(at, self.zone).strftime("%d %b %H:%M")


@dataclass(frozen=True, slots=True)
class Series:
    """Values over time: (start of a bucket, value), under one name and colour."""

    name: str
    colour: str
    values: Sequence[tuple[float, float]]
    dash: str = ""


def stacked_bars(series: Sequence[Series], span: PlotSpan, unit: str) -> str:
    """Amounts in each bucket, one on the other."""
    heights: dict[float, float] = {}
    for part in series:
        for at, value in part.values:
            heights[at] = heights.get(at, 0.0) + value
    scale = _Scale(max(heights.values(), default=0.0))
    feet: dict[float, float] = {}
    parts = []
    width = max(span.x(span.start + span.bucket) - span.x(span.start) - 1, 0.6)
    for part in series:
        for at, value in part.values:
            foot = feet.get(at, 0.0)
            feet[at] = foot + value
            top = scale.y(foot + value)
            hint = f"{span.exact(at)}, {part.name}: {value:,.0f} {unit}"
            box = f'x="{span.x(at):.1f}" y="{top:.1f}" width="{width:.1f}" height="{scale.y(foot) - top:.1f}"'
            parts.append(_bar(box, part.colour, hint, span.hatched))
    return _svg([*scale.lines(), *_time_axis(span), *parts], HEIGHT)


def lines(series: Sequence[Series], span: PlotSpan, unit: str) -> str:
    """Values over time as lines."""
    scale = _Scale(max((value for curve in series for _, value in curve.values), default=0.0))
    parts = []
    for curve in series:
        points = [(span.x(at + span.bucket / 2), scale.y(value)) for at, value in curve.values]
        breaks = line_breaks([at for at, _ in curve.values], span.bucket)
        for first, last in pairwise([0, *breaks, len(points)]):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points[first:last])
            parts.append(f'<polyline class="line {curve.colour}" stroke-dasharray="{curve.dash}" points="{path}"/>')
        if len(points) <= 100:
            for (x, y), (at, value) in zip(points, curve.values, strict=True):
                hint = f"{span.exact(at)}, {curve.name}: {value:.2f} {unit}"
                parts.append(_dot(x, y, radius=2.5, colour=curve.colour, hint=hint))
    return _svg([*scale.lines(), *_time_axis(span), *parts], HEIGHT)


def line_breaks(starts: Sequence[float], bucket: float) -> list[int]:
    """Ahead of which values a line begins anew: drawn across a quiet night it would tell of values that never were.

    Args:
        starts: of the values' buckets, in seconds, the earliest first.
        bucket: seconds that one value stands for.
    """
    return [place for place, (before, start) in enumerate(pairwise(starts), 1) if start - before > bucket * 1.5]


def bars(rows: Sequence[tuple[str, float]], colour: str, hatched: bool) -> str:
    """Amounts by name, from left to right."""
    most = max((value for _, value in rows), default=1.0) or 1.0
    parts = []
    for place, (name, value) in enumerate(rows):
        y = place * 24 + 4
        width = value / most * (WIDTH - 380)
        parts.append(f'<text class="name" x="300" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
        parts.append(_bar(f'x="310" y="{y}" width="{width:.1f}" height="16"', colour, f"{name}: {value:,.0f}", hatched))
        parts.append(f'<text x="{316 + width:.1f}" y="{y + 12}">{value:,.0f}</text>')
    return _svg(parts, len(rows) * 24 + 6)


def spreads(
    rows: Sequence[tuple[str, Mapping[str, tuple[float, float, float]]]], colours: Mapping[str, str], hollow: bool
) -> str:
    """(lower quartile, median, upper quartile) in seconds by name, on a logarithmic scale."""
    values = [value for _, spreads in rows for spread in spreads.values() for value in spread]
    if not values:
        return ""
    low, high = math.log(min(values) / 1.3), math.log(max(values) * 1.3)
    place_of: Callable[[float], float] = lambda value: 190 + (math.log(value) - low) / (high - low) * (WIDTH - 210)  # noqa: E731
    height = len(rows) * 30 + 24
    parts = []
    for mark in _MARKS:
        if low <= math.log(mark) <= high:
            x = place_of(mark)
            parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 20}"/>')
            parts.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">{mark:g} s</text>')
    for number, (name, spreads) in enumerate(rows):
        y = number * 30 + 16
        parts.append(f'<text class="name" x="180" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        for key, (lower, median, upper) in spreads.items():
            line = f'x1="{place_of(lower):.1f}" x2="{place_of(upper):.1f}" y1="{y}" y2="{y}"'
            shape = f"{colours[key]} hollow" if hollow else colours[key]
            parts.append(f'<line class="line {colours[key]}" {line}/>')
            parts.append(_dot(place_of(median), y, radius=6, colour=shape, hint=f"{name}: {median:.2f} s"))
    return _svg(parts, height)


def legend(series: Iterable[Series], *, as_lines: bool = False) -> str:
    """Names with their colours, as HTML; those of lines with their dashes."""
    keys = "".join(f'<span class="key">{_sample_of(one, as_line=as_lines)}{escape(one.name)}</span>' for one in series)
    return f'<div class="legend">{keys}</div>'


def _sample_of(series: Series, *, as_line: bool) -> str:
    if not as_line:
        return f'<i class="{series.colour}"></i>'
    line = f'<line class="line {series.colour}" stroke-dasharray="{series.dash}" x2="28" y1="5" y2="5"/>'
    return f'<svg class="sample" viewBox="0 0 28 10" aria-hidden="true">{line}</svg>'


class _Scale:
    """Amounts from zero to a round number above the most."""

    def __init__(self, most: float) -> None:
        self._step = _round_up(most / 4) if most > 0 else 1.0
        self._top = max(math.ceil(most / self._step), 1) * self._step

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - value / self._top * (HEIGHT - _TOP - _BOTTOM)

    def lines(self) -> list[str]:
        parts = []
        for number in range(round(self._top / self._step) + 1):
            value = number * self._step
            y = self.y(value)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>')
        return parts


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value - power * 1e-9)


def _time_axis(span: PlotSpan) -> list[str]:
    count = 6
    moments = [span.start + (span.end - span.start) * number / count for number in range(count)]
    return [f'<text x="{span.x(at):.1f}" y="{HEIGHT - 8}">{span.label(at)}</text>' for at in moments]


def _bar(box: str, colour: str, hint: str, hatched: bool) -> str:
    over = f'<rect {box} fill="url(#hatch)"/>' if hatched else ""
    return f'<g><rect {box} class="{colour}"/>{over}<title>{escape(hint)}</title></g>'


def _dot(x: float, y: float, *, radius: float, colour: str, hint: str) -> str:
    circle = f'class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"'
    return f"<circle {circle}><title>{escape(hint)}</title></circle>"


def _svg(parts: Iterable[str], height: float) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'
