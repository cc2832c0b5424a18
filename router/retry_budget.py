"""How often, over all requests together, the same target may be called a second time."""

from __future__ import annotations

import threading


class RetryBudget:
    """A bucket that every request fills a little and every second call to the same target empties by one.

    Without it, an outage doubles the calls to whatever is down.

    Args:
        share: what a request adds: the share of all requests that may be repeated in the long run.
        burst: what the bucket holds at the most, and at the start.
    """

    def __init__(self, share: float, burst: float) -> None:
        self._share = share
        self._burst = burst
        self._level = burst
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A request has begun."""
        with self._lock:
            self._level = min(self._burst, self._level + self._share)

    def spend(self) -> bool:
        """Take one second call; false where none is left."""
        with self._lock:
            if self._level < 1.0:
                return False
            self._level -= 1.0
            return True
