"""A stream as its caller holds it: iterate it, read its text, end it from any thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from router.engine.run import Run
from router.providers.transport import Exchange
from router.types import Completion, Event, Target


class Stream:
    """An asynchronous context manager and iterator over the events of one request.

    Nothing is sent before the block is entered. Leaving it early ends the call upstream.
    """

    def __init__(self, start: Callable[[], Awaitable[Run]]) -> None:
        self._start = start
        self._run: Run | None = None
        self._events: AsyncGenerator[Event, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._interrupted = False
        self._cancelled = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def request_id(self) -> str | None:
        """The request's ULID, once the block has been entered."""
        return self._run.id if self._run is not None else None

    @property
    def text(self) -> str:
        """The whole valid text so far."""
        return self._run.text if self._run is not None else ""

    @property
    def completion(self) -> Completion | None:
        """The whole answer, once it is there; None for good after `cancel`."""
        return self._run.completion if self._run is not None else None

    @property
    def exchanges(self) -> Sequence[tuple[Target, Exchange]]:
        """The calls made so far as they went over the wire; `providers.shown_exchange` makes them fit to be shown."""
        return () if self._run is None else tuple(self._run.exchanges)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._run = await self._start()
        self._events = self._run.events()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._closing is not None:
            await self._closing
        if self._events is not None:
            await self._events.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._events is None:
            raise RuntimeError("enter the stream first: async with router.stream(…) as stream")
        if self._cancelled:
            raise StopAsyncIteration
        task = self._waiting = asyncio.current_task()
        try:
            return await anext(self._events)
        except asyncio.CancelledError:
            # Ours alone: the iteration just ends. Somebody else's too: it goes its way.
            if self._interrupted and task is not None and task.uncancel() == 0:
                raise StopAsyncIteration from None
            raise
        finally:
            self._waiting = None

    def cancel(self) -> None:
        """End the call upstream; from any thread, any number of times."""
        if self._cancelled:
            return
        self._cancelled = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        if self.completion is not None:
            return
        if self._waiting is not None:
            self._interrupted = True
            self._waiting.cancel()
        elif self._events is not None:
            self._closing = asyncio.ensure_future(self._events.aclose())
