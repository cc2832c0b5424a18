"""An answer from the cache asked for anew: the same request, to a provider."""

from __future__ import annotations

import streamlit as st

from pages.components.console.runtime import Runtime
from pages.components.run.questions import note_sent
from pages.components.run.run_records import RunRecord


def offer_anew(running: Runtime, record: RunRecord) -> None:
    """The button beside an answer from the cache; not once its request has left this process's memory."""
    completion = record.completion
    if completion is not None and completion.from_cache and record.live is not None and record.live.request:
        st.button(
            "Ask anew",
            on_click=ask_anew,
            args=(running, record.id),
            key="anew",
            icon=":material/refresh:",
            help="Sends the same prompt to a provider, whatever the cache holds. Uses one free request.",
        )


def ask_anew(running: Runtime, run_id: str) -> None:
    """Start the same run without the cache, and put its id into the address."""
    earlier = running.portal.find(run_id)
    if earlier is None or earlier.request is None:
        return
    live = running.portal.start(after=earlier.after, **{**earlier.request, "cache_seconds": 0.0})
    st.query_params.from_dict({"run": live.id})
    st.session_state["last_run"] = live.id
    note_sent(live.id)
