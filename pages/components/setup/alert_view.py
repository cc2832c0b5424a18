"""Alerts in the console: a number at Health, a line on every page for what stops work, and the list."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.alerts import STOPS_WORK, AlertKind
from router.store.state.alerts import StandingAlert
from router.types import TaskType

_SAID_ELSEWHERE = frozenset({AlertKind.BILLED, AlertKind.LOG})
"""Those that the frame around every page says in words of its own."""


def standing(running: Runtime) -> Sequence[StandingAlert]:
    """The alerts that were told and are not over."""
    return [alert for alert in running.store.alerts.all() if alert.told_at is not None]


def count_alerts(running: Runtime) -> int:
    """How many stand, as Health lists them; none of simulated providers, whose troubles are nobody's."""
    return 0 if running.simulated else len(alert_lines(running))


def show_stopping(running: Runtime) -> None:
    """A line for each that stops work, on every page but Health, which says it anyway."""
    if running.simulated:
        return
    for message, _ in alert_lines(running, STOPS_WORK - _SAID_ELSEWHERE):
        st.error(f"{looks.plain(message)} [Health](./health) says more.", icon=":material/notifications:")


def show_alerts(running: Runtime) -> None:
    """The list on Health; nothing where none stands."""
    if running.simulated or not (lines := alert_lines(running)):
        return
    st.header("Alerts", anchor=False)
    with st.container(gap="xxsmall"):
        for message, began_at in lines:
            since = looks.short_time(began_at, time.time())
            st.markdown(f":material/notifications: {looks.plain(message)} :small[since {since}]")


def alert_lines(running: Runtime, kinds: Iterable[str] = tuple(AlertKind)) -> list[tuple[str, float]]:
    """What stands, in words, each with the moment that it began at; tasks without a model in one line.

    A total outage is one thing that happened: eight lines of it would push every page out of sight.

    Args:
        kinds: only these.
    """
    alerts = [alert for alert in standing(running) if alert.kind in set(kinds)]
    down = [alert for alert in alerts if alert.kind == AlertKind.TASK_DOWN]
    if len(down) < 2:
        return [(alert.message, alert.began_at) for alert in alerts]
    without = {alert.subject for alert in down}  # of such a task “only … is left” is no longer true
    others = [alert for alert in alerts if alert.subject not in without]
    first = _down_words(running, [TaskType(task) for task in sorted(without)]), min(alert.began_at for alert in down)
    return [first, *((alert.message, alert.began_at) for alert in others)]


def _down_words(running: Runtime, tasks: Sequence[TaskType]) -> str:
    """For which of several tasks there is no model."""
    if len(tasks) == len(TaskType):
        return "No model is available for any task."
    names = ", ".join(running.router.table.tasks[task].label for task in tasks)
    return f"No model is available for {looks.counted(len(tasks), 'task')}: {names}."
