"""The editor of one task's route, in the row that it belongs to: order, limits, what would change, apply or discard."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.health.task_states import is_ready
from pages.components.routing.route_draft import Draft, choices, named_target
from router.table.edits import LIMITS, ORDER, difference, problems
from router.table.routes import Edits
from router.types import Target, TargetState, TaskConfig, TaskType

_DRAFTS = "drafts"
_TRIES = 3
_ADD_FAULT = "add-model-fault"


# --- drafts --------------------------------------------------------------------------------------------------------


def fresh_draft(running: Runtime, task: TaskType) -> Draft:
    """The task as it stands, with nothing changed."""
    return Draft.of(running.router.routes.table, task, running.router.plan(config=TaskConfig(task)))


def current_draft(running: Runtime, task: TaskType) -> Draft:
    """The draft of this task; one without changes is what the table has by now."""
    draft: Draft | None = st.session_state.setdefault(_DRAFTS, {}).get(task)
    if draft is not None and draft.is_changed:
        return draft
    fresh = fresh_draft(running, task)
    for name, value in fresh.limits.items():
        key = _limit_key(task, name)
        # A limit that has just been typed stays: it is what makes this draft a changed one.
        if draft is None or st.session_state.get(key) == draft.limits[name]:
            st.session_state[key] = value
    return fresh


def keep_draft(draft: Draft) -> None:
    """Keep a draft in this session, until it is applied or discarded."""
    st.session_state.setdefault(_DRAFTS, {})[draft.task] = draft


def drop_draft(task: TaskType) -> None:
    """Forget a task's draft."""
    st.session_state.get(_DRAFTS, {}).pop(task, None)


def drop_drafts() -> None:
    """Forget every task's draft."""
    st.session_state.pop(_DRAFTS, None)


def has_changes(task: TaskType) -> bool:
    """Whether a task's draft holds what was not applied."""
    draft: Draft | None = st.session_state.get(_DRAFTS, {}).get(task)
    return draft is not None and draft.is_changed


def _limit_key(task: TaskType, name: str) -> str:
    return f"limit-{task}-{name}"


# --- the editor ----------------------------------------------------------------------------------------------------


def show_editor(running: Runtime, task: TaskType) -> None:
    """Everything that can be changed of a task, and what would come of it."""
    draft = current_draft(running, task)
    left, right = st.columns([3, 2], gap="large")
    with right:
        draft = _edit_limits(running, draft)
    keep_draft(draft)
    with left:
        _show_chain(running, draft)
        _add_model(running, draft)
    _show_outcome(running, draft)


def _show_chain(running: Runtime, draft: Draft) -> None:
    """The targets in their order, each with its state now and what can be done with it."""
    table = running.router.table
    plan = running.router.plan(config=TaskConfig(draft.task))
    states = {line.target: line.state for line in plan}
    asked_first = next((line.target for line in plan if is_ready(line)), None)
    joined = {line.target for line in plan if line.joined}
    st.markdown("**Order**")
    with st.container(key="chain", gap=None):
        for position, target in enumerate(draft.chain):
            name, top, up, down, out = st.columns([7, 1, 1, 1, 1], vertical_alignment="center")
            state = _state_words(states.get(target), is_first=target == asked_first)
            state += _place_before(draft, position)
            state += " :blue-badge[added by its key]" if target in joined else ""
            label = looks.plain(target_label(running, target))
            provider, last = looks.provider_text(target.provider, table), len(draft.chain) - 1
            name.markdown(f"{position + 1}\\. {provider} {label} {state}")
            first, is_top = draft.first(position), position == 0
            _step_button(top, f"Move {label} to the head", "vertical_align_top", f"top-{position}", first, is_top)
            higher, lower = draft.moved(position, -1), draft.moved(position, 1)
            _step_button(up, f"Move {label} up", "arrow_upward", f"up-{position}", higher, is_top)
            _step_button(down, f"Move {label} down", "arrow_downward", f"down-{position}", lower, position == last)
            _step_button(out, f"Remove {label}", "close", f"out-{position}", draft.without(position), last == 0)


def _state_words(state: TargetState | None, *, is_first: bool) -> str:
    """A chip for what is not as usual, and for the model that is asked first now."""
    if state is None:
        return ":gray-badge[new]"
    if state is TargetState.SERVING:
        return ":green-badge[asked first now]" if is_first else ""
    return looks.state_chip(state)


