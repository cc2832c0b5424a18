"""Holds as people read them: what is held, why, since when and until when."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.ports import Cooldown
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TargetState

_SCOPES = {"free": "every free model of the account", "provider": "the whole provider"}


def cooldown_name(cooldown: Cooldown, table: RoutingTable) -> str:
    """What is held, in words."""
    return (
        table.label(Target(cooldown.provider, cooldown.model))
        if cooldown.scope == "target"
        else _SCOPES[cooldown.scope]
    )


def cooldown_of(line: PlannedTarget, cooldowns: Sequence[Cooldown]) -> Cooldown | None:
    """The hold behind a line of a plan, the widest first; None where it is passed over for another reason."""
    if line.state not in (TargetState.COOLING, TargetState.HALF_OPEN):
        return None
    own = [cooldown for cooldown in cooldowns if cooldown.provider == line.provider and cooldown.scope != "target"]
    own += [
        cooldown
        for cooldown in cooldowns
        if (cooldown.provider, cooldown.model, cooldown.scope) == (*_pair(line), "target")
    ]
    return next(iter(own), None)


def _pair(line: PlannedTarget) -> tuple[str, str]:
    return line.provider, line.model


def time_left(cooldown: Cooldown, now: float) -> str:
    """Until when, counting down, as Markdown."""
    if cooldown.until is None:
        return ":material/pan_tool: until somebody resets it"
    if cooldown.until <= now:
        return ":material/help: half-open: the next request tries it"
    return f":material/timer: {looks.countdown(cooldown.until - now)} left"


def reset_cooldowns(running: Runtime, provider: str | None = None, model: str | None = None) -> None:
    """Forget what failed; the router writes it into the log."""
    count = running.router.reset_failures(provider, model)
    leave_note(f"{count} {'cooldown is' if count == 1 else 'cooldowns are'} gone; the next request tries again.")


def show_cooldown(running: Runtime, cooldown: Cooldown, now: float, key: str) -> None:
    """One hold, counting down, with its reset."""
    table = running.router.table
    with st.container(border=True, key=f"hold-{key}"):
        what, when, button = st.columns([6, 3, 1], vertical_alignment="center")
        what.html(
            f"{looks.provider_html(cooldown.provider, table)} "
            f'<b title="{escape(f"{cooldown.provider}:{cooldown.model}")}">'
            f'{escape(cooldown_name(cooldown, table))}</b><div class="reason" title="{escape(cooldown.reason)}">'
            f"{escape(cooldown.reason)}</div>"
        )
        again = f", {cooldown.strikes} times in a row" if cooldown.strikes > 1 else ""
        until = "" if cooldown.until is None else f", until {looks.short_time(cooldown.until, now)}"
        when.markdown(
            f"{time_left(cooldown, now)}  \n:small[since {looks.short_time(cooldown.since, now)}{until}{again}]"
        )
        own = cooldown.model if cooldown.scope == "target" else None
        button.button("Reset", key=f"reset-{key}", on_click=reset_cooldowns, args=(running, cooldown.provider, own))
