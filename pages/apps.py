"""Apps: programs that ask this router over HTTP, each with a key, its limits, and what it has used of them."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.apps.app_rows import show_rows
from pages.components.apps.app_terms import show_edit
from pages.components.apps.app_view import WHAT_FOR, show_ended, show_form, show_new_key, show_revoke
from pages.components.apps.client_examples import NO_KEY, show_examples
from pages.components.console.gateway_address import base_url
from pages.components.console.notes import show_notes
from pages.components.console.runtime import Runtime, runtime_or_stop

TICK = 2.0  # seconds between looks at what is left


@st.fragment(run_every=TICK)
def show_apps(running: Runtime) -> None:
    """The keys in force, counting."""
    show_notes()
    now = time.time()
    keys = running.store.apps.usage(now)
    show_rows(running, [key for key in keys if key.holds_at(now)], now)
    show_ended([key for key in keys if not key.holds_at(now)])


st.title("Apps", anchor=False)
running = runtime_or_stop()
is_empty = not running.store.apps.load()
st.caption(WHAT_FOR)
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="base-url"):
    st.markdown("**Base URL**", width="content")
    st.code(base_url(), language=None, width="stretch")
show_new_key()
show_form(running, is_open=is_empty)
show_apps(running)
with st.expander("How a program asks", icon=":material/code:", expanded=True):
    show_examples(base_url(), NO_KEY)
show_edit(running)
show_revoke(running)
