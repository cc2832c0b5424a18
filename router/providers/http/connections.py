"""Connections to the providers: one pool for each event loop, and what a call has to know of its connection.

The one place that names aiohttp: it carries httpx's requests, since that halves the time of a call, and is loaded with
the first of them.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import httpx

from router.providers.http.proxies import EnvironmentProxies
from router.workers import run_in_worker


@dataclass(slots=True)
class SentMark:
    """Whether a request has left: set once it has a connection, on which it is written without further waiting.

    Attributes:
        sent_at: the event loop's time at which it left.
        on_kept: whether its connection had carried a call before, and may have been closed in the meantime.
        wants_new: whether it has to have a new connection, since a kept one has just failed it.
    """

    sent: bool = False
    sent_at: float | None = None
    on_kept: bool = False
    wants_new: bool = False

    def mark(self, *, on_kept: bool = False) -> None:
        """The request leaves now."""
        self.sent, self.on_kept, self.sent_at = True, on_kept, asyncio.get_running_loop().time()

    def was_stale(self) -> bool:
        """Whether a connection lost now had most likely been closed before the request left, on the other side."""
        if not self.on_kept or self.sent_at is None:
            return False
        return asyncio.get_running_loop().time() - self.sent_at < STALE_SECONDS


STALE_SECONDS = 1.0
"""A kept connection that breaks later than this after a call left was alive when it left: the call is to blame."""

_SENT_MARK: ContextVar[SentMark | None] = ContextVar("sent_mark", default=None)


def carry_mark(sent_mark: SentMark) -> None:
    """The request that this context sends next is noted there."""
    _SENT_MARK.set(sent_mark)


def mark_sent(*, on_kept: bool = False) -> None:
    """The request under way in this context has its connection: every transport has to say so.

    Args:
        on_kept: whether the connection had carried a call before.
    """
    if (sent_mark := _SENT_MARK.get()) is not None:
        sent_mark.mark(on_kept=on_kept)


def _wants_new_connection() -> bool:
    return (sent_mark := _SENT_MARK.get()) is not None and sent_mark.wants_new


class Clients:
    """One HTTP transport for each event loop that uses the router, closed when that loop ends.

    A client's connections cannot be used from another loop. So each loop gets its own, and an asynchronous generator
    that the loop closes on its way out (`loop.shutdown_asyncgens`) closes the client with it.

    Args:
        make: makes a loop's transport, which has to call `mark_sent`; aiohttp's if left out.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport] | None = None) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._of_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncBaseTransport, AsyncGenerator[None, None]]
        ] = weakref.WeakKeyDictionary()
        self._opening: dict[asyncio.AbstractEventLoop, asyncio.Task[httpx.AsyncBaseTransport]] = {}

    async def get(self) -> httpx.AsyncBaseTransport:
        """The running loop's transport."""
        loop = asyncio.get_running_loop()
        found = self._of_loop.get(loop)
        return found[0] if found is not None else await self._first_of(loop)

    async def _first_of(self, loop: asyncio.AbstractEventLoop) -> httpx.AsyncBaseTransport:
        """The loop's transport once it is made, by whoever comes first: it takes a tenth of a second."""
        with self._lock:
            opening = self._opening.get(loop)
            if opening is None:
                opening = self._opening[loop] = loop.create_task(self._open(loop))
        return await asyncio.shield(opening)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> httpx.AsyncBaseTransport:
        try:
            client = self._make() if self._make is not None else _new_transport(await run_in_worker(_https_context))
            keeper = self._close_with_loop(loop, client)
            await anext(keeper)
            with self._lock:
                self._of_loop[loop] = (client, keeper)
        finally:
            with self._lock:
                self._opening.pop(loop, None)
        return client

    async def aclose(self) -> None:
        """Close the running loop's client; other loops close theirs when they end."""
        with self._lock:
            found = self._of_loop.pop(asyncio.get_running_loop(), None)
        if found is not None:
            await found[1].aclose()

    async def _close_with_loop(
        self, loop: asyncio.AbstractEventLoop, client: httpx.AsyncBaseTransport
    ) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            with self._lock:  # the entry holds on to its loop, so it goes with it
                if (found := self._of_loop.get(loop)) is not None and found[0] is client:
                    del self._of_loop[loop]
            with suppress(Exception):  # it is of no use to anybody any more, whatever comes of closing it
                await client.aclose()


_CLOSING_SECONDS = 1.0
"""How long connections may take to close before they are broken off."""


def _https_context() -> ssl.SSLContext | None:
    """What tells good certificates from bad ones, made in a thread: reading a machine's takes 30 ms, the libraries 50.

    None where that fails: within the first call it fails once more, and is that call's failure.
    """
    with suppress(Exception):
        import httpx_aiohttp  # noqa: F401 – loaded here, so that it is not loaded in the event loop

        return _context_of(*_certificate_places())
    return None


def _certificate_places() -> tuple[tuple[str, float], ...]:
    """What the environment says about certificates and keys, with the times of the last change.

    Raises:
        OSError: one of them is missing.
    """
    names = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"))
    return tuple((name, os.stat(name).st_mtime) for name in names if name)


@lru_cache(maxsize=4)
def _context_of(*_: tuple[str, float]) -> ssl.SSLContext:
    return ssl.create_default_context()


def _new_transport(context: ssl.SSLContext | None) -> httpx.AsyncBaseTransport:
    # A transport rather than a client: no redirect is followed with a key in hand, and httpx's cookie jar alone
    # would cost a fifth of a call.
    import aiohttp
    from httpx_aiohttp import AiohttpTransport

    @lru_cache(maxsize=8)
    def _timeout_of(connect: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(sock_connect=connect)

    # The connections that have carried a call, by aiohttp's protocol, which does not say whether it comes from a pool
    # and forgets its connection as soon as it begins to close it.
    used: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    class Connector(aiohttp.TCPConnector):
        async def connect(self, *args: Any, **options: Any) -> Any:
            connection = await super().connect(*args, **options)
            while _wants_new_connection() and connection.protocol in used:
                connection.close()  # which takes it out of the pool, so that the next is another
                connection = await super().connect(*args, **options)
            mark_sent(on_kept=connection.protocol in used)
            protocol: Any = connection.protocol  # None once it is released, which it is not yet
            used[protocol] = protocol.transport
            return connection

    class Response(aiohttp.ClientResponse):
        async def start(self, connection: Any) -> aiohttp.ClientResponse:
            closed = _closing_of(connection.protocol)  # ahead of a reply that may be whole, and have let go of it
            await super().start(connection)
            _end_with_connection(self.content, closed)
            return self

    def session() -> aiohttp.ClientSession:
        # Here, within the first call, so that what is wrong with this machine's certificates is that call's failure.
        connector = Connector(limit=0, keepalive_timeout=30.0, ssl=context or ssl.create_default_context())
        return aiohttp.ClientSession(connector=connector, response_class=Response, cookie_jar=aiohttp.DummyCookieJar())

    class Transport(AiohttpTransport):
        proxies = EnvironmentProxies()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            # Not by the parent's own, which reads and maps much that never occurs here: a tenth of a call. What is
            # raised is aiohttp's, which `http_errors` knows as well as httpx's.
            proxy = await self.proxies.proxy_for(request.url)
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
            try:
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await super().aclose()
            except TimeoutError:
                # aiohttp waits until all is sent, for which a peer that reads nothing takes for ever.
                for connection in list(used.values()):
                    connection.abort()

    # Its own context is not used, and an empty one trusts nobody.
    return Transport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), client=session)


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
