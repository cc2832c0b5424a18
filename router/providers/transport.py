"""HTTP to the providers: connections that belong to an event loop, and every foreign exception made a `Signal`.

The one place that names httpx and aiohttp. httpx is the interface; aiohttp carries it, since that halves the time of
a call, and is loaded with the first client.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.request import getproxies

import httpx

from router.outcomes import Kind, Signal
from router.providers.replies import ProviderFailure

LONGEST_BODY = 32 * 1024 * 1024
"""Bytes: no reply is read any further than this."""


@dataclass(slots=True)
class Ticket:
    """Whether a request has left: set once it has a connection, on which it is written without further waiting."""

    sent: bool = False


KEPT_OF_A_REPLY = 64 * 1024
"""Bytes: so much of a reply is kept beside the run, for people who want to see it as it came."""


@dataclass(slots=True)
class Exchange:
    """One call as it went over the wire. It holds the key: only `router.wire` makes it fit to be shown.

    Attributes:
        status, headers, received: the reply so far; of its body the first `KEPT_OF_A_REPLY` bytes.
        size: bytes of the whole body.
    """

    endpoint: Endpoint
    body: bytes
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    received: bytearray = field(default_factory=bytearray)
    size: int = 0

    @property
    def simulated(self) -> bool:
        """Whether the reply came from the simulated providers, by their own word."""
        return _is_simulated(self.headers)

    def take(self, chunk: bytes) -> None:
        """Note what has come."""
        self.size += len(chunk)
        if len(self.received) < KEPT_OF_A_REPLY:
            self.received += chunk[: KEPT_OF_A_REPLY - len(self.received)]


def _is_simulated(headers: Mapping[str, str]) -> bool:
    return headers.get("x-simulated-provider") == "true"


_TICKET: ContextVar[Ticket | None] = ContextVar("ticket", default=None)


def leaves() -> None:
    """The request under way in this context has its connection: every transport has to say so."""
    if (ticket := _TICKET.get()) is not None:
        ticket.sent = True


@dataclass(frozen=True)
class Endpoint:
    """Where one provider is and how it is greeted; the headers hold its key and stay out of `repr`."""

    url: httpx.URL
    headers: httpx.Headers

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r})"


class Clients:
    """One HTTP transport for each event loop that uses the router, closed when that loop ends.

    A client's connections cannot be used from another loop. So each loop gets its own, and an asynchronous generator
    that the loop closes on its way out (`loop.shutdown_asyncgens`) closes the client with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncBaseTransport, AsyncGenerator[None, None]]
        ] = weakref.WeakKeyDictionary()

    async def get(self) -> httpx.AsyncBaseTransport:
        """The running loop's transport."""
        loop = asyncio.get_running_loop()
        found = self._of_loop.get(loop)
        if found is None:
            client = _new_transport()
            keeper = self._close_with_loop(loop, client)
            await anext(keeper)
            with self._lock:
                found = self._of_loop.setdefault(loop, (client, keeper))
        return found[0]

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
            await client.aclose()


def _new_transport() -> httpx.AsyncBaseTransport:
    # A transport rather than a client: no redirect is followed with a key in hand, and httpx's cookie jar alone
    # would cost a fifth of a call.
    import aiohttp
    from httpx_aiohttp import AiohttpTransport

    class Connector(aiohttp.TCPConnector):
        async def connect(self, *args: Any, **options: Any) -> Any:
            connection = await super().connect(*args, **options)
            leaves()
            return connection

    def session() -> aiohttp.ClientSession:
        connector = Connector(limit=0, keepalive_timeout=30.0, ssl=context)
        # Looking for a proxy takes a thread for each request, so it is done where there is one.
        proxied = bool(getproxies())
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=proxied)

    context = ssl.create_default_context()
    return AiohttpTransport(verify=context, client=session)


