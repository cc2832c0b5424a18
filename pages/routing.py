"""Routing: the table as it was asked for, as it is now, and edits of it by hand that hold at once and can be undone."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.operate.route_draft import Draft, choices
from pages.components.operate.route_table import show_routes
from router.table.edits import LIMITS, ORDER, apply_edits, as_toml, difference, problems
from router.table.routes import Edits
from router.types import Target, TaskConfig, TaskType

# --- the table as a whole --------------------------------------------------------------------------------------------


def show_tools(running: Runtime) -> None:
    """Undo, back to the file, export."""
    routes, latest = running.router.routes, running.store.edits.latest()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if latest is not None:
            st.button(f"Undo: {latest.note}", key="undo", icon=":material/undo:", on_click=_undo_edit, args=(running,))
        if routes.edits and st.button("Back to the file's table", key="back", icon=":material/restart_alt:"):
            confirm_back(running)
        st.download_button(
            "Export for ROUTER_ROUTES", as_toml(routes.table), "routes.toml", "application/toml", key="export",
            icon=":material/download:", on_click="ignore", help="A complete file: name it in ROUTER_ROUTES.",
        )  # fmt: skip
    if routes.problem:
        st.error(
            f"Not all that is there is used. Undo the edits, or mend the file that ROUTER_ROUTES names. "
            f"{looks.plain(routes.problem)}",
            icon=":material/error:",
        )


def _undo_edit(running: Runtime) -> None:
    done = running.router.routes.undo()
    st.session_state.pop("draft", None)
    leave_note("The latest edit is undone; the next request routes without it." if done else "Nothing was undone.")


@st.dialog("Back to the file's table")
def confirm_back(running: Runtime) -> None:
    """Ask once, and name what will happen."""
    count = len(running.router.routes.edits.tasks)
    tasks = "1 task" if count == 1 else f"{count} tasks"
    st.write(f"The edits of {tasks} are taken off, for every process on this database. One undo brings them back.")
    if st.button("Take them off", type="primary", key="confirm-back", on_click=_confirm_back, args=(running,)):
        st.rerun()


def _confirm_back(running: Runtime) -> None:
    running.router.routes.keep(Edits(), "back to the file's table")
    st.session_state.pop("draft", None)


# --- editing one task ------------------------------------------------------------------------------------------------


def choose_task(running: Runtime) -> TaskType:
    """The task to edit; it stands in the address."""
    table = running.router.table
    chosen = st.pills(
        "Task to edit", list(TaskType), key="task", default=TaskType.REAL_TIME_CHAT, bind="query-params",
        format_func=lambda task: f"{looks.TASK_ICONS[task]} {table.tasks[task].label}", required=True,
    )  # fmt: skip
    return TaskType(chosen or TaskType.REAL_TIME_CHAT)


def current_draft(running: Runtime, task: TaskType) -> Draft:
    """The draft of this task; a new one is what the table has."""
    draft: Draft | None = st.session_state.get("draft")
    if draft is None or draft.task != task:
        draft = st.session_state["draft"] = Draft.of(
            running.router.table, task, running.router.plan(config=TaskConfig(task))
        )
        for name, value in draft.limits.items():
            st.session_state[f"limit-{name}"] = value
    return draft


def _change_draft(draft: Draft) -> None:
    st.session_state["draft"] = draft


def show_chain(running: Runtime, draft: Draft) -> None:
    """The targets in their order, each with its state now and what can be done with it."""
    table, states = running.router.table, _target_states(running, draft.task)
    st.markdown("**Order**")
    with st.container(key="chain", gap=None):
        for position, target in enumerate(draft.chain):
            name, up, down, out = st.columns([7, 1, 1, 1], vertical_alignment="center")
            state = f" :small[{states[target]}]" if target in states else " :small[new]"
            label = looks.plain(_target_label(running, target))
            provider, last = looks.provider_text(target.provider, table), len(draft.chain) - 1
            name.markdown(f"{position + 1}\\. {provider} {label}{state}", help=str(target))
            higher, lower = draft.moved(position, -1), draft.moved(position, 1)
            _step_button(up, f"Move {label} up", "arrow_upward", f"up-{position}", higher, position == 0)
            _step_button(down, f"Move {label} down", "arrow_downward", f"down-{position}", lower, position == last)
            _step_button(out, f"Remove {label}", "close", f"out-{position}", draft.without(position), last == 0)


def _step_button(place: DeltaGenerator, name: str, icon: str, key: str, draft: Draft, off: bool) -> None:
    """A small button with an icon alone; its name is for screen readers and on hover."""
    place.button(
        name, key=key, icon=f":material/{icon}:", help=name, on_click=_change_draft, args=(draft,), disabled=off,
        type="tertiary",
    )  # fmt: skip


def _target_label(running: Runtime, target: Target) -> str:
    table = running.router.table
    listing = running.router.listings().get(target.provider)
    listed = None if listing is None or str(target) in table.models else listing.models.get(target.model)
    return listed.name if listed is not None and listed.name else table.label(target)


def _target_states(running: Runtime, task: TaskType) -> dict[Target, str]:
    return {line.target: looks.state_text(line.state) for line in running.router.plan(config=TaskConfig(task))}


def add_model(running: Runtime, draft: Draft) -> None:
    """A model of the live catalogue, with what it can do."""
    found = choices(running.router.table, running.router.listings(), draft)
    table = running.router.table
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Add a model", list(found), index=None, key="add-model", placeholder="Choose or type …",
            format_func=lambda target: f"{table.providers[target.provider].label} · {target.model} · {found[target]}",
        )  # fmt: skip
        st.button(
            "Add", key="add", icon=":material/add:", disabled=chosen is None, on_click=_add_model, args=(draft, chosen)
        )
    if not running.router.listings():
        st.caption("The providers' lists were not read yet; Health reads them.")


def _add_model(draft: Draft, target: Target | None) -> None:
    if target is not None:
        _change_draft(draft.with_target(target))
        st.session_state["add-model"] = None


def edit_limits(draft: Draft) -> Draft:
    """The task's limits."""
    st.markdown("**Limits**")
    values: dict[str, float] = {}
    for name, words in LIMITS.items():
        whole = name == "output_tokens"
        low, step = (1, 100) if whole else (0.1, 1.0)
        values[name] = st.number_input(words.capitalize(), low, step=step, format="%g", key=f"limit-{name}")
    return replace(draft, limits=values)


