"""Usage: how much, by whom, how fast, and what failed; the speed table; the report."""

from __future__ import annotations

import streamlit as st

from pages.components.console.database_words import say_if_unreadable
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.log.filters import choose
from pages.components.usage.report_view import show_report
from pages.components.usage.speed_view import show_speed
from pages.components.usage.usage_view import show_usage

VIEWS = ("Figures", "Speed table", "Report")
REFRESH_SECONDS = 10.0


def choose_view() -> str:
    """Which of this page's views is open; it stands in the address."""
    return st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key="view", bind="query-params", required=True, label_visibility="collapsed"
    )


def show_figures(running: Runtime) -> None:
    """The figures of what the filters choose, again and again if wanted."""

    @st.fragment(run_every=REFRESH_SECONDS if st.session_state.get("refresh") else None)
    @say_if_unreadable()
    def show_view() -> None:
        show_usage(running, choose(running, "usage"))

    show_view()


running = runtime_or_stop()
with st.container(horizontal=True, vertical_alignment="center", key="usage-head"):
    st.title("Usage", anchor=False, width="content")
    place = st.container(width="content")
    view = choose_view()
if view == "Speed table":
    show_speed(running)
elif view == "Report":
    show_report(running, choose(running, "usage"))
else:
    place.toggle(
        "Auto-refresh", key="refresh", persist_state="session", help="Every ten seconds, while this page is open."
    )
    show_figures(running)
