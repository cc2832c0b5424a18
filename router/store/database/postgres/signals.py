"""The server tells a thread of ours when a counter has changed, and the thread has it read, ahead of any request.

A signal says only that something changed; what is read is the counters themselves. Signals are lost while nobody is
connected, and a pool between may swallow them: so the counters are read after each connecting, and every
`POLL_SECONDS` in any case.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg

from router.store.database.connections import SqlConnection
from router.store.database.gate import Gate
from router.store.database.postgres.dialect import PostgresConnection
from router.store.database.postgres.pulse import Pulse

CHANNEL = "router_counters"
POLL_SECONDS = 5.0
"""How often the counters are read although no signal came."""

_SLICE_SECONDS = 0.25  # a fork waits for whoever is inside the gate, and no longer than a second
_RETRY_SECONDS = 1.0


class CounterSignals:
    """`router.store.database.connections.CounterFeed` of a server.

    Args:
        connect: opens a connection that nobody else uses.
        read: reads the counters on it.
        gate: nobody uses a connection but within it.
        pulse: has the server asked whether it is there, while somebody waits for it.
    """

    def __init__(
        self,
        connect: Callable[[], PostgresConnection],
        read: Callable[[SqlConnection], None],
        gate: Gate,
        pulse: Pulse,
    ) -> None:
        self._connect = connect
        self._read = read
        self._gate = gate
        self._pulse = pulse
        self._connection: PostgresConnection | None = None
        self._read_at: float | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="router-signals", daemon=True)
        self._thread.start()

    @property
    def is_live(self) -> bool:
        """Whether all changes so far were read, and the next would be told of."""
        return self._read_at is not None

    def release(self) -> None:
        """Close the connection; within the gate, or while it is shut."""
        self._read_at = None
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
        """Wait for a signal for a moment, and have the counters read where one came or it is time."""
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect()
            connection.execute(f"LISTEN {CHANNEL}")
        is_told = _is_told(connection, 0.0 if self._is_late() else _SLICE_SECONDS)
        if is_told or self._is_late():
            self._read(connection)
            self._read_at = time.monotonic()
        elif self._pulse.is_wanted:
            connection.execute("SELECT 1")

    def _is_late(self) -> bool:
        return self._read_at is None or time.monotonic() - self._read_at >= POLL_SECONDS


def _is_told(connection: PostgresConnection, seconds: float) -> bool:
    """Whether a signal came within a time; all that have come are one."""
    is_told = any(True for _ in connection.raw.notifies(timeout=seconds, stop_after=1))
    return any(True for _ in connection.raw.notifies(timeout=0.0)) or is_told