def _place_before(draft: Draft, position: int) -> str:
    """Where a model stood before it was moved; after a move the row under the pointer is another one's."""
    target = draft.chain[position]
    before = draft.start.index(target) if target in draft.start else position
    return f" :small[:gray[was {before + 1}]]" if before != position else ""


def _step_button(place: DeltaGenerator, name: str, icon: str, key: str, draft: Draft, off: bool) -> None:
    """A small button with an icon alone; its name is for screen readers and on hover."""
    place.button(
        name, key=key, icon=f":material/{icon}:", help=name, on_click=keep_draft, args=(draft,), disabled=off,
        type="tertiary",
    )  # fmt: skip


def target_label(running: Runtime, target: Target) -> str:
    """A model's name: the table's, else the one that its provider lists it under."""
    table = running.router.table
    listing = running.router.listings().get(target.provider)
    listed = None if listing is None or str(target) in table.models else listing.models.get(target.model)
    return listed.name if listed is not None and listed.name else table.label(target)


def _add_model(running: Runtime, draft: Draft) -> None:
    """A model of the live catalogue, with what it can do."""
    options, table = choices(running.router.table, running.router.listings(), draft), running.router.table
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Add a model", list(options), index=None, key="add-model", placeholder="Choose or type …",
            accept_new_options=True,  # a model that no list has is answered with why, and not with "No results"
            format_func=lambda target: target if isinstance(target, str) else (
                f"{table.providers[target.provider].label} · {target.model} · {options[target]}"
            ),
        )  # fmt: skip
        st.button(
            "Add", key="add", icon=":material/add:", disabled=chosen is None, on_click=_append_model,
            args=(running, draft, chosen),
        )  # fmt: skip
    if fault := st.session_state.pop(_ADD_FAULT, None):
        st.error(f"Not added: {looks.plain(fault)}", icon=":material/search_off:")
    if not running.router.listings():
        st.caption("The providers' model lists were not read yet. Refresh them on Health.")


def _append_model(running: Runtime, draft: Draft, chosen: Target | str | None) -> None:
    """Put a model behind the others; one that cannot be asked is refused with why."""
    if chosen is None:
        return
    try:
        keep_draft(longer_draft(running, draft, chosen))
    except ValueError as error:
        st.session_state[_ADD_FAULT] = f"{str(error).rstrip('.')}."
        return
    st.session_state["add-model"] = None


def longer_draft(running: Runtime, draft: Draft, chosen: Target | str) -> Draft:
    """The draft with one more model, chosen from the lists or typed.

    Raises:
        ValueError: it is in the draft already, or cannot be asked; says why.
    """
    table = running.router.table
    options = choices(table, running.router.listings(), draft)
    target = named_target(chosen, table, options) if isinstance(chosen, str) else chosen
    if target in draft.chain:
        raise ValueError(f"{target} stands in the order already")
    longer = draft.with_target(target)
    if faults := [fault for fault in _faults_of(running, longer) if str(target) in fault]:
        raise ValueError(" ".join(faults))
    return longer


def _faults_of(running: Runtime, draft: Draft) -> list[str]:
    """Why a draft could not be applied."""
    routes, listings = running.router.routes, running.router.listings()
    try:
        return problems(routes.shipped, draft.edits(routes.shipped, routes.edits, listings), listings)
    except ValidationError as error:
        return limit_faults(error)


_MEANINGS = {
    "first_token": "An answer that has not begun by then is given up, and the next model is asked.",
    "idle": "An answer that says nothing for so long has broken off.",
    "attempt": "The longest that one model may take.",
    "deadline": "The longest that a request may take, with everything that is tried.",
    "output_tokens": "Of the longest answer that is asked for.",
}
"""What each limit is for."""


def _edit_limits(running: Runtime, draft: Draft) -> Draft:
    """The task's limits, each with what it means and what it is as shipped."""
    shipped = running.router.routes.shipped.tasks[draft.task]
    st.markdown("**Limits**")
    values: dict[str, float] = {}
    with st.grid(2, min_column_width=120, gap="small"):
        for name, words in LIMITS.items():
            whole, key = name == "output_tokens", _limit_key(draft.task, name)
            low, step = (1, 100) if whole else (0.1, 1.0)
            st.session_state.setdefault(key, draft.limits[name])
            values[name] = st.number_input(
                words.capitalize(), low, step=step, format="%g", key=key,
                help=f"{_MEANINGS[name]} As shipped: {getattr(shipped, name):g}.",
            )  # fmt: skip
    return replace(draft, limits=values)


