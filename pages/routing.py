"""Routing: each task's route in a row, and its editor in that row; edits hold at once and can be undone."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.routing.route_editor import drop_drafts, has_changes, show_clash, show_editor
from pages.components.routing.route_table import route_html, show_origin
from pages.components.routing.speech_route import show_speech_route
from router.store.state.edits import KeptEdit
from router.table.edits import as_toml
from router.table.routes import Edits
from router.types import TaskConfig, TaskType

# --- the table as a whole --------------------------------------------------------------------------------------------


def show_head(running: Runtime) -> None:
    """The title, and beside it undo, back to the file, and export."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Routing", anchor=False, width="content")
        with st.container(horizontal=True, gap="small", vertical_alignment="center", width="content"):
            _show_tools(running)


def _show_tools(running: Runtime) -> None:
    routes, latest = running.router.routes, running.store.edits.latest()
    if latest is not None:
        st.button(
            f"Undo: {latest.note}", key="undo", icon=":material/undo:", on_click=_undo_edit, args=(running, latest),
            disabled=not may_change(),
        )  # fmt: skip
    if routes.edits and st.button("Reset all tasks", key="back", icon=":material/restart_alt:"):
        confirm_back(running, latest)
    st.download_button(
        "Export routing file", as_toml(routes.document), "routes.toml", "application/toml", key="export",
        icon=":material/download:", on_click="ignore",
        help="The whole table as a file; a router with ROUTER_ROUTES set to its path uses it.",
    )  # fmt: skip


def show_summary(running: Runtime) -> None:
    """What the rows say, in a sentence; and what of the routing cannot be used."""
    edited = len(running.router.routes.edits.tasks)
    words = {0: "", 1: " 1 task is edited."}.get(edited, f" {edited} tasks are edited.")
    st.markdown(
        f"For each task the models are asked from left to right until one answers. **Bold** is asked first now.{words}"
    )
    if problem := running.router.routes.problem:
        st.error(
            f"Some of the routing cannot be used. Undo the edits, or correct the file that ROUTER_ROUTES names. "
            f"{looks.plain(problem)}",
            icon=":material/error:",
        )


def _undo_edit(running: Runtime, latest: KeptEdit) -> None:
    if running.router.routes.undo(over=latest.number):
        drop_drafts()
        leave_note("The latest edit is undone; the next request routes without it.")
    else:
        leave_note("Nothing was undone: somebody else has changed the routing meanwhile. Look again.")


@st.dialog("Reset all tasks")
def confirm_back(running: Runtime, latest: KeptEdit | None) -> None:
    """Ask once, and name what will happen."""
    count = len(running.router.routes.edits.tasks)
    tasks = "1 task" if count == 1 else f"{count} tasks"
    st.write(f"The edits of {tasks} are removed, for every process on this database. One undo brings them back.")
    offer_answers("Remove edits", "confirm-back", _remove_edits, (running, latest), disabled=not may_change())


def _remove_edits(running: Runtime, latest: KeptEdit | None) -> None:
    if running.router.routes.keep(Edits(), "back to the original", over=latest.number if latest else 0):
        drop_drafts()
    else:
        leave_note("Nothing was removed: somebody else has changed the routing meanwhile. Look again.")


# --- the rows --------------------------------------------------------------------------------------------------------


def show_rows(running: Runtime, opened: TaskType | None) -> None:
    """A row for each task; the one that is open has its editor in it."""
    with st.container(key="routes", gap=None):
        for task in TaskType:
            with st.container(key=f"route-{task}", border=False):
                _show_row(running, task, task == opened)


def _show_row(running: Runtime, task: TaskType, is_open: bool) -> None:
    table = running.router.table
    with st.container(key=f"line-{task}"):  # on a narrow screen the button stands beside the name
        name, route, button = st.columns([2.5, 10.3, 1.2], vertical_alignment="center")
    marks = " :blue-badge[edited]" if task in running.router.routes.edits.tasks else ""
    marks += " :violet-badge[not applied]" if has_changes(task) else ""
    name.markdown(f"{looks.TASK_ICONS[task]} **{looks.plain(table.tasks[task].label)}**{marks}")
    route.html(route_html(running.router.plan(config=TaskConfig(task)), table))
    label = table.tasks[task].label
    button.container(horizontal=True, horizontal_alignment="right").button(
        "Close" if is_open else "Edit", key=f"edit-{task}", type="tertiary", on_click=_open_row,
        icon=":material/close:" if is_open else ":material/edit:",
        args=(None if is_open else task,), help=f"{'Close' if is_open else 'Change'} the route of {label}",
    )  # fmt: skip
    if is_open:
        with st.container(border=True, key="route-editor"):
            show_clash()
            show_editor(running, task)
            show_origin(running, task)


def _open_row(task: TaskType | None) -> None:
    if task is None:
        st.query_params.pop("task", None)
    else:
        st.query_params["task"] = task.value


def opened_row() -> TaskType | None:
    """The task whose row is open, as the address says."""
    named = st.query_params.get("task")
    return TaskType(named) if named in list(TaskType) else None


def show_history(running: Runtime) -> None:
    """Every edit that was applied, undone ones among them; nothing before the first."""
    edits = running.store.edits.history()
    if not edits:
        return
    with st.expander(f"Edits (latest {len(edits)})", icon=":material/history:"):
        for edit in edits:
            undone = "" if edit.undone_at is None else f", undone {looks.clock_time(edit.undone_at)}"
            st.markdown(f":small[{looks.clock_time(edit.at)}] {looks.plain(edit.note)}{undone}")


running = runtime_or_stop()
show_head(running)
show_summary(running)
show_rows(running, opened_row())
show_speech_route(running)
show_history(running)
