"""The question of a run: put back into the controls by the address, and shown above its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.console.runtime import Runtime
from pages.components.prompt import controls
from pages.components.prompt.pictures import ALT_OF_SENT, Added, holds_pictures_of, pictures_to_send
from pages.components.prompt.requests import Wanted, wanted_again
from pages.components.run.conversation import messages_before
from pages.components.run.run_records import RunRecord
from router.types import Message

NOT_KEPT = "That request's prompt is not in the log: it was deleted, or never kept."
_SHOWN = "question-shown"


def note_sent(*ids: str) -> None:
    """Remember that the controls hold the question of these runs: what is typed from now on stays."""
    st.session_state[_SHOWN] = ids


def is_new(*ids: str) -> bool:
    """Whether the address names other runs than the controls hold: a reload, Back, or a link."""
    return tuple(st.session_state.get(_SHOWN) or ()) != ids


def bring_back(record: RunRecord, *ids: str) -> bool:
    """Fill the controls with a run's question, once; gives whether that was done now."""
    if not is_new(*ids):
        return False
    note_sent(*ids)
    if record.request is None:
        return False
    controls.fill_controls(record.request)
    return True


def bring_history(request: Mapping[str, Any]) -> None:
    """Take the turns before a request's prompt along when it is sent again."""
    st.session_state["history"] = messages_before(request)


def history_to_send() -> tuple[Message, ...]:
    """The earlier turns that go with the next prompt."""
    history: tuple[Message, ...] = st.session_state.get("history") or ()
    return history


def offer_history() -> None:
    """Say that earlier turns go along, and leave them out where they are not wanted."""
    count = len(history_to_send())
    if not count:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="with-history"):
        messages = "message" if count == 1 else "messages"
        st.caption(f"Sent with the {count} earlier {messages} of its conversation.", width="content")
        st.button("Leave them out", key="no-history", type="tertiary", on_click=_drop_history)


def _drop_history() -> None:
    st.session_state.pop("history", None)


def is_in_controls(running: Runtime, record: RunRecord, now: Wanted, **more: Any) -> bool:
    """Whether a run's question stands in the controls just above as it was asked, and nothing else went along.

    Args:
        now: what the controls ask for.
        more: what is not compared: values of `now` in place of the question's, by their names in `Wanted`.
    """
    if record.request is None:
        return True
    asked = wanted_again(record.request, **more)
    return (
        (asked.task, asked.prompt.strip()) == (now.task, now.prompt.strip())
        and controls.settings_summary(running, asked) == controls.settings_summary(running, now)
        and not messages_before(record.request)
        and not _results_html(record.messages)
        and holds_pictures_of(record.messages[-1:])
    )


def show_question(running: Runtime, record: RunRecord, *, pinned: bool = True, field: str = "prompt") -> None:
    """What was asked, above its answer: the controls may have been changed since.

    In a line where its words still stand in their field just above, whole where they do not.

    Args:
        pinned: whether to say whom it was pinned to; lanes say it themselves, or keep it secret.
        field: the key of the prompt's field.
    """
    request, task = record.request, record.task
    if request is None or task is None:
        return
    asked = wanted_again(request, **({} if pinned else {"target": ""}))
    settings = controls.settings_summary(running, asked)
    label = escape(running.router.table.tasks[task].label)
    words = f"<b>{label}</b>" + (f" · {escape(settings)}" if settings else "")
    earlier = len(messages_before(request))
    words += f" · after {earlier} earlier {'message' if earlier == 1 else 'messages'}" if earlier else ""
    stands_above = (st.session_state.get(field) or "").strip() == asked.prompt.strip()
    results = _results_html(record.messages)
    look = "question brief" if stands_above and not results else "question"
    with st.container(key="question"):
        prompt = escape(asked.prompt)
        inside = f'<span>{words}</span><p dir="auto" title="{prompt}">{prompt}</p>{results}'
        st.html(f'<div class="{look}">{inside}</div>')
        show_thumbnails(record.messages[-1:], width=72, besides=pictures_to_send() if stands_above else ())


def _results_html(messages: Sequence[Mapping[str, Any]]) -> str:
    """What tools gave since the last prompt, for the question above an answer."""
    results: list[str] = []
    for message in reversed(messages):
        if message["role"] == "user":
            break
        if message["role"] == "tool":
            results.insert(0, f"<li>{escape(str(message['content']))}</li>")
    return f"Results sent:<ul>{''.join(results)}</ul>" if results else ""


def show_thumbnails(messages: Sequence[Message], *, width: int = 120, besides: Sequence[Added] = ()) -> None:
    """The pictures of messages, small.

    Args:
        width: in pixels.
        besides: pictures that the page shows already.
    """
    parts = [part for message in messages if not isinstance(message["content"], str) for part in message["content"]]
    shown = {added.picture.thumbnail for added in besides}
    pictures = [part["thumbnail"] for part in parts if part["type"] != "text" and part.get("thumbnail")]
    pictures = [picture for picture in pictures if picture not in shown]
    if pictures:
        st.image(pictures, width=width, alt=[ALT_OF_SENT] * len(pictures))
