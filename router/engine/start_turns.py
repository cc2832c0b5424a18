"""Requests that begin at once begin some at a time, so that a crowd of them does not stop the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

_AT_ONCE = 12
"""Requests that begin in one turn of the event loop: planning one and writing it takes up to a millisecond."""


class StartTurns:
    """Lets requests begin in their order; safe to use from several event loops, each of which has turns of its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    async def take(self) -> None:
        """Wait until there is room in this turn of the running event loop; for most there is at once."""
        loop = asyncio.get_running_loop()
        turns: _Turns | None = getattr(self._local, "turns", None)
        if turns is None or turns.loop is not loop:
            turns = self._local.turns = _Turns(loop)
        if not turns.take_now():
            await turns.wait()


class _Turns:
    """The turns of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._begun = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take_now(self) -> bool:
        """Whether one more may begin in this turn, which is then counted; nobody overtakes those who wait."""
        if self._waiting or self._begun >= _AT_ONCE:
            return False
        if not self._begun:
            self.loop.call_soon(self._begin_turn)
        self._begun += 1
        return True

    async def wait(self) -> None:
        waiting = self.loop.create_future()
        self._waiting.append(waiting)
        await waiting

    def _begin_turn(self) -> None:
        """Let the next ones begin; those who have gone meanwhile take no place."""
        self._begun = 0
        while self._waiting and self._begun < _AT_ONCE:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                self._begun += 1
        if self._begun:
            self.loop.call_soon(self._begin_turn)
