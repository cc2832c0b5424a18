"""Keys of apps: made, shown once, ended."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.apps.app_rows import REVOKING
from pages.components.apps.app_terms import forget_terms, read_terms, show_terms
from pages.components.apps.client_examples import show_examples
from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import hint_of
from pages.components.console.gateway_address import base_url
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.gateway.keys import new_key
from router.ports import AppKey
from router.store import Store

_NEW, _PROBLEM = "app-new-key", "app-problem"
_NAME, _NAME_FAULT = "app-name", "app-name-fault"

WHAT_FOR = (
    "Your own programs can ask this router too, in any language: every client library for OpenAI's API works. Each "
    "program gets a key of its own, which you can limit and revoke. All share this console's fallback, log and free "
    "quota, and no provider's key leaves this machine."
)


# --- a new key -----------------------------------------------------------------------------------------------


def show_new_key() -> None:
    """The key that was made a moment ago, until it is put away: it is kept nowhere."""
    new_key: tuple[str, str] | None = st.session_state.get(_NEW)
    if new_key is None:
        return
    name, secret = new_key
    with st.container(border=True, key="app-made"):
        st.markdown(f"**Key for {looks.plain(name)}.** Copy it now: it is shown only once and stored nowhere.")
        st.code(secret, language=None)
        show_examples(base_url(), secret)
        st.button("I have copied it", key="app-copied", on_click=_put_away, icon=":material/done:")


def _put_away() -> None:
    st.session_state.pop(_NEW, None)


def show_form(running: Runtime, *, is_open: bool) -> None:
    """The form for a new key."""
    with st.expander("New key", icon=":material/add:", expanded=is_open):
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(problem)
        name, minute, day = st.columns([3, 2, 2])
        name.text_input("App", key=_NAME, max_chars=60, placeholder=hint_of("website"))
        fault = st.session_state.pop(_NAME_FAULT, None)
        # A line either way: a fault that is said below its field moves nothing.
        name.caption(f":red[{looks.plain(fault)}]" if fault else "Its name in the log.")
        show_terms(running.router.table, "app", (minute, day, *st.columns([4, 3])))
        st.button(
            "Create key", key="app-make", type="primary", icon=":material/key:", on_click=_make_key,
            args=(running.store,), disabled=not may_change(),
        )  # fmt: skip


def _make_key(store: Store) -> None:
    name, terms = str(st.session_state.get(_NAME) or ""), read_terms("app")
    if is_double_click("make", name, terms):
        return
    if not name.strip():
        st.session_state[_NAME_FAULT] = "Give the app a name."
        return
    try:
        secret, key = new_key(name, time.time(), **terms)
        is_kept = store.apps.add(key)
    except ValueError as error:
        st.session_state[_NAME_FAULT] = f"No key was made: {error}."
        return
    if not is_kept:
        st.session_state[_PROBLEM] = "No key was made: the database cannot be written now."
        return
    st.session_state[_NEW] = key.name, secret
    st.session_state.pop(_NAME, None)
    forget_terms("app")


# --- keys that are over -------------------------------------------------------------------------------------------


def show_ended(keys: list[AppKey]) -> None:
    """Keys that are over: their requests stay in the log under their names."""
    if not keys:
        return
    with st.expander(f"Ended keys ({len(keys)})"):
        for key in keys:
            ended = key.revoked_at is not None
            word, at = ("revoked", key.revoked_at) if ended else ("expired", key.expires_at)
            used = looks.counted(key.used, "request")
            facts = f"{looks.plain(key.start)}… · {word} {looks.clock_time(at or 0.0)} · {used}"
            st.markdown(f"**{looks.plain(key.name)}** :small[{facts}]")


# --- revoked -----------------------------------------------------------------------------------------------------


def show_revoke(running: Runtime) -> None:
    """The question whether a key is to end, where somebody has asked for it."""
    name = st.session_state.pop(REVOKING, None)
    if name is not None:
        _revoke_dialog(running.store, name)


@st.dialog("Revoke a key")
def _revoke_dialog(store: Store, name: str) -> None:
    st.markdown(
        f"Every program that uses the key of **{looks.plain(name)}** is refused from now on. That cannot be undone; a "
        "new key can have the same name. Its requests stay in the log."
    )
    offer_answers("Revoke", "app-revoke", revoke_app, (store, name))


def revoke_app(store: Store, name: str) -> None:
    """End an app's key, and say so."""
    if store.apps.revoke(name, time.time()):
        leave_note(f"The key of {looks.plain(name)} is revoked.")
    else:
        leave_note(f"The key of {looks.plain(name)} could not be revoked: it has ended, or the database is locked.")
