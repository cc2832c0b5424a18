"""The counters by which every process hears of a change: one query for all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from router.store.database.readers import Readers


class Counters:
    """What the counters were at the last reading; safe to use from several threads.

    Args:
        fresh: seconds that a reading serves whoever asks.
    """

    def __init__(self, readers: Readers, fresh: float) -> None:
        self._readers = readers
        self._fresh = fresh
        self._values: dict[str, int] = {}
        self._read_at = -self._fresh

    def value(self, name: str) -> int:
        """A counter as it is now, or as it was last where the database cannot be read; 0 where it never was."""
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


def _counter_of(row: Sequence[Any]) -> tuple[str, int]:
    return row[0], int(row[1])
