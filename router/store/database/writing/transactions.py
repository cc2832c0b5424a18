"""One transaction: what records write to, how a group of them is committed, and how a single one is at once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from router.store.database.connections import Database, Link, SqlConnection, Use, Values

_log = logging.getLogger("router.store")


class FigureKeeper(Protocol):
    """Adds up what a group of records means for the figures, and writes it at the group's end."""

    def add(self, ended: Any) -> None:
        """Add one request that ended."""
        ...

    def write(self, connection: SqlConnection) -> None:
        """Write the sums within the open transaction."""
        ...


class Batch:
    """What a record writes to: the open transaction, and the figures that are written at its end.

    Attributes:
        after_commit: called once all of it is there for others to read, and not where it is rolled back.
    """

    __slots__ = ("_latest", "after_commit", "connection", "figures")

    def __init__(self, connection: SqlConnection, figures: FigureKeeper) -> None:
        self.connection = connection
        self.figures = figures
        self.after_commit: list[Callable[[], None]] = []
        self._latest: dict[tuple[str, ...], tuple[str, Values]] = {}

    def write_last(self, key: tuple[str, ...], sql: str, values: Values) -> None:
        """Have a row that all processes write again and again written at the group's end; of a key the last counts.

        Whoever writes such a row keeps it from the others until its commit, and two who write two of them in different
        orders wait for each other. So each is written once a group, in one order for all, and nothing comes behind.
        """
        self._latest[key] = sql, values

    def write_ends(self) -> None:
        """Write what comes at the group's end."""
        self.figures.write(self.connection)
        for _, (sql, values) in sorted(self._latest.items(), key=lambda row: row[0]):
            self.connection.execute(sql, values)

    def note_commit(self) -> None:
        """Call what is to be called after the commit; what one of them meets is said, since it undoes nothing."""
        for call in self.after_commit:
            try:
                call()
            except Exception as error:  # noqa: BLE001 – taken for a failed commit it would have all of it written again
                _log.error("what follows a commit has failed: %s", type(error).__name__)


Write = Callable[[Batch], Any]
"""One record's writing; what it gives is what its waiter gets. It may be called again, where another one failed."""


def commit_group(batch: Batch, writes: Sequence[Write], *, repeatable: bool = False) -> list[Any]:
    """Commit some records together; gives what each gave.

    Args:
        repeatable: whether each of them comes to the same if it is written again.

    Raises:
        Exception: whatever one of them met; none of them is written then.
    """
    with batch.connection.transaction(repeatable=repeatable):
        results = [write(batch) for write in writes]
        batch.write_ends()
    batch.note_commit()
    return results


class ImmediateWriter:
    """Commits one record in the thread that brings it, if that needs no waiting at all."""

    def __init__(self, database: Database, figures: Callable[[], FigureKeeper]) -> None:
        self.link = Link(database, Use.AT_ONCE)
        self._database = database
        self._figures = figures
        self._lock = threading.Lock()

    def write(self, write: Write, future: asyncio.Future[Any] | None = None) -> bool:
        """Whether it was written; if so, the future (where there is one) is done."""
        if not self._database.writes_at_once or not self._lock.acquire(blocking=False):
            return False
        try:
            with self._database.gate:
                (result,) = commit_group(Batch(self.link.connection(), self._figures()), [write])
        except Exception:  # noqa: BLE001 – the thread tries it again, and says what is wrong
            return False
        finally:
            self._lock.release()
        if future is not None:
            future.set_result(result)
        return True

    def close(self) -> None:
        """Close its connection."""
        with self._lock:
            self.link.release()
