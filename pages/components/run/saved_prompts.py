"""Prompts kept under a name: saved with task and settings, opened from Run, shared by their address (`?saved=`)."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.examples import hint_of
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.prompt.requests import CONTROLS
from pages.components.run.questions import is_new, note_sent
from router.store import SavedPrompt
from router.types import TaskType

NO_SUCH_PROMPT = "There is no saved prompt with this address here. It may have been deleted, or be on another machine."
_NAME = "saved-name"
_UNWRITTEN = "The database cannot be written now; nothing was changed."


def offer_saved_prompts(running: Runtime) -> None:
    """The prompts that are kept, and a name for the one that stands in the field."""
    with (
        st.popover("Saved", icon=":material/bookmark:", key="saved-button", type="tertiary"),
        st.container(key="saved", gap="small"),
    ):
        with st.form("save-prompt", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name of this prompt", key=_NAME, placeholder=hint_of("Weekly plan"), max_chars=80)
            st.form_submit_button("Save", on_click=save_prompt, args=(running,), key="save", disabled=not may_change())
        kept = running.store.saved_prompts.by_name()
        for saved in kept:
            _show_saved(running, saved)
        if not kept:
            st.caption("Nothing saved yet. A name keeps the prompt above with its task and settings.")


def _show_saved(running: Runtime, saved: SavedPrompt) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"saved-{saved.id}"):
        st.button(
            looks.plain(saved.name), key=f"open-{saved.id}", on_click=open_prompt, args=(saved,), type="tertiary",
            width="stretch", help=looks.plain(str(saved.controls.get("prompt") or "")[:200]) or None,
        )  # fmt: skip
        address = escape(f"?saved={saved.id}")
        st.html(
            f'<div class="actions"><button type="button" data-copy="{address}">Copy link</button></div>',
            width="content",
        )
        st.button(
            "Delete", key=f"delete-{saved.id}", on_click=delete_prompt, args=(running, saved), type="tertiary",
            disabled=not may_change(),
            icon=":material/delete:",
        )  # fmt: skip


def save_prompt(running: Runtime) -> None:
    """Keep what the controls hold under the name that was given."""
    state = st.session_state
    controls = {name: state[name] for name in CONTROLS if state.get(name) not in (None, "")}
    if not str(controls.get("prompt") or "").strip():
        state["problem"] = "Write a prompt first, then save it under a name."
        return
    try:
        saved = running.store.saved_prompts.put(state.get(_NAME) or "", str(controls.pop("task")), controls)
    except ValueError:
        state["problem"] = "Give this prompt a name to save it under."
        return
    leave_note(f"Saved as {looks.plain(saved.name)}." if saved is not None else _UNWRITTEN)


def open_prompt(saved: SavedPrompt) -> None:
    """Fill the controls, and put the prompt's address into the browser's."""
    st.query_params.from_dict({"saved": saved.id})
    _fill_from(saved)


def _fill_from(saved: SavedPrompt) -> None:
    for name in CONTROLS:
        st.session_state[name] = saved.controls.get(name, None if name in _NUMBERS else "")
    st.session_state["task"] = TaskType(saved.task_type)
    st.session_state["json"] = bool(saved.controls.get("json"))
    for name in ("last_run", "history"):
        st.session_state.pop(name, None)
    note_sent("saved", saved.id)


_NUMBERS = ("temperature", "max_tokens", "seed", "override")


def take_saved(running: Runtime) -> None:
    """Fill the controls with the prompt that the address names, once."""
    prompt_id = st.query_params.get("saved", "")
    if not prompt_id or not is_new("saved", prompt_id):
        return
    saved = running.store.saved_prompts.get(prompt_id)
    if saved is None or saved.task_type not in list(TaskType):
        st.query_params.pop("saved", None)
        st.session_state["problem"] = NO_SUCH_PROMPT
    else:
        _fill_from(saved)


def delete_prompt(running: Runtime, saved: SavedPrompt) -> None:
    """Delete one; the run's own texts in the log stay."""
    done = running.store.saved_prompts.delete(saved.id)
    leave_note(f"Deleted {looks.plain(saved.name)}." if done else _UNWRITTEN)
