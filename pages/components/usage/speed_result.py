"""What a speed run came to, on a page: a table beside the figures of 2025, a plot, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.usage import charts
from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_table import FEWEST, SpeedRow, Spread, conclusion, make_table
from router.report.figures_in_words import NOTHING, range_text
from router.store import SAMPLE_OWNER, SpeedRun
from router.types import Target

_EMPTY, _PAST = ' class="none"', ' class="then"'
"""Cells that a narrow screen leaves out: those that hold nothing; and what was told of 2025, which is muted."""


def show_past(running: Runtime) -> None:
    """The table before the first run: what there is of it, which is 2025."""
    table = running.router.table
    names = list(table.providers)[:2]
    heads = ["Task", *(table.providers[name].label for name in names), "Faster"]
    rows = []
    for task, entry in load_prompts().tasks.items():
        cells = _cells_html(heads[1:], [escape(entry.then.get(name, "")) for name in (*names, "factor")])
        rows += [f"<tr><th>{escape(table.tasks[task].label)}</th>{cells}</tr>"] if entry.then else []
    st.header("The figures of 2025", anchor=False)
    st.html(_grid_html(heads, rows))
    st.caption(_THEN_WORDS)


def show_result(running: Runtime, run: SpeedRun) -> None:
    """A run's table, plot and conclusion."""
    rows = rows_of(running, run)
    if not any(spread.count for row in rows for spread in row.spreads.values()):
        return
    _disclose(running, run)
    if run.job != SAMPLE_OWNER:
        _show_conclusion(running, run, rows)
    st.html(table_html(running, rows))
    charts.show(speed_plot(running, run, rows), "plot-speed", clickable=False)
    st.caption(_reading_words(rows))


def _disclose(running: Runtime, run: SpeedRun) -> None:
    """What a reader has to know before any figure of a run that was made on no real provider."""
    words = "These times are those of simulated providers and say nothing about the real ones."
    if run.job == SAMPLE_OWNER:
        _show_band("Sample figures.", "Made up to show the table: nothing was measured.")
    elif run.simulated and running.simulated:  # the band of the console stands above already
        st.caption(f"Simulated. {words}")
    elif run.simulated:
        _show_band("Simulated.", words)


def _show_band(title: str, words: str) -> None:
    st.html(f'<div class="band" role="note"><b>{title}</b> {words}</div>')


def _show_conclusion(running: Runtime, run: SpeedRun, rows: list[SpeedRow]) -> None:
    """What a run comes to; for the routing only where real providers were measured."""
    first, _, further = conclusion(rows, running.router.table).partition(". ")
    st.html(f'<p class="headline">{escape(first.rstrip("."))}.</p>')
    if further and not run.simulated:
        st.markdown(looks.plain(further))
    st.caption(_measured_words(run))


def _measured_words(run: SpeedRun) -> str:
    """What was measured, when and on whom."""
    whom = "simulated providers" if run.simulated else "both providers"
    how_far = "" if run.complete else f" {run.done} of {looks.counted(run.total, 'request')} made so far."
    note = "" if run.version == load_prompts().version else " The prompts have changed since."
    return (
        f"Measured by this console, {looks.clock_time(run.started_at)}, on {whom}: the same prompts to each, one "
        f"request at a time and in turns, {looks.counted(run.repetitions, 'repeat')} a task.{note}{how_far}"
    )


def _reading_words(rows: Sequence[SpeedRow]) -> str:
    """What the table's figures mean."""
    has_interval = any(row.factor is not None and row.factor.low is not None for row in rows)
    few = any(0 < spread.count < FEWEST for row in rows for spread in row.spreads.values())
    ranges = ["the middle half of the times"] if has_interval or not few else []
    ranges += [f"with fewer than {FEWEST} times, the shortest and the longest"] if few else []
    interval = " Below a factor: where it lies with 95% certainty (bootstrap)." if has_interval else ""
    return f"Bold: the median. In brackets: {'; '.join(ranges)}.{interval} {_THEN_WORDS}"


_IN_2025 = "In 2025"

_THEN_WORDS = (
    "The figures of 2025 were written down that year, when the routing was first laid out, for the models of then. How "
    "often and from where they were measured is not known: they show where things stood, and enter no calculation."
)


