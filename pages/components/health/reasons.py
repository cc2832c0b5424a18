"""Why something failed, as people read it: our own words in sight, the provider's on demand."""

from __future__ import annotations

import streamlit as st


def split_message(reason: str) -> tuple[str, str]:
    """A reason in our own words, and what the provider said; the latter may be empty."""
    summary, _, details = reason.partition(": ")
    return f"{summary[:1].upper()}{summary[1:]}", details


def show_reason(reason: str) -> None:
    """Why, in a line; the provider's own words on demand."""
    summary, details = split_message(reason)
    st.text(summary)
    show_message(details)


def show_message(message: str) -> None:
    """What a provider said, on demand and as it came: an address in it is no link of this console's."""
    if message:
        with st.expander("Provider's message", icon=":material/notes:"):
            st.text(message)
