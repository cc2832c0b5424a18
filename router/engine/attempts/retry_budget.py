"""How often, over all requests together, a target may be called again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from router.table.routes import Limits


class RetryBudget:
    """A bucket that every request fills a little and every further call to the same target empties by one.

    Without it, an outage multiplies the calls to whatever is down.

    Args:
        share: what a request adds: the share of all requests that may be repeated in the long run.
        burst: what the bucket holds at the most, and at the start.
        a_second: what each second adds, so that few requests in a long outage still find out when it is over.
    """

    def __init__(self, share: float, burst: float, a_second: float = 0.0) -> None:
        self._share = share
        self._burst = burst
        self._a_second = a_second
        self._level = burst
        self._filled_at: float | None = None
        self._lock = threading.Lock()

    def resize(self, share: float, burst: float) -> None:
        """Hold and gain by other sizes from now on; what has been spent stays spent."""
        with self._lock:
            self._level = max(0.0, self._level + burst - self._burst)
            self._share, self._burst = share, burst

    def earn(self) -> None:
        """A request has begun."""
        with self._lock:
            self._level = min(self._burst, self._level + self._share)

    def has_left(self) -> bool:
        """Whether a further call could be taken now, as far as is known without taking it."""
        with self._lock:
            return self._level >= 1.0

    def spend(self, now: float) -> bool:
        """Take one further call at `now` (seconds since the epoch); false where none is left."""
        with self._lock:
            passed = 0.0 if self._filled_at is None else max(0.0, now - self._filled_at)
            self._level = min(self._burst, self._level + passed * self._a_second)
            self._filled_at = now
            if self._level < 1.0:
                return False
            self._level -= 1.0
            return True


@dataclass(frozen=True, slots=True)
class Budgets:
    """What all requests of a router together may spend on further calls.

    Attributes:
        second_call: the same target a second time at once: with a fault named, or in a simpler JSON mode.
        last_resort: targets that have just failed, once more, where every target cools down.
    """

    second_call: RetryBudget
    last_resort: RetryBudget

    @classmethod
    def from_limits(cls, limits: Limits) -> Budgets:
        """Full buckets, as the table sizes them."""
        return cls(
            second_call=RetryBudget(limits.retry_share, limits.retry_burst),
            last_resort=RetryBudget(limits.last_resort_share, limits.last_resort_burst, a_second=1.0),
        )

    def use_limits(self, limits: Limits) -> None:
        """Follow a table that was edited."""
        self.second_call.resize(limits.retry_share, limits.retry_burst)
        self.last_resort.resize(limits.last_resort_share, limits.last_resort_burst)

    def earn(self) -> None:
        """A request has begun."""
        self.second_call.earn()
        self.last_resort.earn()
