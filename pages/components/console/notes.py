"""What an action came to, said at the page's next look: a callback of a dialog or a fragment can show nothing."""

from __future__ import annotations

import streamlit as st

_NOTES = "notes"
_REDRAWING = "redrawing-asked"


def leave_note(text: str) -> None:
    """Keep a note (Markdown) for the next look."""
    st.session_state.setdefault(_NOTES, []).append(text)


def show_notes() -> None:
    """Show what was kept, once."""
    for text in st.session_state.pop(_NOTES, []):
        st.toast(text)


def ask_for_redrawing() -> None:
    """Have the whole page drawn after this callback: a fragment draws itself alone, and not the menu's numbers."""
    st.session_state[_REDRAWING] = True


def redraw_where_asked() -> None:
    """Draw the whole page, if a callback of this fragment has asked for it; call it first of all in the fragment."""
    if st.session_state.pop(_REDRAWING, False):
        st.rerun()


def note_redrawn() -> None:
    """The whole page is being drawn, after all callbacks and with its menu: call it first of all in the page."""
    st.session_state.pop(_REDRAWING, None)
