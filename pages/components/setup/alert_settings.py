"""Alerts on Setup: of what somebody is told, the webhook with a test of it, and what stands now."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change, require_operator
from pages.components.console.environment import console_settings
from pages.components.console.runtime import note_change, rebuild, runtime
from pages.components.setup import key_view
from pages.components.setup.alert_view import alert_lines
from router.alerts import KIND_WORDS, AlertKind, DeliveryFault, chosen_kinds, send_alert, trial_message
from router.alerts.choice import NONE
from router.environment.env_file import set_values
from router.errors import ConfigurationError
from router.settings import Settings, env_file

_KINDS, _URL = "ROUTER_ALERTS", "ROUTER_ALERT_URL"
_SAID, _FAULT = "alerts_said", "alert_url_fault"
_NO_ADDRESS = "The webhook's address must begin with https:// or http:// and hold no blanks."


def show_alert_settings(settings: Settings) -> None:
    """Who is told, of what, a test, and the alerts there are."""
    st.markdown(
        "What you should know before users notice. You hear once when it begins and once when it is over: on this "
        "console, and at a webhook if you set one."
    )
    has_url, kinds = _current(settings)
    with st.form("alerts", border=False):
        _show_kinds(kinds)
        _show_webhook(has_url)
        with st.container(horizontal=True):
            st.form_submit_button("Save", key="alerts_save", on_click=_save, disabled=not may_change())
            st.form_submit_button("Send a test", key="alerts_test", on_click=_send_test, disabled=not may_change(),
                                  icon=":material/send:")  # fmt: skip
    if notice := st.session_state.pop(_SAID, None):
        good, words = notice
        (st.success if good else st.error)(looks.plain(words))
    _show_standing()


def _current(settings: Settings) -> tuple[bool, frozenset[AlertKind]]:
    """Whether there is a webhook, and of what is told; where the settings cannot be used, that is said."""
    try:
        return settings.alert_url is not None, chosen_kinds(settings.text(_KINDS))
    except ConfigurationError as error:
        st.error(f"{looks.plain(str(error))}.")
        return False, frozenset(AlertKind)


def _show_kinds(kinds: frozenset[AlertKind]) -> None:
    st.markdown("Tell me when")
    with st.container(gap="xxsmall", key="alert-kinds"):
        for kind in AlertKind:
            st.checkbox(KIND_WORDS[kind], kind in kinds, key=_box(kind), disabled=key_view.is_locked(_KINDS))


def _box(kind: AlertKind) -> str:
    return f"alert_{kind}"


def _show_webhook(has_url: bool) -> None:
    st.text_input(
        "Webhook", key="alert_url", type="password", autocomplete="off", disabled=key_view.is_locked(_URL),
        placeholder="Set; paste another to replace it" if has_url else "https://hooks.example.com/…",
    )  # fmt: skip
    fault = st.session_state.pop(_FAULT, None)
    # A line either way: a fault that is said below its field moves nothing.
    st.caption(f":red[{looks.plain(fault)}]" if fault else _webhook_words())


def _webhook_words() -> str:
    if key_view.is_locked(_URL):
        return f"Set `{_URL}` in the environment, or in {env_file().name} on the machine itself."
    return f"It is sent JSON with a `text` field, which Slack accepts, and kept in {env_file().name} on this machine."


def _show_standing() -> None:
    """What stands now: an operator who sets up alerts wants to see that there are none."""
    try:
        running = runtime()
    except ConfigurationError:
        return  # the page has said so
    st.header("Alerts now", anchor=False)
    lines = [] if running.simulated else alert_lines(running)
    for message, began_at in lines:
        st.markdown(
            f":material/notifications: {looks.plain(message)} :small[since {looks.short_time(began_at, time.time())}]"
        )
    if not lines:
        st.caption("None. Simulated providers raise no alerts." if running.simulated else "None.")


# --- what the buttons do -------------------------------------------------------------------------------------------


def _pasted_url() -> str:
    """What stands in the field; nothing where this console takes no address."""
    return "" if key_view.is_locked(_URL) else str(st.session_state.get("alert_url") or "").strip()


def _is_address(url: str) -> bool:
    try:
        return Settings.from_env({**console_settings().values, _URL: url}).alert_url is not None
    except ConfigurationError:
        return False


def _save() -> None:
    """Write what was changed, and use it."""
    require_operator()
    pasted = _pasted_url()
    if pasted and not _is_address(pasted):
        st.session_state[_FAULT] = f"Not saved. {_NO_ADDRESS}"
        return
    values = {} if key_view.is_locked(_KINDS) else {_KINDS: _chosen_text()}
    if pasted:
        values[_URL] = pasted
    try:
        set_values(env_file(), values)
        rebuild()
        note_change(key_view.SETTINGS_SAVED, detail=", ".join(values))
    except (ValueError, ConfigurationError, OSError) as error:
        st.session_state[_SAID] = False, f"Not saved: {error}."
        return
    st.session_state["alert_url"] = ""
    st.session_state[_SAID] = True, f"Saved to {env_file().name}, and used from now on."


def _chosen_text() -> str:
    """The boxes that are ticked, as the setting has them; nothing means all."""
    chosen = [kind for kind in AlertKind if st.session_state.get(_box(kind))]
    return "" if len(chosen) == len(AlertKind) else "+".join(chosen) or NONE


def _send_test() -> None:
    """Post a test to the address in the field, or to the one in use, and keep what came of it."""
    require_operator()
    pasted = _pasted_url()
    if pasted and not _is_address(pasted):
        st.session_state[_FAULT] = f"No test was sent. {_NO_ADDRESS}"
        return
    try:
        url = pasted or console_settings().alert_url
    except ConfigurationError:
        url = None  # the page says what is wrong with it
    if not url:
        st.session_state[_FAULT] = "No test was sent. Paste the webhook's address first."
        return
    try:
        send_alert(url, trial_message(now=time.time()))
    except DeliveryFault as fault:
        st.session_state[_SAID] = False, f"The test did not arrive: {_plain_fault(fault)}."
        return
    kept = " It is not saved yet." if pasted else ""
    st.session_state[_SAID] = True, f"The webhook has taken the test: look for it where its messages appear.{kept}"


def _plain_fault(fault: DeliveryFault) -> str:
    """Why a message was not taken, without the name that the cause has in the code."""
    words, _, cause = str(fault).partition(" (")
    return "the webhook did not answer in time" if "Timeout" in cause else words
