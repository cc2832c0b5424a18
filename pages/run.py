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


def write_prompt(table: RoutingTable, task: TaskType) -> Wanted:
    """The prompt with its settings."""
    example = table.tasks[task].example
    prompt = st.text_area("Prompt", key="prompt", height=130, placeholder=example)
    pictures = _pictures() if table.tasks[task].vision else ()
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    override = left.segmented_control("Override", list(OVERRIDES), default="None", key="override", required=True)
    as_json = middle.toggle("JSON", key="json", help="The answer is one JSON document, checked before it is shown.")
    right.button("Use the example", on_click=use_example, args=(example,), icon=":material/lightbulb:", key="example")
    return Wanted(task, prompt, override or "None", as_json, pictures)


def _pictures() -> tuple[bytes, ...]:
    files = st.file_uploader("Pictures", type=PICTURES, accept_multiple_files=True, key="pictures", max_upload_size=8)
    return tuple(file.getvalue() for file in files)


def send(running: Runtime, wanted: Wanted) -> None:
    """Start a run, and put its id into the address, where a reload finds it."""
    if not wanted.prompt.strip():
        st.session_state["problem"] = "Write a prompt first, or use the example."
        return
    if running.router.table.tasks[wanted.task].vision and not wanted.pictures:
        st.session_state["problem"] = "This task is about a picture: add one first."
        return
    try:
        live = running.portal.start(**wanted.request())
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    st.query_params["run"] = live.id


def stop(running: Runtime, run_id: str) -> None:
    """End a run upstream; what it has said stays."""
    live = running.portal.find(run_id)
    if live is not None:
        live.cancel()


def buttons(running: Runtime, wanted: Wanted) -> None:
    """Run and Stop."""
    go, halt, _ = st.columns([1, 1, 4])
    run_id = st.query_params.get("run", "")
    go.button(
        "Run", type="primary", on_click=send, args=(running, wanted), key="run", shortcut="Ctrl+Enter",
        icon=":material/play_arrow:", width="stretch",
    )  # fmt: skip
    halt.button("Stop", on_click=stop, args=(running, run_id), key="stop", icon=":material/stop:", width="stretch")


running = runtime_or_stop()
table = running.router.table
st.title("Run")
task = choose_task(table)
st.caption(f"{table.tasks[task].purpose}.")
wanted = write_prompt(table, task)
show_route(running, running.router.plan(config=wanted.config))
buttons(running, wanted)
if problem := st.session_state.pop("problem", None):
    st.warning(problem, icon=":material/edit_note:")
if run_id := st.query_params.get("run"):
    st.divider()
    show_run(running, run_id)
else:
    st.caption("The answer will stream here, with the routing trace beside it.")
