"""A stream as its caller holds it: iterate it, read its text, end it from any thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from router.engine.run import Run
from router.providers.http.transport import Exchange
from router.types import CacheUse, Completion, Event, Target


class Stream:
    """An asynchronous context manager and iterator over the events of one request.

    Nothing is sent before the block is entered. Leaving it early ends the call upstream.
    """

    def __init__(self, start: Callable[[], Awaitable[Run]]) -> None:
        self._start = start
        self._run: Run | None = None
        self._is_cancelled = False

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
    def cache(self) -> CacheUse | None:
        """What came of looking into the cache, once the first event is there; None where that is not done."""
        return self._run.cache_use if self._run is not None else None

    @property
    def exchanges(self) -> Sequence[tuple[Target, Exchange]]:
        """The calls made so far as they went over the wire; `providers.shown_exchange` makes them fit to be shown."""
        return () if self._run is None else tuple(self._run.exchanges)

    async def __aenter__(self) -> Self:
        self._run = await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._run is not None:
            await self._run.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._run is None:
            raise RuntimeError("enter the stream first: async with router.stream(…) as stream")
        if self._is_cancelled:
            raise StopAsyncIteration
        return await anext(self._run)

    def cancel(self) -> None:
        """End the call upstream; from any thread, any number of times."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        if self._run is not None and not self._run.loop.is_closed():
            self._run.loop.call_soon_threadsafe(self._run.interrupt)
