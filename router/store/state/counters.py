"""The counters by which every process hears of a change: in memory where the database tells of them, else asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from router.store.database.connections import CounterFeed
from router.store.database.readers import Readers


class Counters:
    """What the counters were at the last reading; safe to use from several threads.

    Args:
        fresh: seconds that a reading serves whoever asks.
        feed: keeps them in memory; while it cannot, they are asked for.
    """

    def __init__(self, readers: Readers, fresh: float, feed: CounterFeed | None = None) -> None:
        self._readers = readers
        self._fresh = fresh
        self._feed = feed
        self._is_expired = False
        self._values: dict[str, int] = {}
        self._read_at = -self._fresh

    def value(self, name: str) -> int:
        """A counter as it is now, or as it was last where the database cannot be read; 0 where it never was."""
        fed = None if self._feed is None or self._is_expired else self._feed.values
        if fed is not None:
            # They only grow: what this process has just read itself is not taken back by a feed that lags behind.
            return max(fed.get(name, 0), self._values.get(name, 0))
        self._is_expired = False
        now = time.monotonic()
        if now - self._read_at >= self._fresh:
            counters = self._readers.records(_counter_of, "SELECT name, value FROM counters")
            if counters is not None:
                self._values = dict(counters)
            self._read_at = now
        return self._values.get(name, 0)

    def expire(self) -> None:
        """Read anew when next asked: this process has just changed one."""
        self._read_at = -self._fresh
        self._is_expired = True


def _counter_of(row: Sequence[Any]) -> tuple[str, int]:
    return row[0], int(row[1])
