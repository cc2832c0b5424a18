"""A conversation is the chain of its runs: the last one holds all messages, and each knows the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.answers import copy_html, is_asked_json, show_answer
from pages.components.answer.trace import show_trace
from pages.components.console.runtime import Runtime
from pages.components.prompt.pictures import ALT_OF_SENT
from pages.components.prompt.requests import text_of
from pages.components.run.run_records import RunRecord, find_run
from pages.components.run.run_view import (
    UNKNOWN,
    make_places,
    show_end,
    show_outcome,
    show_reasoning,
    trace_of,
    watch_run,
)
from pages.components.run.tool_turns import show_tool_turns
from router.background.loop_thread import RunView
from router.types import Message


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """One prompt with its answer.

    Attributes:
        tools: the messages between the two: what was called, and what tools gave.
        view: the run that answered it, where this process still knows it.
    """

    asked: Message
    answer: str = ""
    tools: tuple[Message, ...] = ()
    view: RunView | None = None


def messages_so_far(running: Runtime, run_id: str | None) -> tuple[Message, ...]:
    """The messages that a further prompt follows; a prompt that got no answer is left out."""
    record = find_run(running, run_id)
    if record is None:
        return ()
    messages = record.messages
    if record.text.strip():
        messages.append({"role": "assistant", "content": record.text})
    else:
        messages = messages[: _last_prompt(messages)]
    return tuple(map(sendable_message, messages))


def _last_prompt(messages: Sequence[Message]) -> int:
    """Where the last prompt stands: what tools gave for it stands behind it."""
    prompts = [place for place, message in enumerate(messages) if message["role"] == "user"]
    return prompts[-1] if prompts else 0


def messages_before(request: Mapping[str, Any]) -> tuple[Message, ...]:
    """The turns that stood before a request's prompt; the system prompt has a control of its own."""
    messages = [message for message in request.get("messages") or () if message["role"] != "system"]
    return tuple(map(sendable_message, messages[: _last_prompt(messages)]))


def sendable_message(message: Message) -> Message:
    """The log keeps no pictures: where one stood, words say so."""
    if not message["content"] or isinstance(message["content"], str):
        return message
    parts = [_sendable_part(part) for part in message["content"]]
    return {**message, "content": parts}


def _sendable_part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "text", "text": "(a picture that is not kept)"} if part["type"] == "image" else part


def turns_of(running: Runtime, record: RunRecord) -> list[ConversationTurn]:
    """The turns of a run's conversation, oldest first; the last one has no answer but the run's own."""
    views = _views_before(running, record)
    turns: list[ConversationTurn] = []
    for message in record.messages:
        if message["role"] == "user":
            turns.append(ConversationTurn(message))
        elif turns and (message["role"] == "tool" or message.get("tool_calls")):
            turns[-1] = replace(turns[-1], tools=(*turns[-1].tools, message))
        elif turns and message["role"] == "assistant" and (text := text_of(message)):
            turns[-1] = replace(turns[-1], answer=text, view=views.get(text))
    return turns


def _views_before(running: Runtime, record: RunRecord) -> dict[str, RunView]:
    """The runs before this one, by the text of their answers."""
    views: dict[str, RunView] = {}
    live = record.live
    while live is not None and live.after is not None:
        live = running.portal.find(live.after)
        view = live.view() if live is not None else None
        if view is not None and view.completion is not None:
            views[view.completion.text] = view
    return views


Stoppable = Callable[[Runtime, DeltaGenerator], AbstractContextManager[None]]
"""Puts Stop into a place while the run is under way."""


OfferActions = Callable[[RunRecord], None]
"""Draws what can be done with an answer that is whole."""


def show_conversation(running: Runtime, run_id: str, stoppable: Stoppable, offer_actions: OfferActions) -> None:
    """All turns; the last one grows while its run goes on."""
    record = find_run(running, run_id)
    if record is None:
        st.info(UNKNOWN)
        return
    turns = turns_of(running, record)
    for turn in turns[:-1]:
        _show_asked(turn.asked)
        with _assistant():
            _show_earlier(running, turn, as_json=is_asked_json(record.request, turn.answer))
    if turns:
        _show_asked(turns[-1].asked)
    with _assistant():
        show_tool_turns(turns[-1].tools if turns else ())
        with stoppable(running, st.empty()):
            watch_run(running, record, make_places())
        if record.text and not record.going:
            offer_actions(record)


def _show_earlier(running: Runtime, turn: ConversationTurn, *, as_json: bool) -> None:
    """An answer before the last, which looks as it did while it was the last."""
    show_tool_turns(turn.tools)
    if turn.view is None:
        show_answer(turn.answer, as_json=as_json)
        return
    show_trace(trace_of(turn.view), running.router.table)
    show_answer(turn.answer, as_json=as_json)
    show_end(running, turn.view)
    show_reasoning(turn.view.reasoning)
    show_outcome(turn.view)
    if turn.view.completion is not None:
        _offer_copy(turn.view.completion.request_id)


def _offer_copy(run_id: str) -> None:
    st.html(f'<div class="actions">{copy_html(run_id)}</div>', width="content")


def _assistant() -> DeltaGenerator:
    return st.chat_message("assistant", avatar=":material/smart_toy:")


def _show_asked(message: Message) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.text(text_of(message))
        if not isinstance(message["content"], str):
            parts = [part.get("thumbnail") for part in message["content"] if part["type"] != "text"]
            pictures = [picture for picture in parts if picture]
            st.image(pictures, width=120, alt=[ALT_OF_SENT] * len(pictures))
