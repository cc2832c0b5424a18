"""What an evaluation would use of each free allowance, and how long it would take, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.evaluation.runs.allowance_room import WORK_SHARE, AllowanceUse, allowance_uses, minutes_needed
from router.types import Target


def say_uses(running: Runtime, called: Sequence[Target]) -> None:
    """How many requests these are, how long they take, and what of today's allowances they use.

    Args:
        called: a target for each request.
    """
    if not called:
        return
    uses = allowance_uses(running.router, called)
    minutes = minutes_needed(running.router, called)
    requests = looks.counted(len(called), "request")
    st.markdown(f"**{requests}**, about {minutes} min of work.")
    for use in uses:
        _say_use(running, use)
    if not uses:
        st.caption("Not known yet how many free requests are left today: providers tell with their first replies.")
    st.caption(f"{WORK_SHARE:.0%} of each day's requests, and what the routing table reserves, are left to other work.")


def _say_use(running: Runtime, use: AllowanceUse) -> None:
    allowance = use.allowance
    whose = running.router.table.providers[allowance.provider].label
    pool = Target(allowance.provider, allowance.model)
    model = f" {looks.plain(running.router.table.label(pool))}" if allowance.model else ""
    words = f"{whose}{model}: needs {looks.counted(use.calls, 'request')}; {use.left:,} may be used today"
    if use.fits:
        st.caption(f"{words}.")
        return
    refill = looks.short_time(allowance.resets_at, time.time())
    if use.days is None:
        advice = "What is left to work leaves no room for it on any day: choose fewer models."
    else:
        advice = f"It pauses when they are used, and goes on after {refill}: {looks.counted(use.days, 'day')} in all."
    st.warning(f"{words}. {advice}", icon=":material/hourglass_empty:")
