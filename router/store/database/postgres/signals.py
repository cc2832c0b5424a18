"""The counters in memory: the server tells a thread of ours when one has changed, and nobody asks ahead of a request.

A signal says only that something changed; what is read is the counters themselves. Signals are lost while nobody is
connected, and a pool between may swallow them: so the counters are read after each connecting, and every
`POLL_SECONDS` in any case.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from router.store.database.gate import Gate

CHANNEL = "router_counters"
POLL_SECONDS = 5.0
"""How often the counters are read although no signal came."""

_SLICE_SECONDS = 0.25  # a fork waits for whoever is inside the gate, and no longer than a second
_RETRY_SECONDS = 1.0


class SignalledCounters:
    """`router.store.database.connections.CounterFeed` of a server.

    Args:
        connect: opens a connection that nobody else uses.
        gate: nobody uses a connection but within it.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], gate: Gate) -> None:
        self._connect = connect
        self._gate = gate
        self._connection: psycopg.Connection[Any] | None = None
        self._values: Mapping[str, int] | None = None
        self._read_at = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="router-signals", daemon=True)
        self._thread.start()

    @property
    def values(self) -> Mapping[str, int] | None:
        """The counters as they are; None while nobody would tell of a change."""
        return self._values

    def release(self) -> None:
        """Close the connection; within the gate, or while it is shut."""
        self._values = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join(_RETRY_SECONDS * 2)
        self.release()

    # --- in the thread ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._gate:
                    self._hear_once()
            except (psycopg.Error, OSError):
                self.release()
                self._stopped.wait(_RETRY_SECONDS)

    def _hear_once(self) -> None:
        """Wait for a signal for a moment, and read the counters where one came or it is time."""
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect()
            connection.execute(f"LISTEN {CHANNEL}".encode())
            self._read_at = 0.0
        is_told = any(
            True for _ in connection.notifies(timeout=0.0 if self._is_late() else _SLICE_SECONDS, stop_after=1)
        )
        if is_told or self._is_late():
            rows = connection.execute(b"SELECT name, value FROM counters").fetchall()
            self._values = {str(name): int(value) for name, value in rows}
            self._read_at = time.monotonic()

    def _is_late(self) -> bool:
        return self._read_at == 0.0 or time.monotonic() - self._read_at >= POLL_SECONDS
