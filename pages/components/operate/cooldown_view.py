"""Holds as people read them: what is held, why, since when and until when."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import say
from pages.components.console.runtime import Runtime
from router.ports import Hold
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TargetState

_SCOPES = {"free": "every free model of the account", "provider": "the whole provider"}


def hold_name(hold: Hold, table: RoutingTable) -> str:
    """What is held, in words."""
    return table.label(Target(hold.provider, hold.model)) if hold.scope == "target" else _SCOPES[hold.scope]


def hold_of(line: PlannedTarget, holds: Sequence[Hold]) -> Hold | None:
    """The hold behind a line of a plan, the widest first; None where it is passed over for another reason."""
    if line.state not in (TargetState.HELD, TargetState.HALF_OPEN):
        return None
    own = [hold for hold in holds if hold.provider == line.provider and hold.scope != "target"]
    own += [hold for hold in holds if (hold.provider, hold.model, hold.scope) == (*_pair(line), "target")]
    return next(iter(own), None)


def _pair(line: PlannedTarget) -> tuple[str, str]:
    return line.provider, line.model


def time_left(hold: Hold, now: float) -> str:
    """Until when, counting down, as Markdown."""
    if hold.until is None:
        return ":material/pan_tool: until somebody resets it"
    if hold.until <= now:
        return ":material/help: half-open: the next request tries it"
    return f":material/timer: {looks.countdown(hold.until - now)} left"


def reset(running: Runtime, provider: str | None = None, model: str | None = None) -> None:
    """Forget what failed; the router writes it into the log."""
    count = running.router.reset_failures(provider, model)
    say(f"{count} {'hold is' if count == 1 else 'holds are'} gone; the next request tries again.")


def show_hold(running: Runtime, hold: Hold, now: float, key: str) -> None:
    """One hold, counting down, with its reset."""
    table = running.router.table
    with st.container(border=True, key=f"hold-{key}"):
        what, when, button = st.columns([6, 3, 1], vertical_alignment="center")
        what.html(
            f'{looks.provider_html(hold.provider, table)} <b title="{escape(f"{hold.provider}:{hold.model}")}">'
            f'{escape(hold_name(hold, table))}</b><div class="reason" title="{escape(hold.reason)}">'
            f"{escape(hold.reason)}</div>"
        )
        again = f", {hold.strikes} times in a row" if hold.strikes > 1 else ""
        until = "" if hold.until is None else f", until {looks.short_time(hold.until, now)}"
        when.markdown(f"{time_left(hold, now)}  \n:small[since {looks.short_time(hold.since, now)}{until}{again}]")
        own = hold.model if hold.scope == "target" else None
        button.button("Reset", key=f"reset-{key}", on_click=reset, args=(running, hold.provider, own))
