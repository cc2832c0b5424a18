"""Where to begin, on a page on which nothing was asked yet."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.console import looks
from pages.components.console.environment import is_fixed
from pages.components.console.runtime import Runtime

_HEIGHT = 158
"""Pixels: three cards of one height, whatever their texts."""


def show_starts(running: Runtime, ask_example: Callable[[], None]) -> None:
    """Three ways to begin.

    Args:
        ask_example: sends the task's example.
    """
    example, failing, further = st.columns(3, gap="medium")
    with example, _card("Try an example", "Send this task's example and watch which model answers it."):
        st.button("Send the example", key="start-example", icon=":material/play_arrow:", on_click=ask_example)
    with (
        failing,
        _card("Watch providers fail", "Break a provider with one click; the answer still arrives."),
    ):
        _link("demonstration.py", "Open the demonstration", ":material/theater_comedy:")
    with further:
        _offer_key(running)


def show_conversation_starts(example: str, begin: Callable[[str], None]) -> None:
    """What a conversation is good for, on a page on which nothing was said yet.

    Args:
        example: a first message for the task; empty where it has none that can be sent as it is.
        begin: sends the first message.
    """
    # One low card: with three under each other a telephone shows the last one first, at the foot of the page.
    with st.container(border=True, key="talk-starts"):
        if example:
            st.markdown(f"**Begin with an example**, or write your own below: “{looks.plain(example)}”")
            st.button("Send it", key="start-talk", icon=":material/send:", on_click=begin, args=(example,))
        else:
            st.markdown("**Begin below:** write the first message into the field at the foot of this page.")
        st.markdown(
            "**Follow up:** each message goes with all that was said before, so “And if it happens again?” is enough."
        )
        st.markdown("**Change the model:** another task or model answers from the next message on.")


def _offer_key(running: Runtime) -> None:
    if running.simulated and not is_fixed("ROUTER_MODE"):
        with _card("Add a key", "Go live with one free key. It is tested first, and stays on this machine."):
            _link("setup.py", "Add a key", ":material/key:")
    else:
        with _card("Compare two models", "One prompt to two models at the same time, on the same clock."):
            _link("compare.py", "Open Compare", ":material/compare_arrows:")


def _card(title: str, words: str) -> st.delta_generator.DeltaGenerator:
    card = st.container(border=True, height=_HEIGHT, gap="xsmall", key=f"card-{title.lower().replace(' ', '-')}")
    card.markdown(f"**{title}**  \n{words}")
    return card


def _link(page: str, label: str, icon: str) -> None:
    if st.button(label, key=f"start-{page.removesuffix('.py')}", icon=icon):
        st.switch_page(page)
