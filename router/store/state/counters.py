"""The counters by which every process hears of a change, and the rows that change with them.

Where a database tells of changes by itself, both are kept in memory: a thread reads the counters and the rows that go
with those that moved, and whoever routes a request asks nobody. Else they are asked for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.store.database.connections import CounterFeed, SqlConnection
from router.store.database.reading.readers import Readers

_COUNTERS = "SELECT name, value FROM counters"


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Rows as a reading of the database has given them.

    Attributes:
        rows: None where they could not be read.
        reading: its number; what was committed before it began is in it.
    """

    rows: Sequence[Any] | None
    reading: int


@dataclass(frozen=True, slots=True)
class _Held:
    """A counter in memory, and the rows that were read after it: they are as new as it is, or newer."""

    value: int = 0
    counted: CountedRows | None = None


class Counters:
    """What the counters were at the last reading; safe to use from several threads.

    Args:
        fresh: seconds that a reading serves whoever asks, while nobody tells of changes.
        holds_rows: whether rows are kept in memory, since asking for them takes long.
    """

    def __init__(self, readers: Readers, fresh: float, *, holds_rows: bool = False) -> None:
        self._readers = readers
        self._fresh = fresh
        self._holds_rows = holds_rows
        self._feed: CounterFeed | None = None
        self._queries: dict[str, str] = {}
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()
        self._readings = 0
        self._read_at = -self._fresh

    @property
    def readings(self) -> int:
        """How many readings have begun."""
        return self._readings

    def hold_rows(self, name: str, query: str) -> None:
        """Have the rows of a query kept in memory, for as long as the counter `name` stays as it is."""
        self._queries[name] = query

    def begin(self, feed: CounterFeed | None) -> None:
        """Read for the first time, so that no request has to; from now on a feed calls `read` at changes.

        Args:
            feed: None where asking costs nothing.
        """
        self._feed = feed
        self._readers.run(self.read)

    def value(self, name: str) -> int:
        """A counter as it is now, or as it was last where the database cannot be read; 0 where it never was."""
        if (self._feed is None or not self._feed.is_live) and time.monotonic() - self._read_at >= self._fresh:
            self._read_at = time.monotonic()
            self._readers.run_beside(self.read)
        return self._held.get(name, _Held()).value

    def rows(self, name: str) -> CountedRows:
        """The rows that go with a counter; from memory, where they are kept there."""
        held = self._held.get(name)
        if self._holds_rows and held is not None and held.counted is not None:
            return held.counted
        number = self._begin_reading()
        return CountedRows(self._readers.rows(self._queries[name]), number)

    def expire(self) -> None:
        """Have read what this process has just changed, before it goes on."""
        self._read_at = -self._fresh
        if self._holds_rows:
            self._readers.run(self.read)

    def read(self, connection: SqlConnection) -> None:
        """Read the counters, and the rows that go with those that have moved."""
        number = self._begin_reading()
        moved = {name: value for name, value in self._read_values(connection).items() if self._has_moved(name, value)}
        for name, value in moved.items():
            counted = None
            if self._holds_rows and name in self._queries:
                counted = CountedRows(connection.execute(self._queries[name]).fetchall(), number)
            self._take_in(name, _Held(value, counted))

    def _read_values(self, connection: SqlConnection) -> dict[str, int]:
        # Another program may have written a word there; such a counter stays as it was.
        rows = connection.execute(_COUNTERS).fetchall()
        return {str(name): int(value) for name, value in rows if str(value).isdecimal()}

    def _has_moved(self, name: str, value: int) -> bool:
        held = self._held.get(name)
        if held is None or not self._holds_rows:
            return held is None or value != held.value
        return value > held.value or (held.counted is None and name in self._queries)

    def _take_in(self, name: str, read: _Held) -> None:
        """What another thread has read meanwhile is not taken back: a server's counters only grow.

        Those of a file begin anew with the file that somebody has put in its place.
        """
        with self._lock:
            held = self._held.get(name)
            if held is None or not self._holds_rows or read.value >= held.value:
                self._held[name] = read

    def _begin_reading(self) -> int:
        with self._lock:
            self._readings += 1
            return self._readings