def note_of(run: SpeedRun) -> str:
    """What plots and tables of a run say beside their titles; nothing for real providers."""
    return "sample" if run.job == SAMPLE_OWNER else "simulated" if run.simulated else ""


def rows_of(running: Runtime, run: SpeedRun) -> list[SpeedRow]:
    """The table of a run."""
    return make_table(running.store.speed_runs.steps(run.id), load_prompts(), list(running.router.table.providers))


def table_html(running: Runtime, rows: list[SpeedRow]) -> str:
    """The table: today's figures, and what there is of 2025 in its last column."""
    table = running.router.table
    names = list(table.providers)
    heads = ["Task", *(table.providers[name].label for name in names), "Faster", _IN_2025]
    return _grid_html(heads, [_row_html(running, row, names, heads) for row in rows])


def _grid_html(heads: Sequence[str], rows: Sequence[str]) -> str:
    """A table of its heads and of rows that are HTML."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return f'<table class="grid speed"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _cells_html(heads: Sequence[str], cells: Sequence[str]) -> str:
    """The cells of a row, which are HTML; on a narrow screen each names its column itself."""
    return "".join(
        f'<td data-label="{escape(head)}"{_kind_of(head, cell)}>{cell or "–"}</td>'
        for head, cell in zip(heads, cells, strict=True)
    )


def _kind_of(head: str, cell: str) -> str:
    if not cell:
        return _EMPTY
    return _PAST if head == _IN_2025 else ""


def _row_html(running: Runtime, row: SpeedRow, names: list[str], heads: list[str]) -> str:
    entry = row.entry
    label = running.router.table.tasks[entry.task].label
    measured = "first token" if entry.measure == "first token" else "whole answer"
    cells = [_spread_html(running, name, row.spreads.get(name)) for name in names]
    cells.append(_factor_html(running, row))
    cells.append(_then_html(running, entry.then))
    return f"<tr><th>{escape(label)}<br><small>{measured}</small></th>{_cells_html(heads[1:], cells)}</tr>"


def _then_html(running: Runtime, then: Mapping[str, str]) -> str:
    """What was told of a task in 2025: what each provider took, and who was faster."""
    providers = running.router.table.providers
    times = [
        f"{escape(providers[name].label)} {escape(text)}"
        for name, text in then.items()
        if name in providers and text != NOTHING
    ]
    return "<br>".join(part for part in (", ".join(times), escape(then.get("factor", ""))) if part)


def _spread_html(running: Runtime, provider: str, spread: Spread | None) -> str:
    if spread is None or spread.median is None:
        return f"<small>{spread.failed} failed</small>" if spread is not None and spread.failed else ""
    failed = f", {spread.failed} failed" if spread.failed else ""
    middle = range_text(spread.lower, spread.upper)
    model = escape(running.router.table.label(Target(provider, spread.model)))
    return f"<b>{looks.seconds(spread.median)}</b> ({middle}){failed}<br><small>{model}, n = {spread.count}</small>"


def _factor_html(running: Runtime, row: SpeedRow) -> str:
    factor, names = row.factor, row.sides
    if factor is None:
        return ""
    faster = running.router.table.providers[names[0] if factor.value >= 1 else names[1]].label
    if factor.value < 1:
        factor = factor.inverse
    interval = "" if factor.low is None else f"<br><small>between {factor.low:.1f} and {factor.high:.1f} times</small>"
    return f"{escape(faster)} <b>{factor.value:.1f}×</b>{interval}"


def speed_plot(running: Runtime, run: SpeedRun, rows: list[SpeedRow], ground: str | None = None) -> go.Figure:
    """Medians and quartiles of each task."""
    table = running.router.table
    palette = looks.LIGHT if (ground or looks.ground()) == "light" else looks.DARK
    names = list(table.providers)
    found = [
        (
            table.tasks[row.entry.task].label,
            {
                name: (spread.lower or 0.0, spread.median, spread.upper or 0.0)
                for name, spread in row.spreads.items()
                if spread.median is not None
            },
        )
        for row in rows
    ]
    return charts.speeds_by_task(
        found,
        "Median time with its spread, seconds on a logarithmic scale",
        note_of(run),
        names={name: table.providers[name].label for name in names},
        colours=dict(zip(names, palette, strict=False)),
    )
