"""The two answers to a question that a dialog asks ahead of what changes something for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def offer_answers(
    yes: str, key: str, on_yes: Callable[..., None], args: tuple[Any, ...] = (), *, disabled: bool = False
) -> None:
    """What was asked for, in red, and the way back; either closes the dialog.

    Args:
        yes: what the button does, as a verb.
        key: the button's; the way back has it with `-no` behind.
    """
    with st.container(horizontal=True, key=f"answers-{key}"):
        if st.button(yes, type="primary", key=key, on_click=on_yes, args=args, disabled=disabled):
            st.rerun()
        if st.button("Cancel", key=f"{key}-no"):
            st.rerun()
