"""The calls of a router that are under way, in whatever event loop, and how a router is closed over them."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Protocol

from router.errors import RouterClosed

LAST_MOMENT = 1.0
"""Seconds that calls which were ended have to write down how they ended; an event loop that hangs is not waited for."""


class RunningCall(Protocol):
    """A call under way."""

    loop: asyncio.AbstractEventLoop

    def interrupt(self, *, closed: bool) -> None:
        """End it, in its own event loop."""
        ...


class CallsInFlight:
    """All calls that have begun and not ended; safe to use from several threads and event loops."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._is_closed = False
        self._running: set[RunningCall] = set()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def check_open(self) -> None:
        """See that the router may be used.

        Raises:
            RouterClosed: it was closed, or this process was forked from the one that made it.
        """
        self.check_process()
        with self._lock:
            self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise RouterClosed("this router is closed; make another one with from_env")

    def check_process(self) -> None:
        """See that this is the process that made the router.

        A child has none of the parent's threads and shares its sockets: a write would be waited for in vain, and a
        reply might go to the wrong process. Asked ahead of every lock, since another thread may have held it.

        Raises:
            RouterClosed: this process was forked from the one that made it.
        """
        if os.getpid() != self._process:
            raise RouterClosed(
                f"this router was made in process {self._process}, and this is a fork of it; "
                "make another one here with from_env"
            )

    def enter(self, call: RunningCall) -> None:
        """A call begins.

        Raises:
            RouterClosed: the router was closed in the meantime.
        """
        self.check_process()
        with self._lock:
            self._refuse_if_closed()
            self._running.add(call)

    def leave(self, call: RunningCall) -> None:
        """A call has ended, or was found to be in an event loop that has."""
        with self._lock:
            self._running.discard(call)
            waiting, self._waiting = ([], self._waiting) if self._running else (self._waiting, [])
        for loop, emptied in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_set_done, emptied)

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way."""
        return bool(self._running)

    async def close(self, grace: float) -> None:
        """Refuse all further calls, wait for those under way, then end what is left of them.

        Args:
            grace: seconds that they have to come to their own end.
        """
        with self._lock:
            self._is_closed = True
        if await self._emptied(grace):
            return
        with self._lock:
            running = list(self._running)
        for call in running:
            self._interrupt(call)
        await self._emptied(LAST_MOMENT)

    def _interrupt(self, call: RunningCall) -> None:
        try:
            call.loop.call_soon_threadsafe(lambda: call.interrupt(closed=True))
        except RuntimeError:  # its loop is closed, and with it all that it could have written
            self.leave(call)

    async def _emptied(self, seconds: float) -> bool:
        """Whether no call is under way, or none is any more within so many seconds."""
        loop = asyncio.get_running_loop()
        emptied = loop.create_future()
        with self._lock:
            if not self._running:
                return True
            self._waiting.append((loop, emptied))
        done, _ = await asyncio.wait([emptied], timeout=seconds)
        return bool(done)


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
