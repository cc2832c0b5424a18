"""The coach's conversation on a page: its turns, and the one that streams."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from ulid import ULID

from pages.components.answer.answers import AnswerView, show_answer
from pages.components.answer.trace import lines_of_request, show_trace
from pages.components.coach.service_view import show_advice, show_doubts
from pages.components.console import looks
from pages.components.console.announcements import announce_end, note_awaited
from pages.components.console.problems import show_problem
from pages.components.console.runtime import Runtime
from pages.components.run.keep_case import offer_case_of
from pages.components.run.run_view import STILL_ANSWERING, TICK, show_outcome, state_words, trace_of
from router.background.loop_thread import LiveRun, RunView
from router.services import Advice, Turn, advice_instead_of_model, conversation, review
from router.services.coach import CHAT, FEEDBACK, Day
from router.types import Purpose, Source

MOST = 200
"""Conversations that a server remembers; beyond them the oldest are forgotten."""

HANDED_QUESTION = "coach-handed-question"
"""Where a page leaves a question for the coach's field, which is no field yet while another page is shown."""

_NAME = "talk"


@dataclass
class Spoken:
    """One message of the conversation.

    Attributes:
        run: the request that answered, or answers.
        advice: what was said in a model's place.
    """

    role: str
    text: str = ""
    run: str | None = None
    advice: Advice | None = None
    done: bool = True


@st.cache_resource(show_spinner=False)
def _conversations() -> dict[str, list[Spoken]]:
    """Those of this server by the name in the address, so that a page that is loaded again has its own back."""
    return {}


def spoken_messages() -> list[Spoken]:
    """The conversation that the address names, or else the one that this session had last."""
    return _conversations().get(_conversation_name(), [])


def begin_anew() -> None:
    """Forget the conversation; the log of requests stays."""
    _conversations().pop(_conversation_name(), None)
    st.session_state.pop(_NAME, None)
    st.query_params.pop(_NAME, None)


def keep_in_address() -> None:
    """Name the conversation in the address, where there is one, and remember it while other pages are looked at."""
    if name := _conversation_name():
        st.session_state[_NAME] = name
        if st.query_params.get(_NAME) != name:
            st.query_params[_NAME] = name


def _conversation_name() -> str:
    names = (st.query_params.get(_NAME, ""), st.session_state.get(_NAME, ""))
    return next((name for name in names if name in _conversations()), "")


def _begun_conversation() -> list[Spoken]:
    """The conversation, begun where there is none."""
    conversations, name = _conversations(), _conversation_name() or str(ULID())
    st.session_state[_NAME] = name
    turns = conversations.setdefault(name, [])
    while len(conversations) > MOST:
        conversations.pop(next(iter(conversations)), None)
    return turns


def ask_coach(running: Runtime, day: Day, question: str, *, feedback: bool = False) -> None:
    """Add a question, and what answers it: advice at once where it is called for, else a stream.

    Raises:
        ValueError: an empty question, one that is too long, or one that comes while a reply is still on its way.
    """
    if is_answering():
        # The half of a reply would be sent on as a whole one, and its request would go on unseen.
        raise ValueError(STILL_ANSWERING)
    turns = [
        Turn(role="user" if message.role == "user" else "assistant", text=message.text) for message in spoken_messages()
    ]
    messages = conversation(day, turns, question)
    told = _begun_conversation()
    told.append(Spoken("user", question.strip()))
    if (advice := advice_instead_of_model(question, day)) is not None:
        told.append(Spoken("assistant", advice.text, advice=advice))
        return
    config = FEEDBACK if feedback else CHAT
    live = running.portal.start(config=config, messages=messages, source=Source.CONSOLE, purpose=Purpose.SERVICE)
    told.append(Spoken("assistant", run=live.id, done=False))


def is_answering() -> bool:
    """Whether a reply is under way."""
    return any(not message.done for message in spoken_messages())


def show_conversation(running: Runtime) -> None:
    """All turns, the last one while it streams."""
    for index, message in enumerate(spoken_messages()):
        with st.chat_message(
            message.role, avatar=":material/person:" if message.role == "user" else ":material/sports:"
        ):
            if message.role == "user":
                st.text(message.text)
            elif not show_advice(message.advice):
                with st.container(key=f"reply-{index}"):
                    _show_reply(running, message, st.container(key=f"answer-{index}"))


def _show_reply(running: Runtime, one: Spoken, place: DeltaGenerator) -> None:
    live = running.portal.find(one.run or "")
    if one.done or live is None:
        with place:
            show_answer(one.text)
        view = None if live is None else live.view()
    else:
        view = _follow_reply(live, place)
        one.text = view.text
    one.done = True
    show_doubts(review(one.text))
    if view is None:
        _show_stored_trace(running, one)
        return
    if view.error is not None:
        show_problem(view.error)
    show_outcome(view)
    announce_end(one.run or "", view.status)
    with st.expander("Routing trace", icon=":material/route:"):
        show_trace(trace_of(view), running.router.table)
        offer_case_of(running, one.run or "")


def _follow_reply(live: LiveRun, place: DeltaGenerator) -> RunView:
    """Draw the reply as it grows, until it has ended."""
    note_awaited(live.id)
    answer, state, stop = AnswerView(place), st.empty(), st.empty()
    stop.button("Stop", on_click=live.cancel, key=f"stop-{live.id}", icon=":material/stop:")
    message_text = ""
    while True:
        view = live.view()
        answer.follow(view)
        if view.status != "running":
            stop.empty()
            state.empty()
            return view
        if (words := "" if view.text else state_words(view)) != message_text:
            message_text = words
            (state.caption if message_text else state.write)(message_text.capitalize())
        live.done.wait(TICK)


def _show_stored_trace(running: Runtime, one: Spoken) -> None:
    stored = running.store.statistics.request(one.run) if one.run else None
    if stored is not None:
        if stored.row["error"]:
            st.error(looks.plain(stored.row["error"].partition("\n")[0]), icon=":material/error:")
        with st.expander("Routing trace", icon=":material/route:"):
            show_trace(lines_of_request(stored), running.router.table)
            offer_case_of(running, one.run or "")
