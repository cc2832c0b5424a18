"""Tables and results as files: CSV that no spreadsheet takes for formulas, and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

# The wide forms too: spreadsheets of the Far East read them as the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(value: Any) -> Any:
    """A cell as a spreadsheet may read it: a text that it would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as CSV, with a head."""
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
    return target.getvalue()


def offer_files(name: str, rows: Callable[[], Sequence[Mapping[str, Any]]], document: Callable[[], str]) -> None:
    """Two buttons that make the files when they are pressed.

    Args:
        name: of the files, without an ending.
        rows: for the CSV.
        document: the JSON.
    """
    with st.container(horizontal=True, width="content"):
        st.download_button(
            "CSV", lambda: csv_of(rows()).encode("utf-8-sig"), f"{name}.csv", "text/csv", key=f"csv-{name}",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "JSON", lambda: document().encode(), f"{name}.json", "application/json", key=f"json-{name}",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
