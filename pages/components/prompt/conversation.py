"""A conversation is the chain of its runs: the last one holds all messages, and each knows the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.prompt.answers import is_asked_json, show_answer
from pages.components.prompt.controls import target_name
from pages.components.prompt.requests import text_of
from pages.components.prompt.run_view import Places, RunPanel, follow, show_stored
from router.comparison.trials import tokens_per_second
from router.types import Completion, Message


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """One prompt with its answer.

    Attributes:
        completion: the answer's figures, where this process still knows them.
    """

    asked: Message
    answer: str
    completion: Completion | None = None


def messages_of(running: Runtime, run_id: str | None) -> list[Message]:
    """What a run was asked, the conversation before it included; pictures only while the run is in memory."""
    request = request_of(running, run_id)
    return [] if request is None else list(request["messages"])


def request_of(running: Runtime, run_id: str | None) -> Mapping[str, Any] | None:
    """A run's request as the log keeps it, or fuller from memory; None where neither has it."""
    if not run_id:
        return None
    live = running.portal.find(run_id)
    if live is not None and live.request is not None:
        return _as_logged(live.request)
    running.store.flush()
    stored = running.store.statistics.request(run_id)
    return None if stored is None else stored.request


def _as_logged(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request as the log writes it, but with its pictures."""
    parameters = ("temperature", "max_tokens", "seed", "stop")
    return {
        "messages": request["messages"],
        "parameters": {name: request[name] for name in parameters if name in request},
        "response_format": request.get("response_format"),
        "targets": [str(target) for target in request.get("targets") or ()],
        "config": asdict(request["config"]),
    }


def history(running: Runtime, run_id: str | None) -> tuple[Message, ...]:
    """The messages that a further prompt follows; a prompt that got no answer is left out."""
    before = messages_of(running, run_id)
    answer = _answer(running, run_id)
    if answer.strip():
        before.append({"role": "assistant", "content": answer})
    elif before:
        before.pop()
    return tuple(_sendable(message) for message in before)


def _answer(running: Runtime, run_id: str | None) -> str:
    live = running.portal.find(run_id) if run_id else None
    if live is not None:
        return live.view().text
    stored = running.store.statistics.request(run_id) if run_id else None
    return (stored.answer or "") if stored else ""


def _sendable(message: Message) -> Message:
    """The log keeps no pictures: where one stood, words say so."""
    if isinstance(message["content"], str):
        return message
    parts = [_part(part) for part in message["content"]]
    return {"role": message["role"], "content": parts}


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "text", "text": "(a picture that is not kept)"} if part["type"] == "image" else part


def earlier_turns(running: Runtime, run_id: str | None) -> list[ConversationTurn]:
    """The turns before a run, oldest first."""
    messages = [message for message in messages_of(running, run_id)[:-1] if message["role"] != "system"]
    figures = _figures(running, run_id)
    turns: list[ConversationTurn] = []
    for message in messages:
        if message["role"] == "user":
            turns.append(ConversationTurn(message, ""))
        elif turns:
            text = text_of(message)
            turns[-1] = ConversationTurn(turns[-1].asked, text, figures.get(text))
    return turns


def _figures(running: Runtime, run_id: str | None) -> dict[str, Completion]:
    """The completions of the runs before this one, by their text."""
    found: dict[str, Completion] = {}
    live = running.portal.find(run_id) if run_id else None
    while live is not None and live.after is not None:
        live = running.portal.find(live.after)
        completion = live.view().completion if live is not None else None
        if completion is not None:
            found[completion.text] = completion
    return found


Stoppable = Callable[[Runtime, DeltaGenerator], AbstractContextManager[None]]
"""Puts Stop into a place while the run is under way."""


def show_conversation(running: Runtime, run_id: str, stoppable: Stoppable) -> None:
    """All turns; the last one grows while its run goes on."""
    request = request_of(running, run_id)
    for turn in earlier_turns(running, run_id):
        _show_asked(turn.asked)
        with st.chat_message("assistant", avatar=":material/smart_toy:"):
            show_answer(turn.answer, as_json=is_asked_json(request, turn.answer))
            if turn.completion is not None:
                st.caption(line_of_figures(running, turn.completion))
    asked = messages_of(running, run_id)
    if asked:
        _show_asked(asked[-1])
    with st.chat_message("assistant", avatar=":material/smart_toy:"):
        places = Places(st.container(key="answer"), st.empty(), st.empty(), st.empty())
        with stoppable(running, st.empty()):
            _show_last(running, run_id, places)


def _show_last(running: Runtime, run_id: str, places: Places) -> None:
    live = running.portal.find(run_id)
    if live is not None:
        follow([RunPanel(running, live, places)])
        return
    stored = running.store.statistics.request(run_id)
    if stored is not None:
        show_stored(running, stored, places)


def _show_asked(message: Message) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.text(text_of(message))
        if not isinstance(message["content"], str):
            pictures = [part.get("thumbnail") for part in message["content"] if part["type"] != "text"]
            st.image([picture for picture in pictures if picture], width=120)


def line_of_figures(running: Runtime, completion: Completion) -> str:
    """An answer's figures in one quiet line."""
    said = [
        target_name(running, f"{completion.provider}:{completion.requested_model}"),
        f"first token {looks.seconds(completion.ttft_ms)}",
        f"total {looks.seconds(completion.latency_ms)}",
        f"{completion.usage.completion_tokens:,} tokens",
        looks.per_second(tokens_per_second(completion)),
        f"${completion.cost_usd:.4f}" if completion.cost_usd else "free",
    ]
    return " · ".join([*said, *(["simulated"] if completion.simulated else [])])
