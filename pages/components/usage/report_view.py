"""The report on a page: what it would be about, and the file."""

from __future__ import annotations

import time
from datetime import datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filters import FilterChoice
from router.report import Report, render


def show_report(running: Runtime, choice: FilterChoice) -> None:
    """Say what the report is about, and give it."""
    requests = running.store.statistics.cube(choice.filters, distributions=False).totals().requests
    kind = f"{choice.note} " if choice.note else ""
    noun = "request" if requests == 1 else "requests"
    st.markdown(f"A report about **{requests:,} {kind}{noun}** of {choice.period}, as the filters above choose them.")
    st.download_button(
        "Download the report",
        data=lambda: render(_make_report(running, choice)),
        file_name=f"dual-router-report-{datetime.now(looks.zone()):%Y-%m-%d}.html",
        mime="text/html",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
        key="report",
    )
    st.caption(
        "One HTML file: the figures with their change, plots, tables by model and task, incidents and how they were "
        "survived, the last speed table, and what it cost. It holds no prompts and no answers, asks no other machine "
        "for anything, and prints as it is. `python -m router report --days 30` writes it too."
    )


def _make_report(running: Runtime, choice: FilterChoice) -> Report:
    return Report(running.store, running.router.table, choice.filters, time.time(), looks.zone())
