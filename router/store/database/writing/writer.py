"""The one writer: a thread that takes all that is queued and commits it as a group (`GroupWriter`).

What always holds:

- Nobody else in the process writes but by this class.
- A single row that somebody waits for, while nothing else is being written, is committed where it stands: handing it
  to the thread and back would take longer than the commit, which waits for nothing (no lock, no disk, no checkpoint).
  As soon as there is anything to wait for, it goes to the thread.
- What somebody waits for (a row that has to be there before a request is sent) and what others must see at once (a
  cooldown) is committed at once. Endings, which nobody waits for, are gathered for `LINGER_SECONDS` and then committed
  together, in their own order; figures are written once for all of them. So an ending is visible some milliseconds
  after it happened, and `flush` makes it visible now.
- An ending never overtakes the row that it ends: that one is urgent, and urgent records go first.
- `submit` never blocks and never raises, and nobody who waits for a record waits longer than `Database.patience` from
  when the writing began to fail: a log that cannot be written holds up no request.
- Whoever needs an exact answer (a limit, a probe) waits `EXACT_SECONDS` for a database that is there and only slow, and
  no longer than anybody for one that is away. What it then decides without the database is written all the same.
- What meets a database that cannot be written now (locked, full, damaged, gone) stays queued in its order, and is
  written when it can be. What is said of that is `LogTrouble`'s, and how much may wait is `Backlog`'s.
- A record that cannot be written (it alone is at fault) is dropped with a message; the others of its group are not.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from router.store.database.connections import Database
from router.store.database.writing.backlog import Backlog
from router.store.database.writing.groups import GroupWriter
from router.store.database.writing.inbox import Inbox
from router.store.database.writing.log_error import LogError, LogTrouble
from router.store.database.writing.progress import WritingProgress
from router.store.database.writing.queued_records import (
    SMALL_RECORD_BYTES,
    Flush,
    Order,
    Waiters,
    no_result,
    wake_waiters,
)
from router.store.database.writing.transactions import FigureKeeper, ImmediateWriter, Write

LINGER_SECONDS = 0.04
"""How long an ending may wait for others."""

PATIENCE_SECONDS = 1.0
"""How long a lock may last before it is called an error."""

CHORE_SECONDS = 8.0
"""How often the writer does what has to be done again and again."""

CLOSING_SECONDS = 5.0
"""How long the end of the writer waits for a lock to pass."""

_LOOK_SECONDS = 0.5  # how often it looks whether somebody has taken the journals away
_RETRY_SECONDS = 0.2
_PERFORMED_SECONDS = 5.0
_LARGEST_GROUP = 500


class Writer:
    """The writing thread of one database file.

    Args:
        figures: makes what a transaction's figures are added up in.
        chore: what is written every `CHORE_SECONDS`.

    Attributes:
        backlog: how much memory the queue takes; whoever brings something large asks it first.
    """

    def __init__(self, database: Database, figures: Callable[[], FigureKeeper], chore: Write | None = None) -> None:
        self.backlog = Backlog()
        self._database = database
        self._progress = WritingProgress(database)
        self._groups = GroupWriter(database, figures, self.backlog, self._progress)
        self._chore = chore
        self._chore_at = time.monotonic() + CHORE_SECONDS
        self._look_at = time.monotonic() + _LOOK_SECONDS
        self._trouble = LogTrouble(database, self.backlog)
        self._local = threading.local()
        self._at_once = ImmediateWriter(database, figures)
        for link in (self._at_once.link, self._groups.link):
            database.when_released(link.release)
        self._inbox = Inbox()
        self._has_more = False  # in the inbox, than could be taken at once
        self._urgent: deque[Order] = deque()
        self._endings: deque[Order] = deque()
        self._flushes: list[Flush] = []
        self._endings_due = self._retry_at = 0.0
        self._is_only_locked = False
        self._thread = threading.Thread(target=self._run_thread, name="router-store", daemon=True)
        self._closed = False
        self._thread.start()

    @property
    def error(self) -> LogError | None:
        """Why nothing can be written now, or what has happened to the file a while ago; None where all is well."""
        return self._trouble.error

    def submit(self, write: Write, *, urgent: bool = False, weight: int = SMALL_RECORD_BYTES) -> None:
        """Queue a record; an urgent one is committed at once.

        Args:
            weight: about how many bytes of memory it takes while it is queued.
        """
        if urgent and self._is_idle() and self._at_once.write(write):
            return
        self._put_in_queue(Order(write, weight, urgent))

    def submit_and_wait(
        self,
        write: Write,
        *,
        otherwise: Callable[[], Any] = no_result,
        longest: float = 0.0,
        weight: int = SMALL_RECORD_BYTES,
        repeatable: bool = False,
    ) -> asyncio.Future[Any]:
        """Queue an urgent record; the future, of the running event loop, is done when it is committed.

        It is done after `Database.patience` in any case, or after `longest` where that is longer and the database
        answers. The record stays queued then, and is written when it can be.

        Args:
            otherwise: gives what the future gives where the record was not written until then.
            longest: seconds to wait for a database that is there and only slow.
            repeatable: whether it comes to the same if it is written again, which is quicker.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._is_idle() and self._at_once.write(write, future):
            return future
        order = Order(write, weight, True, loop=loop, future=future, otherwise=otherwise, repeatable=repeatable)
        patience = self._progress.patience_left(longest)
        if patience <= 0 or not self._put_in_queue(order):
            future.set_result(otherwise())
            order.loop = order.future = None
            if patience <= 0:
                self._put_in_queue(order)
        else:
            now = time.monotonic()
            order.wait_until = now + patience if longest else 0.0
            self._waiters_of(loop).add(order, now + min(patience, self._database.patience))
        return future

    def perform(self, write: Write) -> bool:
        """Write a record now, or not at all: false where it could not be written within seconds. Blocks."""
        order = Order(write, give_up_at=time.monotonic() + _PERFORMED_SECONDS, settled=threading.Event())
        assert order.settled is not None
        if self._closed or not self._put_in_queue(order):
            return False
        order.settled.wait(_PERFORMED_SECONDS * 2)  # twice: for a thread that is no more
        return order.was_written

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was queued before is written; False where that cannot be or takes too long."""
        if self._closed:
            return True
        flush = Flush(threading.Event(), time.monotonic() + timeout)
        self._inbox.put(flush)
        return flush.done.wait(timeout) and flush.was_written

    def close(self) -> None:
        """Write what is queued, as far as that can be done, and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._inbox.put(Flush(threading.Event(), time.monotonic() + CLOSING_SECONDS, last=True))
        self._thread.join(CLOSING_SECONDS * 2)
        self._at_once.close()

    def leave_to_parent(self) -> None:
        """After a fork, in the child: there is no thread here, and what is queued is the parent's to write."""
        self._closed = True
        self._trouble.note_fork()

    def _is_idle(self) -> bool:
        return self._progress.is_idle and not self._closed and self._inbox.is_quiet

    def _waiters_of(self, loop: asyncio.AbstractEventLoop) -> Waiters:
        waiters: Waiters | None = getattr(self._local, "waiters", None)
        if waiters is None or waiters.loop is not loop:
            waiters = self._local.waiters = Waiters(loop, self._progress.is_answering)
        return waiters

    def _put_in_queue(self, order: Order) -> bool:
        if self._closed:
            self._trouble.say_closed()
            self.backlog.note_dropped()
            return False
        if not self.backlog.take(order.weight):
            return False
        self._inbox.put(order, urgent=order.urgent)
        return True

    # --- in the writer's thread ------------------------------------------------------------------------------------

    def _run_thread(self) -> None:
        is_going = True
        while is_going:
            self._take_queued()
            self._look_after_database()
            if time.monotonic() >= self._chore_at:
                self._add_chore()
            self._write_due()
            if self._progress.failing_since is not None:
                self._give_up_late()
            if self._flushes:
                is_going = self._answer_flushes()
        self._close_down()

    def _look_after_database(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        try:
            self._database.look_after()
        except self._database.errors as error:
            self._trouble.say_unsaved(error)

    def _seconds_to_wait(self) -> float:
        """Seconds until there is something to do, if nothing comes."""
        due = min(self._chore_at, self._look_at)
        if self._progress.failing_since is not None:
            if self._urgent or self._endings or self._flushes:
                due = min(due, self._retry_at)
        elif self._endings:
            due = min(due, self._endings_due)
        return max(due - time.monotonic(), 0.0)

    def _take_queued(self) -> None:
        """Sort what is queued by kind; waits for something as long as nothing is due."""
        had_endings = bool(self._endings)
        self._inbox.wait(0.0 if self._has_more else self._seconds_to_wait(), gathers=had_endings)
        self._has_more = self._sort_queued()
        if self._endings and not had_endings:
            self._endings_due = time.monotonic() + LINGER_SECONDS

    def _sort_queued(self) -> bool:
        """Put all that is queued where it belongs; whether there may be more than that."""
        while (brought := self._inbox.take()) is not None:
            if self._sort_in(brought):
                return True
        return False

    def _sort_in(self, brought: Order | Flush) -> bool:
        """Put it where it belongs; whether that is enough for now."""
        if isinstance(brought, Flush):
            self._flushes.append(brought)
            return True  # what comes behind it is no part of what it waits for
        (self._urgent if brought.urgent else self._endings).append(brought)
        return len(self._urgent) + len(self._endings) >= _LARGEST_GROUP

    def _add_chore(self) -> None:
        self._chore_at = time.monotonic() + CHORE_SECONDS
        if self._chore is not None and self._progress.failing_since is None:  # else it would be queued again and again
            self._urgent.append(Order(self._chore, weight=0))

    def _write_due(self) -> None:
        if self._progress.failing_since is not None and time.monotonic() < self._retry_at and not self._flushes:
            return
        if not self._write_out(self._urgent):
            return
        is_due = self._flushes or len(self._endings) >= _LARGEST_GROUP or time.monotonic() >= self._endings_due
        if self._endings and is_due and not self._write_out(self._endings):
            return
        if self._progress.failing_since is not None and not self._endings:
            self._note_recovery()

    def _write_out(self, orders: deque[Order]) -> bool:
        """Write orders from the first on; false where the database cannot be written now, and those left stay."""
        singly = 0
        while orders:
            doubt = self._groups.clear_doubt()
            if doubt is not None:
                self._note_failure(doubt)
                return False
            group = list(islice(orders, 1 if singly else _LARGEST_GROUP))
            singly = max(singly - 1, 0)
            error = self._groups.write(orders, group)
            if error is not None and self._database.is_of_database(error):
                self._note_failure(error)
                return False
            if error is not None and len(group) > 1:
                singly = len(group)  # one of them is at fault: which one, comes out when each is written by itself
                continue
            if error is not None:
                self._trouble.say_refusal(error)
            self._groups.settle(orders, group, was_written=error is None)
        return True

    def _give_up_late(self) -> None:
        """Take out what has to be written soon or not at all."""
        now = time.monotonic()
        late = [order for order in self._urgent if order.give_up_at is not None and now >= order.give_up_at]
        self._groups.settle(self._urgent, late, was_written=False)

    def _answer_flushes(self) -> bool:
        """Tell those who wait for everything; whether the thread goes on."""
        is_going, waiting = True, []
        for flush in self._flushes:
            flush.was_written = not self._urgent and not self._endings
            if not flush.was_written and self._is_only_locked and time.monotonic() < flush.until:
                waiting.append(flush)  # a lock passes
                continue
            is_going = is_going and not flush.last
            flush.done.set()
        self._flushes = waiting
        return is_going

    def _close_down(self) -> None:
        left = [*self._urgent, *self._endings]
        wake_waiters(left, was_written=False)
        self._trouble.say_lost(len(left))
        self._groups.link.release()

    def _note_failure(self, error: Exception) -> None:
        now = time.monotonic()
        if self._progress.failing_since is None:
            self._progress.failing_since = now
        self._retry_at = now + _RETRY_SECONDS
        self._is_only_locked = self._database.is_passing(error)
        self._progress.is_only_slow = self._database.is_slowness(error)
        if not self._is_only_locked:
            self._groups.link.release()  # a new connection sees what has become of the file
        elif now - self._progress.failing_since < PATIENCE_SECONDS:
            return  # others write too, and locks pass
        self._trouble.say_failure(error)

    def _note_recovery(self) -> None:
        """All that had waited is written."""
        self._progress.failing_since = None
        self._trouble.say_recovery()
