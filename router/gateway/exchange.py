"""One HTTP exchange over raw ASGI: the body read within its limit, the reply whole or piece by piece, and the client
watched, since one that goes away is to cost no provider's allowance.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Receive, Scope, Send

from router.gateway.errors import GatewayError, bad_request

LARGEST_BODY = 32 * 2**20
"""Bytes: some pictures as a phone takes them, in base64. They are shrunk before anything is sent on."""

_MOST_DISCARDED = 4 * LARGEST_BODY

JSON = b"application/json"
Header = tuple[bytes, bytes]


class ClientGone(Exception):
    """The client has gone away: nobody is there to be answered."""


class HttpExchange:
    """A request and the reply to it.

    Attributes:
        method: as it was asked.
        has_begun: whether anything of the reply was sent.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, extra: Sequence[Header] = ()) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.has_begun = False
        self._receive = receive
        self._send = send
        self._extra = list(extra)

    def header(self, name: bytes) -> str | None:
        """The first header of that name (lower case), or None."""
        for key, value in self.scope["headers"]:
            if key == name:
                return bytes(value).decode("latin-1")
        return None

    async def read_body(self) -> bytes:
        """The whole body.

        Raises:
            GatewayError: it is too large, or compressed.
            ClientGone: the client went away in the middle of it.
        """
        if (self.header(b"content-encoding") or "identity").lower() != "identity":
            raise bad_request("The body is compressed; send it as it is, without Content-Encoding.")
        length = self.header(b"content-length") or ""
        if length.isdecimal() and int(length[:20]) > LARGEST_BODY:
            await self._discard_rest(0)
            raise _too_large()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body: bytes = message.get("body", b"")
        return body if not message.get("more_body") else await self._read_rest(body)

    async def _read_rest(self, first: bytes) -> bytes:
        pieces, size, more = [first], len(first), True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            more = message.get("more_body", False)
            if size > LARGEST_BODY:
                pieces.clear()
                await self._discard_rest(size if more else _MOST_DISCARDED)
                raise _too_large()
        return b"".join(pieces)

    async def _discard_rest(self, size: int) -> None:
        """Read a body that is too large to its end, within reason.

        Most clients look for a reply only once all is sent, and one that is cut off before takes it for a failure of
        the network, which it repeats.
        """
        while size < _MOST_DISCARDED:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                return

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


def _too_large() -> GatewayError:
    return GatewayError(
        413,
        f"The body is larger than {LARGEST_BODY // 2**20} MiB; send fewer or smaller pictures.",
        code="request_too_large",
        # What is left of the body is not read: the connection cannot serve another request.
        headers=[(b"connection", b"close")],
    )
