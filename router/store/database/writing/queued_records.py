"""What is queued for the writer: records, with those who wait for them, and requests to write everything."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from router.store.database.writing.transactions import Write

SMALL_RECORD_BYTES = 1_000
"""About what a record without texts takes in memory while it is queued."""


def no_result() -> None:
    """What is known of a record that was not written."""


_UNWRITTEN: Any = object()
_STEP_SECONDS = 0.1  # after so long, who waits on for a database that answers looks whether it still does


@dataclass(slots=True, eq=False)
class Order:
    """A record in the queue.

    Attributes:
        result: what its waiter gets; until it is written, what `otherwise` gives.
        wait_until: `time.monotonic` up to which its waiter waits as long as the database answers.
        repeatable: whether it comes to the same if it is written again.
        give_up_at: `time.monotonic` from which on it is not written any more; None is never.
        settled: set as soon as it is written or given up.
    """

    write: Write
    weight: int = SMALL_RECORD_BYTES
    urgent: bool = True
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = _UNWRITTEN
    otherwise: Callable[[], Any] = no_result
    wait_until: float = 0.0
    repeatable: bool = False
    give_up_at: float | None = None
    settled: threading.Event | None = None
    was_written: bool = False


@dataclass(slots=True)
class Flush:
    """Asks for everything queued before it to be written; `last` ends the thread."""

    done: threading.Event
    until: float
    last: bool = False
    was_written: bool = False


class Waiters:
    """Those who wait in one event loop, each until its own moment.

    The loop sees to that by itself, whatever the writer's thread is kept from. One timer serves all: one for each
    would cost more than writing the record.

    Args:
        is_answering: whether the database answers, so that it is worth to wait for it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, is_answering: Callable[[], bool]) -> None:
        self.loop = loop
        self._is_answering = is_answering
        self._orders: deque[tuple[float, Order]] = deque()
        self._is_timed = False

    def add(self, order: Order, until: float) -> None:
        """Have an order's future resolved at `until` (`time.monotonic`), if nobody has done that before."""
        self._orders.append((until, order))
        if not self._is_timed:
            self._is_timed = True
            self.loop.call_later(max(until - time.monotonic(), 0.0), self._resolve_late)

    def _resolve_late(self) -> None:
        now = time.monotonic()
        while self._orders:
            until, order = self._orders[0]
            is_done = order.future is None or order.future.done()
            if until > now and not is_done:
                self.loop.call_later(until - now, self._resolve_late)
                return
            self._orders.popleft()
            if not is_done and now < order.wait_until and self._is_answering():
                self._orders.append((now + _STEP_SECONDS, order))
            else:
                _resolve_future(order)
        self._is_timed = False


def wake_waiters(group: list[Order], *, was_written: bool) -> None:
    """Wake whoever waits: one call into each event loop, however many of its futures are done."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Order]] = defaultdict(list)
    for order in group:
        order.was_written = was_written
        if order.settled is not None:
            order.settled.set()
        if order.loop is not None:
            by_loop[order.loop].append(order)
    for loop, orders in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, orders)
        except RuntimeError:
            continue  # the loop is closed, and nobody waits any more


def _resolve_all(orders: list[Order]) -> None:
    for order in orders:
        _resolve_future(order)


def _resolve_future(order: Order) -> None:
    if order.future is not None and not order.future.done():
        order.future.set_result(order.otherwise() if order.result is _UNWRITTEN else order.result)