class Reading:
    """An open reply: status and headers are there, the body is still to come."""

    def __init__(self, response: httpx.Response, exchange: Exchange | None = None) -> None:
        self._response = response
        self._exchange = exchange
        self.status = response.status_code
        # A plain dictionary: httpx's own takes some microseconds for each look.
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
        if exchange is not None:
            exchange.status, exchange.headers = self.status, self.headers

    @property
    def is_events(self) -> bool:
        """Whether the body is a stream of events."""
        return self.status == 200 and "event-stream" in self.headers.get("content-type", "")

    @property
    def simulated(self) -> bool:
        """Whether the simulated providers sent it, by their own word."""
        return _is_simulated(self.headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            ProviderFailure: it broke off, or is longer than `LONGEST_BODY`.
        """
        size = 0
        try:
            async for chunk in self._body():
                size += len(chunk)
                if size > LONGEST_BODY:
                    raise ProviderFailure(Signal(Kind.MALFORMED, http_status=self.status, message="a body too long"))
                if self._exchange is not None:
                    self._exchange.take(chunk)
                yield chunk
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError, EOFError) as error:
            raise ProviderFailure(translate(error, started=True, status=self.status)) from error

    def _body(self) -> AsyncIterator[bytes]:
        # httpx's own iterator decodes; where there is nothing to decode, the stream itself is twice as fast.
        if "content-encoding" in self.headers:
            return self._response.aiter_bytes()
        return aiter(cast(httpx.AsyncByteStream, self._response.stream))

    async def body(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self.chunks()])


@asynccontextmanager
async def send(
    transport: httpx.AsyncBaseTransport,
    endpoint: Endpoint,
    body: bytes | None,
    connect: float,
    ticket: Ticket | None = None,
    exchange: Exchange | None = None,
) -> AsyncIterator[Reading]:
    """Send a request: POST with a body, GET without one. Leaving the block ends it, upstream too.

    Args:
        connect: seconds to open a connection.
        ticket: is told when the request leaves.
        exchange: is given the reply as it comes.

    Raises:
        ProviderFailure: no connection, or it broke before the reply.
    """
    extensions = {"timeout": {"connect": connect}}
    _TICKET.set(ticket)
    method = "GET" if body is None else "POST"
    request = httpx.Request(method, endpoint.url, headers=endpoint.headers, content=body, extensions=extensions)
    try:
        response = await transport.handle_async_request(request)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RuntimeError) as error:
        raise ProviderFailure(translate(error, started=False)) from error
    try:
        yield Reading(response, exchange)
    finally:
        await response.aclose()


def translate(error: BaseException, *, started: bool, status: int | None = None) -> Signal:
    """What a foreign exception means: by its cause, since the transports' own classes do not tell it apart.

    Args:
        started: whether the reply had begun.
    """
    words = _words_of(error)
    if started:
        return Signal(Kind.CUT, http_status=status, message=words)
    return Signal(Kind.NOT_SENT if _never_sent(error) else Kind.LOST, message=words)


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


_CONNECTING = ("ClientConnectorError", "ConnectionTimeoutError", "ClientProxyConnectionError", "InvalidURL")


def _never_sent(error: BaseException) -> bool:
    """Refused, not found, no route, no trust: aiohttp's connector errors, whose names are stable; or httpx's own."""
    chain = _causes(error)
    names = {cls.__name__ for cause in chain for cls in type(cause).__mro__}
    if any(type(cause).__module__.startswith("aiohttp") for cause in chain):
        return not names.isdisjoint(_CONNECTING)
    return not names.isdisjoint({"ConnectError", "ConnectTimeout", "UnsupportedProtocol", "InvalidURL", "gaierror"})


_INCOMPLETE = ("ClientPayloadError", "TransferEncodingError", "ContentLengthError")


def _words_of(error: BaseException) -> str:
    chain = _causes(error)
    root = chain[-1]
    if any(type(cause).__name__ in _INCOMPLETE for cause in chain):
        return "the connection ended before the body did"  # the library's own words are its objects, printed
    return str(root.args[1]) if isinstance(root, OSError) and len(root.args) > 1 else str(error) or type(error).__name__
