"""Run: choose a task, write a prompt, watch the answer stream, and see how it was routed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import keep_fresh_example
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.prompt import controls
from pages.components.prompt.pictures import UPLOADS, offer_upload, pictures_to_send, read_pictures, show_tray
from pages.components.prompt.requests import Wanted, wanted_from
from pages.components.prompt.starts import show_conversation_starts, show_starts
from pages.components.run.answer_actions import show_actions
from pages.components.run.conversation import messages_so_far, show_conversation
from pages.components.run.questions import (
    NOT_KEPT,
    bring_back,
    bring_history,
    history_to_send,
    is_in_controls,
    note_sent,
    offer_history,
    show_question,
)
from pages.components.run.run_details import show_check, show_verdict, show_wire
from pages.components.run.run_records import find_run, is_going
from pages.components.run.run_view import (
    STILL_ANSWERING,
    UNKNOWN,
    make_places,
    stop_run,
    watch_place,
    watch_run,
)
from pages.components.run.saved_prompts import offer_saved_prompts, take_saved
from pages.components.run.tool_results import show_tool_calls
from router.types import TaskType

SINGLE, CONVERSATION = "Single prompt", "Conversation"


def take_over(running: Runtime) -> None:
    """Set the controls as the address asks (`?again=`, `&on=`, `?run=`), or to the session's last run."""
    query = st.query_params
    if "again" in query:
        take_again(running)
    elif "saved" in query:
        take_saved(running)
    elif "run" not in query and "last_run" in st.session_state:
        query["run"] = st.session_state["last_run"]
    record = find_run(running, query.get("run"))
    if record is not None and bring_back(record, record.id):
        st.session_state.pop("history", None)
    if "mode" not in st.session_state:
        answers = [message for message in record.messages if message["role"] == "assistant"] if record else []
        st.session_state["mode"] = CONVERSATION if answers else SINGLE


def take_again(running: Runtime) -> None:
    """Fill the controls with an earlier request, for another provider where the address names one."""
    record, provider = find_run(running, st.query_params["again"]), st.query_params.get("on", "")
    st.query_params.clear()
    if record is None or record.request is None:
        st.session_state["problem"] = NOT_KEPT
        return
    controls.fill_controls(record.request, provider if provider in running.router.table.providers else "")
    bring_history(record.request)
    st.session_state["mode"] = SINGLE


def choose_mode() -> str:
    """One prompt and its answer, or a conversation."""
    chosen = st.segmented_control(
        "Mode",
        [SINGLE, CONVERSATION],
        key="mode",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or SINGLE


def wanted_prompt(**more: Any) -> Wanted:
    """What the controls ask for."""
    return wanted_from(st.session_state, **{"history": history_to_send(), **more})


def show_plan(running: Runtime, asked: Wanted) -> None:
    """Whom this prompt would be sent to, what the task is for, and which settings go along."""
    purpose = f"{running.router.table.tasks[asked.task].purpose}."
    settings = controls.settings_summary(running, asked)
    try:
        plan = asked.plan(running.router)
        controls.show_route(running, plan, before=purpose, after=f"Settings: {settings}." if settings else "")
    except ValueError as error:
        st.warning(looks.plain(str(error)), icon=":material/edit_note:")


def send_prompt(running: Runtime) -> None:
    """Start the run that the controls ask for; a second click on the same prompt starts none."""
    keep_fresh_example()
    if is_double_click("run", wanted_prompt()):
        return
    task = TaskType(st.session_state["task"])
    added = pictures_to_send() if running.router.table.tasks[task].vision else []
    start_run(running, pictures=tuple(added_picture.picture for added_picture in added))


def send_message(running: Runtime) -> None:
    """Start the next run of a conversation; the words of one that is not sent go back into the field."""
    prompt = st.session_state["say"]
    text, files = (prompt, ()) if isinstance(prompt, str) else (prompt.text, prompt.files)
    if is_going(running, st.query_params.get("run")):
        # Half an answer would be sent on as a whole one, and its request would go on unseen.
        st.session_state["problem"] = STILL_ANSWERING
        st.session_state["say"] = text
        return
    try:
        after = st.query_params.get("run")
        start_run(running, after, history=messages_so_far(running, after), prompt=text, pictures=read_pictures(files))
    except ValueError as error:
        st.session_state["problem"] = str(error)
    if "problem" in st.session_state:
        st.session_state["say"] = text


def start_run(running: Runtime, after: str | None = None, **more: Any) -> None:
    """Start a run, and put its id into the address, where a reload finds it."""
    try:
        question = wanted_prompt(**more)
        live = running.portal.start(after=after, **question.request(running.router))
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    # At once: an address that is emptied first is a step of its own in the browser's history.
    st.query_params.from_dict({"run": live.id})
    st.session_state["last_run"] = live.id
    note_sent(live.id)


def start_anew() -> None:
    """An empty page; the run before stays in the log."""
    st.query_params.clear()
    for name in ("last_run", "tray", "history"):
        st.session_state.pop(name, None)
    # Set and not taken out: what a control remembers comes back where its value is only missing.
    st.session_state["prompt"] = ""
    note_sent()


def show_problem_of_asking() -> None:
    """What kept a prompt from being sent."""
    if problem := st.session_state.pop("problem", None):
        st.warning(looks.plain(problem), icon=":material/edit_note:")


def write_and_run(running: Runtime, task: TaskType) -> DeltaGenerator:
    """The prompt of a single run, what sends it, and the settings; gives the place of Stop."""
    entry = running.router.table.tasks[task]
    controls.write_prompt(running.router.table, task)
    show_problem_of_asking()
    offer_history()
    if entry.vision:
        offer_upload()
        show_tray()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="ask"):
        with st.container(key="run-or-stop", width="content", gap=None):
            st.button(
                "Run", type="primary", on_click=send_prompt, args=(running,), key="run", icon=":material/play_arrow:",
                shortcut="Ctrl+Enter",
            )  # fmt: skip
            place = st.empty()
        controls.choose_settings(running)
        offer_saved_prompts(running)
        controls.offer_example(running.router.table, task)
        offer_new()
    return place


