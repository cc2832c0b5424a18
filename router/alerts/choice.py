"""Which conditions an operator wants to be told of, as `ROUTER_ALERTS` says it."""

from __future__ import annotations

import re

from router.alerts.conditions import AlertKind
from router.alerts.watch import AlertWatch
from router.api import DualModelRouter
from router.errors import ConfigurationError
from router.settings import Settings

NONE = "none"
"""In place of names: nothing is told."""


def chosen_kinds(text: str) -> frozenset[AlertKind]:
    """The kinds that a setting names, with commas or `+` between; all where it is empty.

    Raises:
        ConfigurationError: it names one that there is not; the message lists those that there are.
    """
    names = [name for name in re.split(r"[\s,+]+", text) if name]
    if not names:
        return frozenset(AlertKind)
    if names == [NONE]:
        return frozenset()
    for name in names:
        if name not in list(AlertKind):
            known = ", ".join(AlertKind)
            raise ConfigurationError(f"ROUTER_ALERTS names {name[:40]!r}, which is none of: {known}; or {NONE}")
    return frozenset(AlertKind(name) for name in names)


def watch_of(router: DualModelRouter, settings: Settings) -> AlertWatch:
    """The look-out that the settings ask for, not started.

    Raises:
        ConfigurationError: a setting cannot be used.
    """
    return AlertWatch(router, kinds=chosen_kinds(settings.text("ROUTER_ALERTS")), url=settings.alert_url)
