"""What an action came to, said at the page's next look: a callback of a dialog or a fragment can show nothing."""

from __future__ import annotations

import streamlit as st

_NOTES = "notes"


def leave_note(text: str) -> None:
    """Keep a note (Markdown) for the next look."""
    st.session_state.setdefault(_NOTES, []).append(text)


def show_notes() -> None:
    """Show what was kept, once."""
    for text in st.session_state.pop(_NOTES, []):
        st.toast(text)
