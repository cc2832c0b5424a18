"""Usage: how much, by whom, how fast, and what failed; the speed table; the report."""

from __future__ import annotations

import streamlit as st

from pages.components.filters import choose
from pages.components.runtime import Runtime, runtime_or_stop
from pages.components.usage_view import show_usage

REFRESH_SECONDS = 10.0


def refreshes() -> bool:
    """Whether the figures are to follow what goes on."""
    return st.toggle("Refresh by itself", key="refresh", help="Every ten seconds, while this page is open.")


def show_figures(running: Runtime) -> None:
    """The figures of what the filters choose, again and again if wanted."""
    every = REFRESH_SECONDS if st.session_state.get("refresh") else None

    @st.fragment(run_every=every)
    def show() -> None:
        show_usage(running, choose(running))

    show()


running = runtime_or_stop()
left, right = st.columns([4, 1], vertical_alignment="bottom")
left.title("Usage")
with right:
    refreshes()
show_figures(running)
