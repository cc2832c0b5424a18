"""A button that is pressed twice by a quick hand does its work once."""

from __future__ import annotations

import time

import streamlit as st

SECONDS = 2.0
"""Presses that come so soon after each other with nothing changed between them are one; a busy machine takes the
second of a quick hand a second late."""

_LAST = "last-pressed"


def is_double_click(*pressed: object) -> bool:
    """Whether the same was pressed a moment ago; call it in the button's callback.

    Args:
        pressed: the button and what it would send: what was changed in between is sent.
    """
    before, now = st.session_state.get(_LAST), time.monotonic()
    st.session_state[_LAST] = pressed, now
    return before is not None and before[0] == pressed and now - before[1] < SECONDS
