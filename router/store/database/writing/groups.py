"""Groups of queued records, each committed in one transaction.

- A group is one transaction, begun as IMMEDIATE: with eight processes on one file, writers queue instead of failing.
- A group whose commit got no answer is asked after before it is written again, so that it counts once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from router.store.database.connections import Database, Link, Use
from router.store.database.writing.backlog import Backlog
from router.store.database.writing.progress import WritingProgress
from router.store.database.writing.queued_records import Order, wake_waiters
from router.store.database.writing.transactions import Batch, FigureKeeper, commit_group


@dataclass(frozen=True, slots=True)
class _UnsettledGroup:
    """A group that failed, and may have been committed all the same."""

    orders: deque[Order]
    group: list[Order]
    batch: Batch
    error: Exception


class GroupWriter:
    """Commits groups of records on a connection of its own; for one thread.

    Args:
        figures: makes what a transaction's figures are added up in.
        backlog: gets back the room of what is settled.
        progress: is told while a group is under way.

    Attributes:
        begun: how many transactions there were.
        link: its connection.
    """

    def __init__(
        self, database: Database, figures: Callable[[], FigureKeeper], backlog: Backlog, progress: WritingProgress
    ) -> None:
        self.begun = 0
        self.link = Link(database, Use.WRITING)
        self._database = database
        self._figures = figures
        self._backlog = backlog
        self._progress = progress
        self._doubt: _UnsettledGroup | None = None

    def write(self, orders: deque[Order], group: list[Order]) -> Exception | None:
        """Commit a group; gives what it met, whatever that is, and None where all of it is written.

        Args:
            orders: what the group is a part of, which it stays until it is settled.
        """
        self.begun += 1
        self._progress.busy_since = time.monotonic()
        batch: Batch | None = None
        try:
            with self._database.gate:
                batch = Batch(self.link.connection(), self._figures())
                repeatable = all(order.repeatable for order in group)
                results = commit_group(batch, [order.write for order in group], repeatable=repeatable)
        except Exception as error:  # noqa: BLE001 – whatever it is, requests go on
            if batch is not None:
                self._doubt = _UnsettledGroup(orders, group, batch, error)
            return error
        finally:
            self._progress.busy_since = None
        for order, result in zip(group, results, strict=True):
            order.result = result
        return None

    def clear_doubt(self) -> Exception | None:
        """Ask after a group that may have been committed, and settle it if it was; gives why that is not known now."""
        doubt = self._doubt
        if doubt is None:
            return None
        try:
            was_committed = self._database.was_committed(doubt.error)
        except self._database.errors as error:
            return error
        self._doubt = None
        if was_committed:
            doubt.batch.note_commit()
            # Who could not wait for it has been taken out meanwhile.
            group = [order for order in doubt.group if order in doubt.orders]
            self.settle(doubt.orders, group, was_written=True)
        return None

    def settle(self, orders: deque[Order], group: list[Order], *, was_written: bool) -> None:
        """Take a group out of what is queued, and wake whoever waits for it."""
        for order in group:
            orders.remove(order)  # nearly always the first
            self._backlog.give_back(order.weight)
        wake_waiters(group, was_written=was_written)
