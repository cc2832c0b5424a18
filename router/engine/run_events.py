"""A run's events as its caller reads them, one after the other out of batches; and the run's end from outside."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import Self

from router.types import Completion, Delta, Event


class RunEvents:
    """Iterate it once, and `aclose` it; `interrupt` ends it, whoever waits for an event.

    Attributes:
        completion: the answer, once there is one; from then on there is nothing to interrupt.
        loop: the event loop that it belongs to.
    """

    def __init__(self) -> None:
        self.completion: Completion | None = None
        self.loop = asyncio.get_running_loop()
        self._batches = self._recorded()
        self._unseen: deque[Event] = deque()  # of the latest batch, what the caller has not been given yet
        self._reader: asyncio.Task[object] | None = None
        self._is_interrupted = False
        self._is_closed_over = False
        self._closing: asyncio.Task[None] | None = None

    def _recorded(self) -> AsyncGenerator[Sequence[Event], None]:
        """The events in batches."""
        raise NotImplementedError

    def _closed_error(self) -> Exception:
        """What a caller is told over whose request the router is closed."""
        raise NotImplementedError

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._is_interrupted and self.completion is None:
            await self.aclose()
            raise self._interruption()
        if not self._unseen:
            await self._read_batch()
        return self._unseen.popleft()

    async def _read_batch(self) -> None:
        """Wait for the next events, one at least.

        Raises:
            StopAsyncIteration: there are no more.
        """
        task = self._reader = asyncio.current_task()
        try:
            self._unseen.extend(await anext(self._batches))
        except asyncio.CancelledError:
            # Ours alone: the iteration just ends. Somebody else's too: it goes its way.
            if self._is_interrupted and task is not None and task.uncancel() == 0:
                raise self._interruption() from None
            raise
        finally:
            self._reader = None

    def interrupt(self, *, closed: bool = False) -> None:
        """End the call upstream, and with it the iteration; in its own event loop, any number of times.

        Args:
            closed: whether the router is closed over it, which its caller is then told.
        """
        if self._is_interrupted or self.completion is not None:
            return
        self._is_interrupted, self._is_closed_over = True, closed
        if self._reader is not None:
            self._reader.cancel()
        else:
            # Nobody is waiting for an event, so nobody's task can be cancelled: the generator itself is closed.
            self._closing = self.loop.create_task(self._batches.aclose())

    def _interruption(self) -> Exception:
        return self._closed_error() if self._is_closed_over else StopAsyncIteration()

    async def aclose(self) -> None:
        """End it, if it has not ended: the call upstream is broken off, and the log says `cancelled`."""
        if self._closing is not None:
            await self._closing
        await self._batches.aclose()

    def _unseen_pieces(self) -> int:
        return sum(isinstance(event, Delta) for event in self._unseen)
