"""Looks again and again what stands, and has each condition told once and again when it is over.

Several processes look at one database: what was told stands there, and whoever claims a telling first does it. A
condition is told once it has stood for a while, so that a hiccup is nobody's night; it is over once it has not been
seen for longer than that, so that one that comes and goes is one message and one all-clear.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from router.alerts.conditions import AlertKind, Condition, standing_conditions
from router.alerts.delivery import AlertMessage, DeliveryFault, message_at, send_alert
from router.api import DualModelRouter
from router.redaction import place_of
from router.store.state.alerts import StandingAlert, StoredAlerts

_log = logging.getLogger("router")

LOOK_SECONDS = 10.0
"""How often is looked."""

STANDS_SECONDS = 20.0
"""So long a condition has to stand before it is told."""

CALM_SECONDS = 120.0
"""So long it has to be gone before the all-clear."""


class AlertWatch:
    """The look-out of one process.

    Args:
        kinds: those that are told.
        url: the webhook; None tells nobody but the console.
        send: what posts a message.
    """

    def __init__(
        self,
        router: DualModelRouter,
        *,
        kinds: Collection[AlertKind] = tuple(AlertKind),
        url: str | None = None,
        send: Callable[[str, AlertMessage], None] = send_alert,
    ) -> None:
        self._router = router
        self._kinds = frozenset(kinds)
        self._url = url
        self._send = send
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look in a thread, until `stop`."""
        if self._thread is None and self._router.store is not None:
            self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a message that is being sent may come to its end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 – whatever it is, the next look may do better
                _log.warning("what stands could not be looked at: %s", place_of(error))

    def look(self) -> None:
        """One look: note what stands, tell what is due, give the all-clear for what is over."""
        store = self._router.store
        if store is None:
            return
        alerts, now = store.alerts, self._router.clock.time()
        standing = [condition for condition in standing_conditions(self._router) if condition.kind in self._kinds]
        for condition in standing:
            alerts.note(condition.key, condition.kind, condition.subject, condition.message, now=now)
        keys = {condition.key for condition in standing}
        for alert in alerts.all():
            if alert.key in keys:
                self._tell_if_due(alerts, alert, now)
            elif now - alert.seen_at >= CALM_SECONDS or alert.seen_at > now + CALM_SECONDS:
                self._give_all_clear(alerts, alert, now)

    def _tell_if_due(self, alerts: StoredAlerts, alert: StandingAlert, now: float) -> None:
        if alert.told_at is not None or now - alert.began_at < STANDS_SECONDS or not alerts.claim(alert.key, now=now):
            return
        if self._sent(alert, "firing", now):
            alerts.mark_told(alert.key, now=now)
        else:
            alerts.release(alert.key)

    def _give_all_clear(self, alerts: StoredAlerts, alert: StandingAlert, now: float) -> None:
        if alert.told_at is None:
            alerts.remove(alert.key)
        elif alerts.claim(alert.key, now=now):
            if self._sent(alert, "resolved", now):
                alerts.remove(alert.key)
            else:
                alerts.release(alert.key)

    def _sent(self, alert: StandingAlert, state: str, now: float) -> bool:
        if self._url is None:
            return True  # the console is who is told
        try:
            self._send(self._url, message_at(alert.kind, alert.subject, state, alert.message, now=now))
        except DeliveryFault as fault:
            _log.warning("an alert was not delivered, and is sent again: %s", fault)
            return False
        return True


def trial_message(*, now: float) -> AlertMessage:
    """What the test button sends."""
    return message_at("test", "test", "test", "This is a test: alerts of the dual-router console arrive here.", now=now)


__all__ = ["CALM_SECONDS", "LOOK_SECONDS", "STANDS_SECONDS", "AlertWatch", "Condition", "trial_message"]