def ask_example(running: Runtime) -> None:
    """Send the task's example at once."""
    task = TaskType(st.session_state["task"])
    controls.use_example(running.router.table, task)
    send_prompt(running)


def write_message(running: Runtime, task: TaskType) -> None:
    """The next message of a conversation, at the foot of the page."""
    going = is_going(running, st.query_params.get("run"))
    st.chat_input(
        "The answer is on its way" if going else "Write a message",
        disabled=going,
        key="say",
        on_submit=send_message,
        args=(running,),
        accept_file="multiple" if running.router.table.tasks[task].vision else False,
        file_type=UPLOADS,
    )


@contextmanager
def stoppable(running: Runtime, place: DeltaGenerator) -> Iterator[None]:
    """Stop, in its place while the run is under way."""
    run_id = st.query_params.get("run")
    if run_id and is_going(running, run_id):
        place.button(
            "Stop", on_click=stop_run, args=(running, run_id), key="stop", icon=":material/stop:", shortcut="Escape"
        )
    yield
    place.empty()


def offer_new() -> None:
    """A way back to an empty page, where there is something to leave."""
    if st.query_params.get("run"):
        st.button("New", on_click=start_anew, key="new", icon=":material/add:", type="tertiary")


def show_current_run(running: Runtime) -> None:
    """The run that the address names, and what can be looked at once it is over."""
    run_id, beginning = st.query_params.get("run"), st.empty()
    if not run_id:
        # In a place of their own: a run that begins empties it, else the cards' frames stood there until its end.
        with beginning.container():
            show_starts(running, lambda: ask_example(running))
        return
    record = find_run(running, run_id)
    if record is None:
        st.info(UNKNOWN)
        return
    place = st.empty()  # with a question or without one: what follows keeps its place
    if not is_in_controls(running, record, wanted_prompt()):
        with place.container():
            show_question(running, record)
    watch_run(running, record, make_places())
    show_verdict(record.text, record.schema)
    show_tool_calls(running, record)
    show_actions(running, record)
    if record.live is not None:
        show_wire(running, record.live)
    show_check(running)  # below what the answer itself went over the wire as


def show_calls_of(running: Runtime, run_id: str) -> None:
    """What the last answer of a conversation calls, with the fields for the results."""
    record = find_run(running, run_id)
    if record is not None:
        show_tool_calls(running, record)


running = runtime_or_stop()
table = running.router.table
take_over(running)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Run", anchor=False)
    mode = choose_mode()
task = controls.choose_task(table)
if mode == SINGLE:
    place = write_and_run(running, task)
    going, plan = is_going(running, st.query_params.get("run")), st.empty()
    with plan:
        show_plan(running, wanted_prompt())
    with watch_place(going=going), stoppable(running, place):
        show_current_run(running)
    if going:  # what the answer met may have changed who is next
        with plan:
            show_plan(running, wanted_prompt())
else:
    with st.container(horizontal=True):
        controls.choose_settings(running)
        offer_new()
    show_plan(running, wanted_prompt(prompt="", history=()))
    show_problem_of_asking()
    write_message(running, task)
    if st.query_params.get("run"):
        going = is_going(running, st.query_params["run"])
        with watch_place(going=going):
            show_conversation(
                running, st.query_params["run"], stoppable, partial(show_actions, running, editable=False)
            )
        if going:
            st.rerun()  # the field for the next message was drawn while this answer was still to come
        show_calls_of(running, st.query_params["run"])
        show_check(running)
    else:
        entry = table.tasks[task]
        show_conversation_starts(
            "" if entry.vision else entry.example, lambda text: start_run(running, history=(), prompt=text)
        )
