"""The one writer: a thread that takes all that is queued and commits it as a group.

What always holds:

- Nobody else in the process writes but by this class.
- A single row that somebody waits for, while nothing else is being written, is committed where it stands: handing it
  to the thread and back would take longer than the commit, which waits for nothing (no lock, no disk, no checkpoint).
  As soon as there is anything to wait for, it goes to the thread.
- What somebody waits for (a row that has to be there before a request is sent) and what others must see at once (a
  hold) is committed at once. Endings, which nobody waits for, are gathered for `LINGER_SECONDS` and then committed
  together, in their own order; figures are written once for all of them. So an ending is visible some milliseconds
  after it happened, and `flush` makes it visible now.
- An ending never overtakes the row that it ends: that row was waited for.
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

from router.store.log.histograms import merged
from router.store.log.rollups import Pending

_log = logging.getLogger("router.store")

LINGER_SECONDS = 0.04
"""How long an ending may wait for others."""

_BUSY_SECONDS = 5.0
_LARGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class LogError:
    """Why the log cannot be written, and since when (seconds since the epoch)."""

    text: str
    since: float


class Batch:
    """What a record writes to: the open transaction, and the figures that are written at its end.

    Attributes:
        committed: called once the transaction is committed; a record may be written twice, where another failed.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.figures = Pending()
        self.committed: list[Callable[[], object]] = []

    def settle(self) -> None:
        """What has to be done after the commit."""
        for call in self.committed:
            call()


Write = Callable[[Batch], Any]
"""One record's writing; what it gives is what its waiter gets."""


@dataclass(slots=True)
class _Order:
    write: Write
    urgent: bool = True
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = None


@dataclass(frozen=True, slots=True)
class _Flush:
    """Asks for everything queued before it to be written; `last` ends the thread."""

    done: threading.Event
    last: bool = False


class _AtOnce:
    """Commits one record in the thread that brings it, if that needs no waiting at all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._connection = connection
        self._lock = threading.Lock()

    def write(self, write: Write, future: asyncio.Future[Any] | None = None) -> bool:
        """Whether it was written; if so, the future (where there is one) is done."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            batch = Batch(self._connection)
            result = write(batch)
            self._connection.execute("COMMIT")
            batch.settle()
        except Exception:  # noqa: BLE001 – the thread tries it again, and says what is wrong
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return False
        finally:
            self._lock.release()
        if future is not None:
            future.set_result(result)
        return True

    def close(self) -> None:
        """Close its connection."""
        with self._lock:
            self._connection.close()


class Writer:
    """The writing thread of one database file.

    Args:
        connect: opens a connection; called in the writer's own thread.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.error: LogError | None = None
        self.groups = 0
        self._connect = connect
        self._busy = False
        self._at_once = _AtOnce(connect())
        self._queue: queue.SimpleQueue[_Order | _Flush] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="router-store", daemon=True)
        self._closed = False
        self._thread.start()

    def submit(self, write: Write, *, urgent: bool = False) -> None:
        """Queue a record; an urgent one is committed at once."""
        if not (urgent and self._is_idle() and self._at_once.write(write)):
            self._queue.put(_Order(write, urgent))

    def submit_and_wait(self, write: Write, *, otherwise: Any = None) -> asyncio.Future[Any]:
        """Queue an urgent record; the future, of the running event loop, is done when it is committed.

        Args:
            otherwise: what it gives where the record could not be written.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._is_idle() and self._at_once.write(write, future):
            return future
        self._queue.put(_Order(write, True, loop, future, otherwise))
        return future

    def _is_idle(self) -> bool:
        return not self._busy and self._queue.empty() and self.error is None and not self._closed

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was queued before is written; False where that took too long."""
        if self._closed:
            return True
        done = threading.Event()
        self._queue.put(_Flush(done))
        return done.wait(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Write what is queued, and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(_Flush(threading.Event(), last=True))
        self._thread.join(timeout)
        self._at_once.close()

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        connection = self._connect()
        endings: list[_Order] = []
        due, going = 0.0, True
        while going:
            urgent, later, flushes = self._take(due - time.monotonic() if endings else None)
            if later and not endings:
                due = time.monotonic() + LINGER_SECONDS
            endings += later
            self._commit(connection, urgent)
            if endings and (flushes or len(endings) >= _LARGEST_GROUP or time.monotonic() >= due):
                self._commit(connection, endings)
                endings = []
            for flush in flushes:
                flush.done.set()
                going = going and not flush.last
        connection.close()

    def _take(self, timeout: float | None) -> tuple[list[_Order], list[_Order], list[_Flush]]:
        """What is queued, sorted by kind; waits for something until `timeout` seconds have passed."""
        urgent: list[_Order] = []
        later: list[_Order] = []
        flushes: list[_Flush] = []
        try:
            found = self._queue.get(timeout=None if timeout is None else max(timeout, 0.0))
            while True:
                if isinstance(found, _Flush):
                    flushes.append(found)
                else:
                    (urgent if found.urgent else later).append(found)
                if len(urgent) + len(later) >= _LARGEST_GROUP:
                    break
                found = self._queue.get_nowait()
        except queue.Empty:
            pass
        return urgent, later, flushes

    def _commit(self, connection: sqlite3.Connection, group: list[_Order]) -> None:
        if not group:
            return
        self.groups += 1
        self._busy = True
        if self._transaction(connection, group) is not None and len(group) > 1:
            for order in group:
                self._transaction(connection, [order])
        self._busy = False
        self._wake(group)

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
            batch.settle()
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
    """A connection as all of ours are: WAL, patient, in autocommit mode, and able to add up distributions."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.create_function("merged", 2, merged, deterministic=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
