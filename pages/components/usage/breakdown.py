"""The figures of a selection by model, provider, task, source or purpose, in a table that leads to the requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import NOBODY, FilterChoice
from pages.components.log.filters import address, lead, words
from pages.components.usage.usage_failures import attempts_address
from router.store import Cube, Failure, FigureTotals
from router.types import Target

BREAKDOWNS = {
    "Model": ("provider", "model"),
    "Provider": ("provider",),
    "Task": ("task_type",),
    "Source": ("source",),
    "App": ("app",),
    "Purpose": ("purpose",),
}
"""What the table can be broken down by, and the dimensions behind it."""

FILTER_NAMES = {
    "provider": "provider", "model": "model", "task_type": "task", "source": "source", "purpose": "purpose",
    "app": "app",
}  # fmt: skip
"""What the log's columns are called among the filters."""


def show_breakdown(running: Runtime, choice: FilterChoice, cube: Cube, failures: Sequence[Failure]) -> None:
    """The figures by one dimension; a row that is chosen leads to its requests."""
    by = _choose_dimension(choice)
    dimensions = BREAKDOWNS[by]
    if {*dimensions} <= {"provider", "model"}:
        rows, shown = _by_target(cube, dimensions, failures)
    else:
        rows = running.store.statistics.cube(choice.filters, *dimensions).breakdown(*dimensions)
        shown = [figures_of(totals) for _, totals in rows]
    table = pd.DataFrame(
        [_names_of(running, dimensions, key) | figures for (key, _), figures in zip(rows, shown, strict=True)]
    )
    shown_columns = [name for name in table.columns if name not in RARELY_WANTED]
    event = st.dataframe(
        table, hide_index=True, key=f"breakdown-{by}", on_select="rerun", selection_mode="single-row", placeholder="–",
        column_config=column_config(), column_order=shown_columns,
    )  # fmt: skip
    st.caption("Tick a row to see its requests. More percentiles are in the table's menu.")
    if event["selection"]["rows"]:
        _lead_to_row(choice, dimensions, *rows[event["selection"]["rows"][0]], failures)


def _lead_to_row(
    choice: FilterChoice,
    dimensions: tuple[str, ...],
    key: tuple[str, ...],
    totals: FigureTotals,
    failures: Sequence[Failure],
) -> None:
    """Go to a row's requests; of who has answered none, to those on which it has failed most often."""
    if not totals.requests:
        own = [failure for failure in failures if tuple(getattr(failure, name) for name in dimensions) == key]
        lead("history.py", attempts_address(choice.filters, own[:1]))
    chosen = {FILTER_NAMES[name]: value or NOBODY for name, value in zip(dimensions, key, strict=True)}
    chosen = {name: value for name, value in chosen.items() if name != "model" or value != NOBODY}
    lead("history.py", address(choice.filters, **chosen))


def _choose_dimension(choice: FilterChoice) -> str:
    """The table's head, with what it is broken down by at its right."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        note = f" ({choice.note})" if choice.note else ""
        st.header(f"Breakdown{note}", anchor=False, width="content")
        chosen = st.segmented_control(
            "By", list(BREAKDOWNS), default="Model", key="by", required=True, label_visibility="collapsed"
        )
    return chosen or "Model"


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
    return rows, [_attempt_figures(totals, failed.get(key, 0)) for key, totals in rows]


def _attempt_figures(totals: FigureTotals, failed: int) -> dict[str, float | int | None]:
    """The figures of who answered: of those it is attempts that can have failed, and not requests."""
    figures = figures_of(totals)
    del figures["Answered"]
    made = totals.called + failed
    attempts = {"Attempts": made, "Failed attempts": failed, "Failure rate": percentage_of(share_of(failed, made))}
    return {"Requests": totals.requests} | attempts | figures


def _names_of(running: Runtime, dimensions: tuple[str, ...], key: tuple[str, ...]) -> dict[str, str]:
    names = {}
    for name, value in zip(dimensions, key, strict=True):
        title = FILTER_NAMES[name].capitalize()
        if name == "model":
            names[title] = running.router.table.label(Target(key[0], value)) if value else "–"
        else:
            names[title] = words(running, FILTER_NAMES[name], value or NOBODY)
    return names


RARELY_WANTED = ("p99, s", "First token p95, s", "First token p99, s")
"""Columns that are there and shown on demand: with them the table would run out of the page."""


def figures_of(totals: FigureTotals) -> dict[str, float | int | None]:
    """A row's figures, by the titles of their columns."""
    return {
        "Requests": totals.requests,
        "Answered": percentage_of(totals.answered),
        "Saved": totals.saved,
        "p50, s": _in_seconds(totals.latency_p50),
        "p95, s": _in_seconds(totals.latency_p95),
        "p99, s": _in_seconds(totals.latency_p99),
        "First token p50, s": _in_seconds(totals.ttft_p50),
        "First token p95, s": _in_seconds(totals.ttft_p95),
        "First token p99, s": _in_seconds(totals.ttft_p99),
        "Tok/s, p50": totals.speed_p50,
        "Tokens": totals.tokens,
    }


def column_config() -> dict[str, Any]:
    """How these columns are written."""
    seconds, count = st.column_config.NumberColumn(format="%.2f"), st.column_config.NumberColumn(format="localized")
    names = ("p50, s", "p95, s", "p99, s", "First token p50, s", "First token p95, s", "First token p99, s")
    return {
        **dict.fromkeys(names, seconds),
        **dict.fromkeys(("Requests", "Tokens", "Failed attempts"), count),
        "Attempts": st.column_config.NumberColumn(format="localized", help="Answers and failures of this model."),
        "Saved": st.column_config.NumberColumn(format="localized", help="Answers saved by fallback."),
        # One decimal, as shares have it in words; Streamlit's own format writes two.
        "Answered": st.column_config.NumberColumn(format="%.1f%%", help="Of the requests."),
        "Failure rate": st.column_config.NumberColumn(format="%.1f%%", help="Of the attempts."),
        "Tok/s, p50": st.column_config.NumberColumn(format="%.0f"),
    }


def _in_seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def percentage_of(share: float | None) -> float | None:
    """A share for a column of percentages with one decimal: only all reads as 100.0, and only nothing as 0.0."""
    if share is None or share in (0.0, 1.0):
        return share and share * 100
    return min(max(share * 100, 0.1), 99.9)


def share_of(part: int, whole: int) -> float | None:
    """A share, 0 to 1; None of nothing."""
    return part / whole if whole else None
