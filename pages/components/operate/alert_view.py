"""Alerts in the console: a number at Health, a line on every page for what stops work, the list, and their settings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change, require_operator
from pages.components.console.environment import console_settings
from pages.components.console.runtime import Runtime, note_change, rebuild, runtime
from pages.components.operate import key_view
from router.alerts import KIND_WORDS, STOPS_WORK, AlertKind, DeliveryFault, chosen_kinds, send_alert, trial_message
from router.alerts.choice import NONE
from router.environment.env_file import set_values
from router.errors import ConfigurationError
from router.settings import Settings, env_file
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


# --- their settings on Setup ---------------------------------------------------------------------------------------


def show_alert_settings(settings: Settings) -> None:
    """Who is told, of what, and a test."""
    st.markdown(
        "What you should know before users notice. You hear once when it begins and once when it is over: here, and "
        "at a webhook if you set one (JSON with a `text` field, which Slack accepts)."
    )
    try:
        url, kinds = settings.alert_url, chosen_kinds(settings.text("ROUTER_ALERTS"))
    except ConfigurationError as error:
        st.error(f"{looks.plain(str(error))}.")
        url, kinds = None, frozenset(AlertKind)
    with st.form("alerts", border=False):
        st.pills(
            "Tell me when", list(AlertKind), selection_mode="multi", default=sorted(kinds), key="alert_kinds",
            format_func=lambda kind: KIND_WORDS[AlertKind(kind)], disabled=key_view.is_locked("ROUTER_ALERTS"),
        )  # fmt: skip
        field, button = st.columns([5, 1], vertical_alignment="bottom")
        field.text_input(
            "Webhook", key="alert_url", type="password", autocomplete="off",
            disabled=key_view.is_locked("ROUTER_ALERT_URL"),
            placeholder="Set; paste another to replace it" if url else "https://hooks.example.com/…",
            help=f"Kept as ROUTER_ALERT_URL in {env_file().name}.",
        )  # fmt: skip
        button.form_submit_button("Save alerts", key="alerts_save", on_click=_save_alerts, disabled=not may_change(),
                                  width="stretch")  # fmt: skip
    if url is None:
        st.caption("Without a webhook, alerts appear only here.")
    else:
        st.button("Send a test", key="alerts_test", on_click=_send_test, disabled=not may_change(),
                  icon=":material/send:")  # fmt: skip
    if notice := st.session_state.pop("alerts_said", None):
        good, words = notice
        (st.success if good else st.error)(looks.plain(words))
    _show_standing()


def _show_standing() -> None:
    """What stands now: an operator who sets up alerts wants to see that there are none."""
    try:
        running = runtime()
    except ConfigurationError:
        return  # the page has said so
    if running.simulated:
        st.caption("Simulated providers raise no alerts.")
    elif lines := alert_lines(running):
        st.markdown(f"**{looks.counted(len(lines), 'alert')} now**, listed on [Health](./health).")
    else:
        st.caption("No alerts now.")


def _save_alerts() -> None:
    """Write what was changed, and use it."""
    require_operator()
    chosen = [kind for kind in AlertKind if kind in (st.session_state.get("alert_kinds") or ())]
    text = "" if len(chosen) == len(AlertKind) else "+".join(chosen) or NONE
    values = {} if key_view.is_locked("ROUTER_ALERTS") else {"ROUTER_ALERTS": text}
    pasted = str(st.session_state.get("alert_url") or "").strip()
    if pasted and not key_view.is_locked("ROUTER_ALERT_URL"):
        values["ROUTER_ALERT_URL"] = pasted
    try:
        checked = Settings.from_env({**console_settings().values, **values})
        chosen_kinds(checked.text("ROUTER_ALERTS"))
        _ = checked.alert_url
        set_values(env_file(), values)
        rebuild()
        note_change(key_view.SETTINGS_SAVED, detail=", ".join(values))
    except (ValueError, ConfigurationError, OSError) as error:
        st.session_state["alerts_said"] = False, f"Not saved: {_field_words(error)}."
        return
    st.session_state["alert_url"] = ""
    st.session_state["alerts_said"] = True, f"Saved to {env_file().name}, and used from now on."


def _field_words(error: Exception) -> str:
    """A setting's fault by the name that its field has on this page."""
    return str(error).replace("ROUTER_ALERT_URL is", "the webhook is").replace("ROUTER_ALERTS", "the choice above")


def _send_test() -> None:
    require_operator()
    try:
        url = console_settings().alert_url
        if url is not None:
            send_alert(url, trial_message(now=time.time()))
    except (DeliveryFault, ConfigurationError) as error:
        st.session_state["alerts_said"] = False, f"The test did not arrive: {error}."
        return
    st.session_state["alerts_said"] = True, "The webhook has taken the test."