def limit_faults(error: ValidationError) -> list[str]:
    """What is wrong with limits that no routing table takes, by the names that they have here."""
    faults = [(str(fault["loc"][-1]), fault["msg"]) for fault in error.errors()]
    return [f"{LIMITS.get(name, name).capitalize()}: {words[:1].lower()}{words[1:]}." for name, words in faults]


def show_verdict(running: Runtime, draft: Draft) -> None:
    """What would change, whether it may, and the buttons that keep or drop it."""
    routes = running.router.routes
    try:
        edits = draft.edits(routes.shipped, routes.edits, running.router.listings())
        faults = problems(routes.shipped, edits, running.router.listings())
    except ValidationError as error:
        edits, faults = routes.edits, limit_faults(error)
    changes = [] if faults else difference(routes.table, apply_edits(routes.shipped, edits))
    st.markdown("**What would change**")
    for fault in faults:
        st.error(looks.plain(fault), icon=":material/error:")
    for change in changes:
        chain = change.what == ORDER
        before = _chain_names(running, draft.start) if chain else change.before
        after = _chain_names(running, draft.chain) if chain else change.after
        words = f"{change.what.capitalize()}: {looks.plain(before)}"
        st.markdown(f"{words}  \n:material/arrow_forward: **{looks.plain(after)}**")
    if not changes and not faults:
        st.caption("Nothing yet. Move, remove or add a model, or change a limit.")
    with st.container(horizontal=True, gap="small"):
        st.button("Keep", type="primary", key="keep", icon=":material/check:", disabled=bool(faults) or not changes,
                  on_click=_keep_edits, args=(running, draft, edits))  # fmt: skip
        st.button("Drop the draft", key="drop", on_click=_drop_draft, disabled=not changes and not faults)
    if changes:
        st.caption("It holds from the next request on, in every process on this database. The file stays as it is.")


def _chain_names(running: Runtime, chain: tuple[Target, ...]) -> str:
    return " → ".join(_target_label(running, target) for target in chain)


def _keep_edits(running: Runtime, draft: Draft, edits: Edits) -> None:
    label = running.router.table.tasks[draft.task].label
    kept = running.router.routes.keep(edits, f"edit of {label}")
    leave_note("Kept: the next request routes by it." if kept else "The database cannot be written; nothing was kept.")
    _drop_draft()


def _drop_draft() -> None:
    st.session_state.pop("draft", None)


def show_history(running: Runtime) -> None:
    """Every edit that was kept, undone ones among them."""
    found = running.store.edits.history()
    with st.expander(f"Edits ({len(found)} latest)" if found else "Edits: none yet", icon=":material/history:"):
        for edit in found:
            undone = "" if edit.undone_at is None else f", undone {looks.clock_time(edit.undone_at)}"
            st.markdown(f":small[{looks.clock_time(edit.at)}] {looks.plain(edit.note)}{undone}")


running = runtime_or_stop()
st.title("Routing")
show_tools(running)
show_routes(running)
st.subheader("Edit a task")
task = choose_task(running)
draft = current_draft(running, task)
left, right = st.columns([3, 2], gap="large")
with right:
    draft = edit_limits(draft)
with left:
    show_chain(running, draft)
    add_model(running, draft)
    show_verdict(running, draft)
show_history(running)
