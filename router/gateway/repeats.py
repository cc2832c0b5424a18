"""Repeats of clients: who was told when to come again, and comes sooner, is told so again, and no provider is called.

Client libraries send a failed request three times by themselves, some of them seven times, and what they send again is
the same to the byte. Each send would cost a call of an allowance that failures count against too.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from router.api import DualModelRouter
from router.errors import AllTargetsFailed
from router.gateway.errors import GatewayError, exhausted
from router.ports import AppKey

MOST_KEPT = 1_000
"""Failures that are remembered; the oldest go first."""


@dataclass(frozen=True, slots=True)
class _StandingFailure:
    """What a request came to.

    Attributes:
        until: when its caller was told to come again, in seconds since the epoch.
        cooldowns: what cooled down then: where some of it is gone before its time, an operator has reset it.
    """

    error: AllTargetsFailed
    is_dry: bool
    until: float
    cooldowns: tuple[tuple[tuple[str, str, str], float | None], ...]


class Repeats:
    """The failures that callers were told of, and that still stand."""

    def __init__(self) -> None:
        self._failures: OrderedDict[bytes, _StandingFailure] = OrderedDict()

    def standing_failure(self, mark: bytes, router: DualModelRouter) -> GatewayError | None:
        """What the same request was told, if the time it was told has not come."""
        failure = self._failures.get(mark)
        if failure is None:
            return None
        now = router.clock.time()
        if now >= failure.until or _was_reset(failure, router, now):
            del self._failures[mark]
            return None
        return exhausted(failure.error, failure.until - now, is_dry=failure.is_dry)

    def remember(self, mark: bytes, failure: AllTargetsFailed, answer: GatewayError, router: DualModelRouter) -> None:
        """Keep what a request came to."""
        cooldowns = tuple((cooldown.key, cooldown.until) for cooldown in router.failures())
        until = router.clock.time() + (answer.wait or 0.0)
        self._failures[mark] = _StandingFailure(_without_frames(failure), answer.status == 429, until, cooldowns)
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)

    def forget_all(self) -> None:
        """Somebody has reset the failures."""
        self._failures.clear()


def _without_frames(failure: AllTargetsFailed) -> AllTargetsFailed:
    """The same failure without its traceback, whose frames would keep the request's body: 32 MiB, a thousand times."""
    failure_copy = AllTargetsFailed(str(failure), attempts=failure.attempts, retry_at=failure.retry_at)
    failure_copy.request_id = failure.request_id
    return failure_copy


def _was_reset(failure: _StandingFailure, router: DualModelRouter, now: float) -> bool:
    """Whether something that should still cool down does not."""
    standing = {cooldown.key for cooldown in router.failures()}
    return any(key not in standing and (until is None or until > now) for key, until in failure.cooldowns)


def request_mark(key: AppKey, path: str, body: bytes) -> bytes:
    """What tells a request from all others: whose it is, and what is asked where."""
    return hashlib.sha256(b"%d %s\n%s" % (key.id, path.encode(), body)).digest()
