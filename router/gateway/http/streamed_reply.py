"""A streamed reply's way out: pieces are gathered while the event loop is busy, and silence is filled with comments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from router.gateway.http.exchange import Header, HttpExchange

KEEP_ALIVE_SECONDS = 10.0
"""Without a byte for so long, a comment is sent: proxies end a reply that is silent for a minute, some sooner."""

_KEEP_ALIVE = b": keep-alive\n\n"  # not ": ping", which one client's parser stumbles on
_FULL = 256 * 1024  # bytes that a slow client lets gather before its provider is made to wait


class StreamedReply:
    """What is written goes out as soon as the event loop has nothing more of it at hand.

    A provider's packet holds many pieces, and a send for each would cost more than all the rest. Enter it before the
    first piece; leaving it waits until all is sent.

    Args:
        head: the headers, asked for when the first byte is sent.
        keep_alive: seconds of silence before a comment.
    """

    def __init__(
        self, exchange: HttpExchange, head: Callable[[], list[Header]], keep_alive: float = KEEP_ALIVE_SECONDS
    ) -> None:
        self.has_begun = False
        self.is_closing = False
        self._exchange = exchange
        self._head = head
        self._keep_alive = keep_alive
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []
        self._size = 0
        self._due = asyncio.Event()
        self._emptied = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._last_sent = self._loop.time()
        self._timer = self._loop.call_at(self._last_sent + self._keep_alive, self._break_silence)
        self._sending = self._loop.create_task(self._send_pieces())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if kind is not None or not self.is_closing:
            self._sending.cancel()
        else:
            await self._sending

    def write(self, data: bytes) -> None:
        """Have a piece sent; the reply has begun with the first."""
        self.has_begun = True
        self._pieces.append(data)
        self._size += len(data)
        self._due.set()

    def close(self) -> None:
        """No more pieces: the reply ends with those that were written."""
        self.is_closing = True
        self._due.set()

    @property
    def is_full(self) -> bool:
        """Whether more has gathered than should: wait for `emptied`."""
        return self._size > _FULL

    async def emptied(self) -> None:
        """Until what has gathered is on its way."""
        self._emptied.clear()
        await self._emptied.wait()

    def _break_silence(self) -> None:
        now = self._loop.time()
        if now - self._last_sent >= self._keep_alive:
            self._last_sent = now
            self.write(_KEEP_ALIVE)
        self._timer = self._loop.call_at(self._last_sent + self._keep_alive, self._break_silence)

    async def _send_pieces(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            data, is_last = b"".join(self._pieces), self.is_closing
            self._pieces.clear()
            self._size = 0
            if not self._exchange.has_begun:
                await self._exchange.begin_stream(self._head())
            self._last_sent = self._loop.time()
            await self._exchange.write(data, more=not is_last)
            self._emptied.set()
            if is_last:
                return
