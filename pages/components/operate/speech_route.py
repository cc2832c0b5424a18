"""Who writes recordings down, on the pages where routes are looked at: a line of its own beside the eight tasks."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.operate.route_table import route_html
from router.types import SpeechTask


def show_speech_route(running: Runtime, shares: tuple[float, float]) -> None:
    """The targets for recordings in their order, those that are out with their state; nothing where there are none.

    Args:
        shares: of the name and of the route in the line's width, as the tasks above have them.
    """
    plan, table = running.router.plan_transcription(), running.router.table
    if not plan:
        return
    with st.container(key="speech-route"):
        name, route = st.columns(shares, vertical_alignment="center")
    entry = table.task(SpeechTask.TRANSCRIPTION)
    name.markdown(f"{looks.TASK_ICONS[SpeechTask.TRANSCRIPTION]} **{looks.plain(entry.label)}**")
    route.html(route_html(plan, table))
