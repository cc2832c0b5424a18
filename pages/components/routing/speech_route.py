"""Who writes recordings down, on Routing: a line of its own beside the eight tasks."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.routing.route_table import route_html
from router.types import SpeechTask


def show_speech_route(running: Runtime) -> None:
    """The targets for recordings in their order, those that are out with their state; nothing where there are none."""
    plan, table = running.router.plan_transcription(), running.router.table
    if not plan:
        return
    with st.container(key="speech-route"):
        name, route, _ = st.columns([2.5, 10.3, 1.2], vertical_alignment="center")  # as the tasks above have them
    entry = table.task(SpeechTask.TRANSCRIPTION)
    name.markdown(
        f"{looks.TASK_ICONS[SpeechTask.TRANSCRIPTION]} **{looks.plain(entry.label)}**  \n"
        ":small[set in the routing file]"
    )
    route.html(route_html(plan, table))