# --- what would come of it -----------------------------------------------------------------------------------------


def limit_faults(error: ValidationError) -> list[str]:
    """What is wrong with limits that no routing table takes, by the names that they have here."""
    faults = [(str(fault["loc"][-1]), fault["msg"]) for fault in error.errors()]
    return [f"{LIMITS.get(name, name).capitalize()}: {words[:1].lower()}{words[1:]}." for name, words in faults]


def _show_outcome(running: Runtime, draft: Draft) -> None:
    """What would change, whether it may, and the buttons that apply or discard it."""
    routes = running.router.routes
    try:
        edits = draft.edits(routes.shipped, routes.edits, running.router.listings())
        faults = problems(routes.shipped, edits, running.router.listings())
    except ValidationError as error:
        edits, faults = routes.edits, limit_faults(error)
    for fault in faults:
        st.error(looks.plain(fault), icon=":material/error:")
    changes = [] if faults else _show_changes(running, draft, edits)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Apply changes", type="primary", key="keep", icon=":material/check:",
                  disabled=bool(faults) or not changes or not may_change(),
                  on_click=_apply_draft, args=(running, draft))  # fmt: skip
        st.button("Discard", key="drop", on_click=drop_draft, args=(draft.task,), disabled=not draft.is_changed)
        if changes:
            st.caption("Applies from the next request, in every process on this database. The file stays as it is.")


def _show_changes(running: Runtime, draft: Draft, edits: Edits) -> list[str]:
    """What would change, before and after; gives the names of it."""
    routes = running.router.routes
    changes = difference(routes.table, routes.with_edits(edits))
    for change in changes:
        is_order = change.what == ORDER
        before = _chain_names(running, draft.start) if is_order else change.before
        after = _chain_names(running, draft.chain) if is_order else change.after
        st.markdown(
            f"{change.what.capitalize()}: {looks.plain(before)}  \n"
            f":material/arrow_forward: **{looks.plain(after)}**"
        )  # fmt: skip
    return [change.what for change in changes]


def _chain_names(running: Runtime, chain: tuple[Target, ...]) -> str:
    return " → ".join(target_label(running, target) for target in chain)


def _apply_draft(running: Runtime, draft: Draft) -> None:
    """Lay the draft over what is in force by now; where somebody else has changed the same, say so and keep neither."""
    label = running.router.table.tasks[draft.task].label
    for _ in range(_TRIES):
        latest, routes = running.store.edits.latest(), running.router.routes
        fresh = fresh_draft(running, draft.task)
        if clashes := draft.clashes(fresh):
            _say_clash(running, draft, fresh, clashes)
            return
        edits = draft.rebased(fresh).edits(routes.shipped, routes.edits, running.router.listings())
        if routes.keep(edits, f"edit of {label}", over=latest.number if latest else 0):
            leave_note("Applied: the next request uses it.")
            drop_draft(draft.task)
            return
        if running.store.edits.latest() == latest:
            break  # nobody was quicker: it cannot be written
    leave_note("Not applied: the database cannot be written now. The draft is kept.")


def _say_clash(running: Runtime, draft: Draft, fresh: Draft, clashes: list[str]) -> None:
    """Refuse with the difference; the draft then stands upon the other's edit, so that applying it again is meant."""
    rebased = draft.rebased(fresh)
    keep_draft(rebased)
    for name, value in rebased.limits.items():
        st.session_state[_limit_key(draft.task, name)] = value
    changes = [
        _chain_names(running, fresh.chain) if name == ORDER else f"{LIMITS[name]} {fresh.limits[name]:g}"
        for name in clashes
    ]
    st.session_state["route-clash"] = (
        f"Not applied: somebody else changed the same meanwhile, to {looks.plain('; '.join(changes))}. "
        "Apply again to replace it, or discard yours."
    )


def show_clash() -> None:
    """What was refused at the last look, once."""
    if words := st.session_state.pop("route-clash", None):
        st.warning(words, icon=":material/merge:")
