"""The report on a page: the document itself, as it is sent, and the file of it."""

from __future__ import annotations

import time
from datetime import datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import FilterChoice
from router.report import Report, render

PAGE_PIXELS = 1_000
"""How high the document is at first; the frame's script gives it the height that it has."""


def show_report(running: Runtime, choice: FilterChoice) -> None:
    """Show the report about what the filters choose, and give it as a file."""
    with st.spinner("Writing the report …"):
        document = render(_make_report(running, choice))
    with st.container(horizontal=True, vertical_alignment="center", key="report-head"):
        st.markdown(
            "One HTML file to send or to print. It holds no prompts, no answers and no keys, and needs no network.",
            width="stretch",
        )
        st.download_button(
            "Download the report",
            document,
            file_name=f"dual-router-report-{datetime.now(looks.zone()):%Y-%m-%d}.html",
            mime="text/html",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
            key="report",
        )
    with st.container(border=True, key="report-page"):
        # The document is this code's own, escapes every name in it, and its policy lets it load and run nothing.
        st.iframe(document, height=PAGE_PIXELS, alt="The report")
    st.caption("The same from a terminal, for a schedule: `python -m router report --days 30`.")


def _make_report(running: Runtime, choice: FilterChoice) -> Report:
    return Report(running.store, running.router.table, choice.filters, time.time(), looks.zone())
