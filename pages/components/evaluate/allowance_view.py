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
    st.markdown(f"**{looks.counted(len(called), 'request')}**, {_minutes_words(running, called)} of work.")
    for use in uses:
        if not use.fits:
            st.warning(_use_words(running, use), icon=":material/hourglass_empty:")
    lines = [_use_words(running, use) for use in uses if use.fits]
    if not uses:
        lines.append("Not known yet how many free requests are left today: providers tell with their first replies.")
    lines.append(f"{WORK_SHARE:.0%} of each day's requests, and what the routing table reserves, stay free for work.")
    st.caption("  \n".join(lines))


def uses_text(running: Runtime, called: Sequence[Target]) -> str:
    """The same in one line: for a button that starts an evaluation without a look at the choice.

    Args:
        called: a target for each request.
    """
    head = f"{looks.counted(len(called), 'request')}, {_minutes_words(running, called)}."
    return " ".join([head, *(_use_words(running, use) for use in allowance_uses(running.router, called))])


def _minutes_words(running: Runtime, called: Sequence[Target]) -> str:
    return f"about {minutes_needed(running.router, called)} min"


def _use_words(running: Runtime, use: AllowanceUse) -> str:
    allowance = use.allowance
    whose = running.router.table.providers[allowance.provider].label
    pool = Target(allowance.provider, allowance.model)
    model = f" {looks.plain(running.router.table.label(pool))}" if allowance.model else ""
    words = f"{whose}{model}: needs {looks.counted(use.calls, 'request')}; {use.left:,} may be used today."
    if use.fits:
        return words
    if use.days is None:
        return f"{words} What is left to work leaves no room for it on any day: choose fewer models."
    refill = looks.short_time(allowance.resets_at, time.time())
    return (
        f"{words} It pauses when they are used and can go on after {refill}: {looks.counted(use.days, 'day')} in all."
    )
