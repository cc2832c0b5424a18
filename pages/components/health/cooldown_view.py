"""Cooldowns as people read them: what is passed over, why, since when and until when."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.notes import ask_for_redrawing, leave_note
from pages.components.console.runtime import Runtime
from pages.components.health.reasons import split_message
from pages.components.health.simulated_failures import end_failures, failures_behind, seconds_left
from pages.components.health.target_test import offer_test, show_test
from router.ports import Cooldown
from router.simulator import EVERY
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TargetState

RESET_MEANS = (
    "A reset forgets what failed, at once and in every process on this database. The next request calls the model "
    "again: if it is still down, that request loses a few seconds; if a limit still stands, it loses one call."
)

MOST_CARDS = 4
"""Cooldowns in the first sight: with everything down the tasks stand below them, and must not be pushed away."""

_SCOPES = {"free": "every free model of the account", "provider": "the whole provider"}


def cooldown_name(cooldown: Cooldown, table: RoutingTable) -> str:
    """What cools down, in words."""
    return (
        table.label(Target(cooldown.provider, cooldown.model))
        if cooldown.scope == "target"
        else _SCOPES[cooldown.scope]
    )


def cooldown_of(line: PlannedTarget, cooldowns: Sequence[Cooldown]) -> Cooldown | None:
    """The cooldown behind a line of a plan, the widest first; None where it is passed over for another reason."""
    if line.state not in (TargetState.COOLING, TargetState.HALF_OPEN):
        return None
    wide = [cooldown for cooldown in cooldowns if cooldown.provider == line.provider and cooldown.scope != "target"]
    narrow = [cooldown for cooldown in cooldowns if cooldown.scope == "target" and _is_about(cooldown, line.target)]
    return next(iter([*wide, *narrow]), None)


def _is_about(cooldown: Cooldown, target: Target) -> bool:
    return (cooldown.provider, cooldown.model) == (target.provider, target.model)


def time_left(cooldown: Cooldown, now: float) -> str:
    """Until when, counting down, as Markdown."""
    if cooldown.until is None:
        return ":material/pan_tool: until somebody resets it"
    if cooldown.until <= now:
        return ":material/help: ready to retry"
    return f":material/timer: {looks.countdown(cooldown.until - now)} left"


def reset_cooldowns(running: Runtime, provider: str | None = None, model: str | None = None) -> None:
    """Forget what failed, which the router writes into the log, and end the simulated failure behind it, if any."""
    failures = failures_behind(running, provider, model)
    count = running.router.reset_failures(provider, model)
    ask_for_redrawing()
    if failures:
        end_failures(running, failures)
        return
    leave_note(f"{count} {'cooldown' if count == 1 else 'cooldowns'} reset. The next request tries again.")


def offer_reset(running: Runtime, provider: str, model: str | None, key: str) -> None:
    """The button that resets a cooldown; where a simulated failure is behind it, it says that it ends that too."""
    failures = failures_behind(running, provider, model)
    is_simulated, is_wide = bool(failures), any(failing.model == EVERY for failing in failures)
    whose = f" of all {running.router.table.providers[provider].label} models" if is_wide else " and reset"
    st.button(
        f"End failure{whose}" if is_simulated else "Reset", key=key, icon=":material/restart_alt:",
        on_click=reset_cooldowns, args=(running, provider, model), disabled=not may_change(),
        help="Ends the simulated failure too, or the next request would fail again." if is_simulated else None,
    )  # fmt: skip


def show_cooldowns(running: Runtime, cooldowns: Sequence[Cooldown], now: float) -> None:
    """A card each, what waits for a person first, then what ends soonest; beyond the first sight behind a line."""
    by_end = sorted(cooldowns, key=lambda cooldown: cooldown.until or 0.0)
    for cooldown in by_end[:MOST_CARDS]:
        show_cooldown(running, cooldown, now, "-".join(cooldown.key))
    if later := by_end[MOST_CARDS:]:
        with st.expander(f"{len(later)} more", key="more-cooldowns"):
            for cooldown in later:
                show_cooldown(running, cooldown, now, "-".join(cooldown.key))


def show_cooldown(running: Runtime, cooldown: Cooldown, now: float, key: str) -> None:
    """One cooldown, counting down, with its test and its reset."""
    table, target = running.router.table, Target(cooldown.provider, cooldown.model)
    summary, details = split_message(cooldown.reason)
    summary += _simulated_words(running, cooldown)
    with st.container(border=True, key=f"hold-{key}"):
        words, when, buttons = st.columns([4, 3, 4], vertical_alignment="center")
        words.html(
            f"{looks.provider_html(cooldown.provider, table)} "
            f'<b title="{escape(str(target))}">{escape(cooldown_name(cooldown, table))}</b>'
            f'<div class="reason" title="{escape(details)}">{escape(summary)}</div>'
        )
        again = f", {cooldown.strikes} times in a row" if cooldown.strikes > 1 else ""
        is_over = cooldown.until is None or cooldown.until <= now
        until = "" if is_over else f", until {looks.short_time(cooldown.until or now, now)}"
        chip = "" if cooldown.until is not None and is_over else f"{looks.state_chip(TargetState.COOLING)} "
        when.markdown(
            f"{chip}{time_left(cooldown, now)}  \n:small[since {looks.short_time(cooldown.since, now)}{until}{again}]"
        )
        model = cooldown.model if cooldown.scope == "target" else None
        with buttons.container(horizontal=True, gap="small", horizontal_alignment="right"):
            offer_test(running, target, f"test-{key}")
            offer_reset(running, cooldown.provider, model, f"reset-{key}")
        show_test(running, target)


def _simulated_words(running: Runtime, cooldown: Cooldown) -> str:
    """That somebody has made this fail, and for how long still; nothing where it fails by itself."""
    model = cooldown.model if cooldown.scope == "target" else None
    failures = failures_behind(running, cooldown.provider, model)
    if not failures:
        return ""
    left = seconds_left(failures)
    return ". Simulated failure." if left is None else f". Simulated failure, {looks.span(left)} left."
