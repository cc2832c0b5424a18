"""Words that were sent: gone from their field, so that no press files them twice, and back where nothing came."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.coach.service_view import is_busy, replace_photo_field
from pages.components.console.double_click import SECONDS
from pages.components.console.runtime import Runtime


def clear_sent(key: str, text: str) -> None:
    """Empty a field whose words were sent, and that of the photo; what became of them stands below."""
    st.session_state[key], st.session_state[f"{key}-sent"] = "", text
    st.session_state[f"{key}-sent-at"] = time.monotonic()
    replace_photo_field()


def drop_sent(running: Runtime, key: str) -> None:
    """Empty a field that a second press of a quick hand filled once more; call it ahead of the field."""
    if _is_just_sent(running, key):
        st.session_state[key] = ""


def _is_just_sent(running: Runtime, key: str) -> bool:
    """Whether the words are those that were sent: while they are being read, and where they were read at once."""
    state = st.session_state
    is_recent = time.monotonic() - state.get(f"{key}-sent-at", float("-inf")) < SECONDS
    return (is_recent or is_busy(running)) and bool(state.get(key)) and state[key] == state.get(f"{key}-sent")


def offer_words_back(running: Runtime, key: str) -> None:
    """Offer the words again where the job that read them has kept nothing."""
    job, sent = running.portal.find_job(st.query_params.get("job", "")), st.session_state.get(f"{key}-sent")
    if sent and job is not None and job.ended.is_set() and not job.result:
        st.button("Bring back the words", key=f"{key}-back", icon=":material/undo:", on_click=_bring_back, args=(key,))


def _bring_back(key: str) -> None:
    st.session_state[key] = st.session_state.pop(f"{key}-sent", "")
