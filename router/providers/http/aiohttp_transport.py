"""httpx's requests carried by aiohttp, which halves the time of a call.

The one place that names aiohttp. It is loaded with the first call: loading it takes 50 ms.
"""

from __future__ import annotations

import asyncio
import ssl
import weakref
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from router.providers.http.proxies import EnvironmentProxies
from router.providers.http.sent_mark import mark_sent, wants_new_connection

_CLOSING_SECONDS = 1.0
"""How long connections may take to close before they are broken off."""

_UsedConnections = weakref.WeakKeyDictionary[Any, Any]
"""The connections that have carried a call, by aiohttp's protocol, which does not say whether it comes from a pool and
forgets its connection as soon as it begins to close it."""


class MarkingConnector(aiohttp.TCPConnector):
    """Connections that are noted when a request leaves on them, and that are new where one has to be.

    Args:
        used: where the connections that have carried a call are put down.
        context: what tells good certificates from bad ones.
    """

    def __init__(self, used: _UsedConnections, context: ssl.SSLContext) -> None:
        super().__init__(limit=0, keepalive_timeout=30.0, ssl=context)
        self._used = used

    async def connect(self, *args: Any, **options: Any) -> Any:
        """A connection from the pool, or a new one."""
        connection = await super().connect(*args, **options)
        while wants_new_connection() and connection.protocol in self._used:
            connection.close()  # which takes it out of the pool, so that the next is another
            connection = await super().connect(*args, **options)
        mark_sent(on_kept=connection.protocol in self._used)
        protocol: Any = connection.protocol  # None once it is released, which it is not yet
        self._used[protocol] = protocol.transport
        return connection


class ConnectedResponse(aiohttp.ClientResponse):
    """A reply whose body ends with its connection, however that ends."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Read the reply's head."""
        closed = _closing_of(connection.protocol)  # ahead of a reply that may be whole, and have let go of it
        await super().start(connection)
        _end_with_connection(self.content, closed)
        return self


class SessionTransport(AiohttpTransport):
    """A transport rather than a client: no redirect is followed with a key in hand, and httpx's cookie jar alone would
    cost a fifth of a call.

    Args:
        context: what tells good certificates from bad ones; None makes it within the first call, so that what is wrong
            with this machine's certificates is that call's failure.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        # Its own context is not used, and an empty one trusts nobody.
        super().__init__(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), client=self._open_session)
        self._context = context
        self._proxies = EnvironmentProxies()
        self._used: _UsedConnections = weakref.WeakKeyDictionary()

    def _open_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=MarkingConnector(self._used, self._context or ssl.create_default_context()),
            response_class=ConnectedResponse,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; give its reply once the head is there.

        Not by the parent's own, which reads and maps much that never occurs here: a tenth of a call. What is raised is
        aiohttp's, which `http_errors` knows as well as httpx's.
        """
        proxy = await self._proxies.proxy_for(request.url)
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        response = await self.client.request(
            request.method,
            str(request.url),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
            data=_data_of(request),
            allow_redirects=False,
            auto_decompress=False,
            timeout=_timeout_of(request.extensions["timeout"]["connect"]),
            proxy=None if proxy is None else str(proxy.url),
            proxy_headers=None if proxy is None else proxy.headers,
        )
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Body(response))

    async def aclose(self) -> None:
        """Close the session, and break its connections off where that takes too long."""
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await super().aclose()
        except TimeoutError:
            # aiohttp waits until all is sent, for which a peer that reads nothing takes for ever.
            for connection in list(self._used.values()):
                connection.abort()


@lru_cache(maxsize=8)
def _timeout_of(connect: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect)


def _data_of(request: httpx.Request) -> bytes | AsyncIterator[bytes] | None:
    """What a request sends: bytes, or the pieces of a large body."""
    try:
        return request.content or None
    except httpx.RequestNotRead:
        return cast(AsyncIterator[bytes], request.stream)


_READ_BYTES = 16 * 1024
"""Of a body at once: some eighty events of a stream."""


class _Body(httpx.AsyncByteStream):
    """A reply's body as aiohttp reads it."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        content: AsyncIterator[bytes] = aiter(self._response.content.iter_chunked(_READ_BYTES))
        return content

    async def aclose(self) -> None:
        self._response.release()
        await self._response.wait_for_close()


def _end_with_connection(content: Any, closed: asyncio.Future[None] | None) -> None:
    """End a body's reader with its connection.

    aiohttp 3.14 closes the connection where its parser refuses a chunk, and tells the reader of the body nothing of
    it, who then waits for ever.

    Args:
        content: aiohttp's reader of the body.
        closed: done when the connection is closed; None where it is already.
    """

    def end(_: object = None) -> None:
        if not content.is_eof() and content.exception() is None:
            content.set_exception(EOFError())

    if closed is None:
        end()
        return
    closed.add_done_callback(end)
    content.on_eof(lambda: closed.remove_done_callback(end))  # the connection may bring thousands of replies more


def _closing_of(protocol: Any) -> asyncio.Future[None] | None:
    """The future that is done when a connection is closed; None where it is already."""
    closed: asyncio.Future[None] | None = protocol.closed
    if closed is not None:
        closed.remove_done_callback(_retrieve)  # it is the same one for each reply
        closed.add_done_callback(_retrieve)
    return closed


def _retrieve(closed: asyncio.Future[None]) -> None:
    """Look at a future's exception: one that nobody looks at is printed by the event loop, with what is in it."""
    if not closed.cancelled():
        closed.exception()
