"""One HTTP exchange over raw ASGI: the body read within its limit, the reply whole or piece by piece, and the client
watched, since one that goes away is to cost no provider's allowance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import Receive, Scope, Send

from router.gateway.errors import GatewayError, bad_request

LARGEST_BODY = 32 * 2**20
"""Bytes: some pictures as a phone takes them, in base64. They are shrunk before anything is sent on."""

_MOST_DISCARDED = 4 * LARGEST_BODY

BODY_SECONDS = 20.0
"""What a body may take besides a second for each 64 KiB of it, the pace of a slow line. Whoever sends a byte now and
then would else keep a connection and what it holds for ever."""

_BYTES_A_SECOND = 64 * 2**10

JSON = b"application/json"
Header = tuple[bytes, bytes]


class ClientGone(Exception):
    """The client has gone away: nobody is there to be answered."""


class HttpExchange:
    """A request and the reply to it.

    Args:
        extra: headers of every reply.
        body_seconds: what a body may take, besides what its size allows.

    Attributes:
        method: as it was asked.
        has_begun: whether anything of the reply was sent.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        extra: Sequence[Header] = (),
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.has_begun = False
        self._receive = receive
        self._send = send
        self._extra = list(extra)
        self._body_seconds = body_seconds

    def header(self, name: bytes) -> str | None:
        """The first header of that name (lower case), or None."""
        for key, value in self.scope["headers"]:
            if key == name:
                return bytes(value).decode("latin-1")
        return None

    async def read_body(self) -> bytes:
        """The whole body.

        Raises:
            GatewayError: it is too large, too slow, compressed, or was lost.
            ClientGone: the client went away in the middle of it.
        """
        if (self.header(b"content-encoding") or "identity").lower() != "identity":
            raise bad_request("The body is compressed; send it as it is, without Content-Encoding.")
        if self.header(b"upgrade"):
            # Only a server other than the gateway's own hands such a head on, and it has lost the body behind it.
            raise _lost_behind_upgrade(self.header(b"upgrade"))
        try:
            async with asyncio.timeout(self._body_seconds) as limit:
                return await self._read_within(limit)
        except TimeoutError:
            raise _too_slow() from None

    async def _read_within(self, limit: asyncio.Timeout) -> bytes:
        length = self.header(b"content-length") or ""
        if length.isdecimal() and int(length[:20]) > LARGEST_BODY:
            await self._discard_rest(0, limit)
            raise _too_large()
        body, has_more = await self._next_piece()
        return body if not has_more else await self._read_rest(body, limit)

    async def _next_piece(self) -> tuple[bytes, bool]:
        """A piece of the body, and whether there is more."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message.get("body", b""), message.get("more_body", False)

    async def _read_rest(self, first: bytes, limit: asyncio.Timeout) -> bytes:
        pieces, size, has_more = [first], len(first), True
        while has_more:
            piece, has_more = await self._next_piece()
            pieces.append(piece)
            size += len(piece)
            _allow_for(len(piece), limit)
            if size > LARGEST_BODY:
                pieces.clear()
                await self._discard_rest(size if has_more else _MOST_DISCARDED, limit)
                raise _too_large()
        return b"".join(pieces)

    async def _discard_rest(self, size: int, limit: asyncio.Timeout) -> None:
        """Read a body that is too large to its end, within reason.

        Most clients look for a reply only once all is sent, and one that is cut off before takes it for a failure of
        the network, which it repeats.
        """
        has_more = True
        while has_more and size < _MOST_DISCARDED:
            piece, has_more = await self._next_piece()
            size += len(piece)
            _allow_for(len(piece), limit)

    async def until_gone(self) -> None:
        """Return when the client has gone away; the body has to be read before."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def reply(self, status: int, body: bytes, headers: Sequence[Header] = (), kind: bytes = JSON) -> None:
        """Send a whole reply."""
        self.has_begun = True
        length = str(len(body)).encode()
        start = [(b"content-type", kind), (b"content-length", length), *self._extra, *headers]
        await self._send({"type": "http.response.start", "status": status, "headers": start})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, error: GatewayError, headers: Sequence[Header] = ()) -> None:
        """Send an error."""
        await self.reply(error.status, error.body(), [*headers, *error.headers()])

    async def begin_stream(self, headers: Sequence[Header]) -> None:
        """Send the head of a reply that comes piece by piece; it is 200 from here on."""
        self.has_begun = True
        start = [*_STREAM_HEAD, *self._extra, *headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": start})

    async def write(self, data: bytes, *, more: bool = True) -> None:
        """Send a piece of it."""
        await self._send({"type": "http.response.body", "body": data, "more_body": more})


_STREAM_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # or nginx keeps the pieces until it has a page of them
]


def _allow_for(size: int, limit: asyncio.Timeout) -> None:
    """Put the limit off by what a piece of that size may take on a slow line."""
    when = limit.when()
    if when is not None:
        limit.reschedule(when + size / _BYTES_A_SECOND)


def _lost_behind_upgrade(offered: str | None) -> GatewayError:
    return GatewayError(
        400,
        f"The request offers another protocol (Upgrade: {(offered or '')[:40]}), and the console's server reads no "
        "body behind it; have the client speak HTTP/1.1 alone (in Java: HttpClient.Version.HTTP_1_1), or ask the "
        "gateway's own address (python -m router serve).",
        code="unsupported_upgrade",
        headers=[(b"connection", b"close")],
    )


def _too_slow() -> GatewayError:
    return GatewayError(
        408,
        "The body did not come within its time; send it again, over a faster line or with smaller pictures.",
        code="request_timeout",
        headers=[(b"connection", b"close")],
    )


def _too_large() -> GatewayError:
    return GatewayError(
        413,
        f"The body is larger than {LARGEST_BODY // 2**20} MiB; send fewer or smaller pictures.",
        code="request_too_large",
        # What is left of the body is not read: the connection cannot serve another request.
        headers=[(b"connection", b"close")],
    )
