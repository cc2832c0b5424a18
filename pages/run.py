"""Run: choose a task, write a prompt, watch the answer stream, and see how it was routed."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components import looks
from pages.components.requests import OVERRIDES, Wanted
from pages.components.run_view import show_run
from pages.components.runtime import Runtime, runtime_or_stop
from router.routes import RoutingTable
from router.types import PlannedTarget, TaskType

PICTURES = ["jpg", "jpeg", "png", "webp", "gif"]


def choose_task(table: RoutingTable) -> TaskType:
    """The eight tasks; the first where none is chosen."""
    chosen = st.pills(
        "Task",
        list(TaskType),
        key="task",
        default=TaskType.REAL_TIME_CHAT,
        format_func=lambda task: f"{looks.TASK_ICONS[task]} {table.tasks[task].label}",
        required=True,
    )
    return chosen or TaskType.REAL_TIME_CHAT


def show_route(running: Runtime, plan: list[PlannedTarget]) -> None:
    """The models in the order in which they would be tried; those that are gone struck out before their successors."""
    st.html(f'<div class="route">Would try: {" → ".join(_step(running, line) for line in _telling(plan))}</div>')


def _telling(plan: list[PlannedTarget]) -> list[PlannedTarget]:
    """Up to the third target that would be tried."""
    position = [index for index, line in enumerate(plan) if line.kept][:3]
    return plan[: position[-1] + 1] if position else plan


def _step(running: Runtime, line: PlannedTarget) -> str:
    table = running.router.table
    colour = looks.provider_colour(line.provider, list(table.providers))
    name = f'{escape(table.providers[line.provider].label)} <span title="{escape(str(line.target))}">'
    gone = "" if line.kept else ' class="gone"'
    why = f" <small>({escape(line.state)})</small>" if not line.kept else ""
    label = escape(table.label(line.target))
    return f'<span style="color:{colour}"><span{gone}>{name}{label}</span></span></span>{why}'


def use_example(text: str) -> None:
    """Put the task's example into the prompt."""
    st.session_state["prompt"] = text


def settings(table: RoutingTable, task: TaskType) -> None:
    """What goes with the prompt; it lies outside the form, so that the route below follows at once."""
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    left.segmented_control("Override", list(OVERRIDES), default="None", key="override", required=True)
    middle.toggle("JSON", key="json", help="The answer is one JSON document, checked before it is shown.")
    example = table.tasks[task].example
    right.button("Use the example", on_click=use_example, args=(example,), icon=":material/lightbulb:", key="example")


def write_prompt(running: Runtime, task: TaskType) -> None:
    """The prompt, and what sends it: in a form, since only there Ctrl+Enter sends what has just been typed."""
    entry = running.router.table.tasks[task]
    with st.form("ask", border=False):
        st.text_area("Prompt", key="prompt", height=120, placeholder=entry.example)
        if entry.vision:
            st.file_uploader("Pictures", type=PICTURES, accept_multiple_files=True, key="pictures", max_upload_size=8)
        st.form_submit_button(
            "Run", type="primary", on_click=send, args=(running,), key="run", icon=":material/play_arrow:"
        )


def wanted() -> Wanted:
    """The controls as they stand; in a callback these are newer than what the script last saw."""
    state = st.session_state
    files = state.get("pictures") or []
    return Wanted(
        task=TaskType(state.get("task") or TaskType.REAL_TIME_CHAT),
        prompt=state.get("prompt") or "",
        override=state.get("override") or "None",
        as_json=bool(state.get("json")),
        pictures=tuple(file.getvalue() for file in files),
    )


def send(running: Runtime) -> None:
    """Start a run, and put its id into the address, where a reload finds it."""
    asked = wanted()
    if not asked.prompt.strip():
        st.session_state["problem"] = "Write a prompt first, or use the example."
        return
    if running.router.table.tasks[asked.task].vision and not asked.pictures:
        st.session_state["problem"] = "This task is about a picture: add one first."
        return
    try:
        live = running.portal.start(**asked.request())
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    st.query_params["run"] = live.id


def stop(running: Runtime, run_id: str) -> None:
    """End a run upstream; what it has said stays."""
    live = running.portal.find(run_id)
    if live is not None:
        live.cancel()


def show_current_run(running: Runtime) -> None:
    """The run that the address names, with its Stop."""
    run_id = st.query_params.get("run")
    if not run_id:
        st.caption("The answer will stream here, with the routing trace beside it.")
        return
    live = running.portal.find(run_id)
    place = st.empty()
    if live is not None and not live.done.is_set():
        place.button("Stop", on_click=stop, args=(running, run_id), key="stop", icon=":material/stop:")
    show_run(running, run_id)
    place.empty()


running = runtime_or_stop()
table = running.router.table
st.title("Run")
task = choose_task(table)
st.caption(f"{table.tasks[task].purpose}.")
settings(table, task)
show_route(running, running.router.plan(config=wanted().config))
write_prompt(running, task)
if problem := st.session_state.pop("problem", None):
    st.warning(problem, icon=":material/edit_note:")
st.divider()
show_current_run(running)
