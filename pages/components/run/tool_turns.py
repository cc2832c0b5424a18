"""Turns in which tools are called and answer, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.components.prompt.requests import text_of


def show_call_line(name: str, arguments: str) -> None:
    """A call as programmers write one; `arguments` is its JSON."""
    st.code(f"{name}({arguments})", language=None, wrap_lines=True)


def show_tool_turns(messages: Sequence[Mapping[str, Any]]) -> None:
    """An assistant's calls, each with what its tool gave; results name their tool by the calls before them."""
    names: dict[str, str] = {}
    for message in messages:
        names |= called_names(message)
        with st.container(gap=None):
            if message["role"] == "tool":
                show_result_line(message, names)
            if text := text_of(message):
                st.text(text)
        for call in message.get("tool_calls") or ():
            show_call_line(call["function"]["name"], call["function"]["arguments"])


def show_result_line(message: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Whose result follows."""
    st.caption(f"result of {names.get(message['tool_call_id'], 'a tool')}")


def called_names(message: Mapping[str, Any]) -> dict[str, str]:
    """The tools that a message calls, by the ids of its calls."""
    return {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()}
