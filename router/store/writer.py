"""The one writer: a thread that takes all that is queued and commits it as a group.

What always holds:

- Nobody else in the process writes. Records are taken in the order in which they were queued, so an attempt's row
  follows its request's, and its end follows both.
- `submit` never blocks and never raises. Whoever waits is woken when the group is committed, or has failed: a log that
  cannot be written holds up no request. What went wrong is in `error` until a commit succeeds again.
- A record that cannot be written (it alone is at fault) is dropped with a message; the others of its group are not.
- A group is one transaction, begun as IMMEDIATE: with eight processes on one file, writers queue instead of failing.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from router.store.rollups import Pending

_log = logging.getLogger("router.store")

_BUSY_SECONDS = 5.0
_LARGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class LogError:
    """Why the log cannot be written, and since when (seconds since the epoch)."""

    text: str
    since: float


class Batch:
    """What a record writes to: the open transaction, and the figures that are written at its end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.figures = Pending()


Write = Callable[[Batch], Any]
"""One record's writing; what it gives is what its waiter gets."""


@dataclass(slots=True)
class _Order:
    write: Write
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = None


class Writer:
    """The writing thread of one database file.

    Args:
        connect: opens a connection; called in the writer's own thread.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.error: LogError | None = None
        self.groups = 0
        self._connect = connect
        self._queue: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="router-store", daemon=True)
        self._closed = False
        self._thread.start()

    def submit(self, write: Write) -> None:
        """Queue a record."""
        self._queue.put(_Order(write))

    def submit_and_wait(self, write: Write, *, otherwise: Any = None) -> asyncio.Future[Any]:
        """Queue a record; the future, of the running event loop, is done when its group is.

        Args:
            otherwise: what it gives where the record could not be written.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._queue.put(_Order(write, loop, future, otherwise))
        return future

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was queued before is written; False where that took too long."""
        if self._closed:
            return True
        done = threading.Event()
        self._queue.put(_Order(lambda batch: None, None, None, done))
        return done.wait(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Write what is queued, and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout)

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        connection = self._connect()
        open_ = True
        while open_:
            group, open_ = self._take()
            if group:
                self._commit(connection, group)
                self._wake(group)
        connection.close()

    def _take(self) -> tuple[list[_Order], bool]:
        """Everything that is queued, at least one; False behind it where the end was among it."""
        order = self._queue.get()
        group: list[_Order] = []
        while order is not None:
            group.append(order)
            if len(group) >= _LARGEST_GROUP:
                return group, True
            try:
                order = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit(self, connection: sqlite3.Connection, group: list[_Order]) -> None:
        self.groups += 1
        if self._transaction(connection, group) is None or len(group) == 1:
            return
        for order in group:
            self._transaction(connection, [order])

    def _transaction(self, connection: sqlite3.Connection, group: list[_Order]) -> Exception | None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            batch = Batch(connection)
            for order in group:
                result = order.write(batch)
                if order.future is not None:
                    order.result = result
            batch.figures.write(connection)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 – whatever it is, requests go on
            self._failed(connection, error)
            return error
        self.error = None
        return None

    def _failed(self, connection: sqlite3.Connection, error: Exception) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if self.error is None:
            _log.error("the log cannot be written: %s", error)
        self.error = LogError(str(error), self.error.since if self.error else time.time())

    @staticmethod
    def _wake(group: list[_Order]) -> None:
        """One call into each event loop, however many of its futures are done."""
        by_loop: dict[asyncio.AbstractEventLoop, list[_Order]] = defaultdict(list)
        for order in group:
            if order.loop is not None:
                by_loop[order.loop].append(order)
            elif isinstance(order.result, threading.Event):
                order.result.set()
        for loop, orders in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, orders)
            except RuntimeError:
                continue  # the loop is closed, and nobody waits any more


def _resolve(orders: list[_Order]) -> None:
    for order in orders:
        if order.future is not None and not order.future.done():
            order.future.set_result(order.result)


def connect(path: str) -> sqlite3.Connection:
    """A connection as all of ours are: WAL, patient, in autocommit mode."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
