"""Run: choose a task, write a prompt, watch the answer stream, and see how it was routed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.prompt import controls
from pages.components.prompt.conversation import history, messages_of, request_of, show_conversation
from pages.components.prompt.pictures import UPLOADS, offer_upload, read_pictures, show_tray, tray
from pages.components.prompt.requests import Wanted, wanted_from
from pages.components.prompt.run_details import offer_check, show_verdict, show_wire
from pages.components.prompt.run_view import (
    STILL_ANSWERING,
    UNKNOWN,
    RunPanel,
    follow,
    is_going,
    show_stored,
    side_by_side,
    stop_run,
    watching,
)
from router.types import TaskType

SINGLE, CONVERSATION = "Single prompt", "Conversation"


def take_over(running: Runtime) -> None:
    """Set the controls as the address asks: `?again=<id>` and `&on=<provider>`; find the session's last run again."""
    query = st.query_params
    if again := query.get("again"):
        request = request_of(running, again)
        target = query.get("on", "")
        known = target in running.router.table.providers
        query.clear()
        if request is None:
            st.session_state["problem"] = "That request's prompt is not in the log: it was deleted, or never kept."
            return
        controls.fill(request, target if known else "")
        st.session_state["mode"] = SINGLE
    elif "run" not in query and "last_run" in st.session_state:
        query["run"] = st.session_state["last_run"]
    if "mode" not in st.session_state:
        said = [message for message in messages_of(running, query.get("run")) if message["role"] == "assistant"]
        st.session_state["mode"] = CONVERSATION if said else SINGLE


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


def wanted(**more: Any) -> Wanted:
    """What the controls ask for."""
    return wanted_from(st.session_state, **more)


def show_plan(running: Runtime, asked: Wanted) -> None:
    """Whom this prompt would be sent to."""
    try:
        controls.show_route(running, asked.plan(running.router))
    except ValueError as error:
        st.warning(str(error), icon=":material/edit_note:")
    if said := controls.summary(asked):
        st.caption(f"With {said}.")


def send(running: Runtime) -> None:
    """Start the run that the controls ask for."""
    task = TaskType(st.session_state["task"])
    added = tray() if running.router.table.tasks[task].vision else []
    begin(running, pictures=tuple(one.picture for one in added))


def say(running: Runtime) -> None:
    """Start the next run of a conversation."""
    if is_going(running, st.query_params.get("run")):
        # Half an answer would be sent on as a whole one, and its request would go on unseen.
        st.session_state["problem"] = STILL_ANSWERING
        return
    given = st.session_state["say"]
    text, files = (given, ()) if isinstance(given, str) else (given.text, given.files)
    try:
        begin(running, after=st.query_params.get("run"), prompt=text, pictures=read_pictures(files))
    except ValueError as error:
        st.session_state["problem"] = str(error)


def begin(running: Runtime, after: str | None = None, **more: Any) -> None:
    """Start a run, and put its id into the address, where a reload finds it."""
    try:
        asked = wanted(history=history(running, after), **more)
        live = running.portal.start(after=after, **asked.request(running.router))
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    st.query_params.clear()
    st.query_params["run"] = st.session_state["last_run"] = live.id


def start_anew() -> None:
    """An empty page; the run before stays in the log."""
    st.query_params.clear()
    for name in ("last_run", "prompt", "tray"):
        st.session_state.pop(name, None)


def write_and_run(running: Runtime, task: TaskType) -> DeltaGenerator:
    """The prompt of a single run, what sends it, and the settings; gives the place of Stop."""
    entry = running.router.table.tasks[task]
    controls.write_prompt(running.router.table, task)
    if entry.vision:
        offer_upload()
        show_tray()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run", type="primary", on_click=send, args=(running,), key="run", icon=":material/play_arrow:",
            shortcut="Ctrl+Enter",
        )  # fmt: skip
        place = st.empty()
        controls.offer_example(running.router.table, task)
        offer_new()
    controls.settings(running)
    return place


def write_message(running: Runtime, task: TaskType) -> None:
    """The next message of a conversation, at the foot of the page."""
    going = is_going(running, st.query_params.get("run"))
    st.chat_input(
        "The answer is on its way" if going else "Write a message",
        disabled=going,
        key="say",
        on_submit=say,
        args=(running,),
        accept_file="multiple" if running.router.table.tasks[task].vision else False,
        file_type=UPLOADS,
    )


@contextmanager
def stoppable(running: Runtime, place: DeltaGenerator) -> Iterator[None]:
    """Stop, in its place while the run is under way."""
    run_id = st.query_params.get("run")
    live = running.portal.find(run_id) if run_id else None
    if run_id and live is not None and not live.done.is_set():
        place.button("Stop", on_click=stop_run, args=(running, run_id), key="stop", icon=":material/stop:")
    yield
    place.empty()


def offer_new() -> None:
    """A way back to an empty page, where there is something to leave."""
    if st.query_params.get("run"):
        st.button("New", on_click=start_anew, key="new", icon=":material/add:", type="tertiary")


def show_current_run(running: Runtime) -> None:
    """The run that the address names, and what can be looked at once it is over."""
    run_id = st.query_params.get("run")
    if not run_id:
        st.caption("The answer will stream here, with the routing trace beside it.")
        return
    live = running.portal.find(run_id)
    if live is None:
        show_earlier(running, run_id)
        return
    follow([RunPanel(running, live, side_by_side())])
    completion = live.view().completion
    if completion is not None:
        show_verdict(completion.text, st.session_state.get("schema") or "")
        offer_check(running, completion)
    show_wire(running, live)


def show_earlier(running: Runtime, run_id: str) -> None:
    """A run from the log."""
    stored = running.store.statistics.request(run_id)
    if stored is None:
        st.info(UNKNOWN)
        return
    show_stored(running, stored, side_by_side())
    show_verdict(stored.answer or "", st.session_state.get("schema") or "")


def show_problem_of_asking() -> None:
    """What kept a prompt from being sent."""
    if problem := st.session_state.pop("problem", None):
        st.warning(problem, icon=":material/edit_note:")


running = runtime_or_stop()
table = running.router.table
take_over(running)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Run", anchor=False)
    mode = choose_mode()
task = controls.choose_task(table)
st.caption(f"{table.tasks[task].purpose}.")
if mode == SINGLE:
    place = write_and_run(running, task)
    show_plan(running, wanted())
    show_problem_of_asking()
    st.divider()
    with watching(going=is_going(running, st.query_params.get("run"))), stoppable(running, place):
        show_current_run(running)
else:
    controls.settings(running)
    show_plan(running, wanted(prompt=""))
    show_problem_of_asking()
    write_message(running, task)
    if st.query_params.get("run"):
        going = is_going(running, st.query_params["run"])
        with watching(going=going):
            show_conversation(running, st.query_params["run"], stoppable)
        if going:
            st.rerun()  # the field for the next message was drawn while this answer was still to come
        offer_new()
