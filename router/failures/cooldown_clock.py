"""Whether a cooldown's times still hold, by a wall clock that may have been set back since they were written down."""

from __future__ import annotations

from router.ports import Cooldown

PROBE_SECONDS = 30.0
"""A probe that has said nothing for so long counts as lost, and the next request may try."""

SKEW_SECONDS = 5.0
"""So far ahead of ours another machine's clock may be; what began later than that began before a clock was set back."""


def is_over(cooldown: Cooldown, now: float) -> bool:
    """Whether its time is up, or cannot be told since the clock was set back."""
    return cooldown.until is not None and (cooldown.until <= now or not is_believed(cooldown, now))


def is_believed(cooldown: Cooldown, now: float) -> bool:
    """Whether its times are of the clock as it goes now; what has no end needs none to be believed."""
    return cooldown.until is None or cooldown.since <= now + SKEW_SECONDS


def probe_is_out(cooldown: Cooldown, now: float) -> bool:
    """Whether a request is trying it; a claim that was made later than now is from before the clock was set back."""
    probe_until = cooldown.probe_until
    return probe_until is not None and now < probe_until <= now + PROBE_SECONDS + SKEW_SECONDS
