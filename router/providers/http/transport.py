"""HTTP to the providers: one request out, its reply in, and the boundary that no foreign exception passes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import NoReturn, cast

import httpx

from router.errors import RouterError
from router.failures.outcomes import Kind, Signal
from router.failures.statements import Statements
from router.providers.decoding.headers import read_statements
from router.providers.http.http_errors import translate_cut, translate_unanswered
from router.providers.http.sent_mark import SentMark, carry_mark
from router.providers.replies import ProviderFailure, is_success
from router.table.dialects import PLAIN, Dialect

LONGEST_BODY = 32 * 1024 * 1024
"""Bytes: no reply is read any further than this."""


SENT_AT_ONCE = 256 * 1024
"""Bytes of a body that are handed to a connection at once. A larger body goes out in such pieces: as a whole it would
be copied while everybody else waits, and aiohttp warns of one over a MiB."""

KEPT_OF_A_REPLY = 64 * 1024
"""Bytes: so much of a reply is kept beside the run, for people who want to see it as it came."""


@dataclass(slots=True)
class Exchange:
    """One call as it went over the wire. It holds the key: only `shown_exchange` makes it fit to be shown.

    Attributes:
        status, headers, received: the reply so far; of its body the first `KEPT_OF_A_REPLY` bytes.
        size: bytes of the whole body.
    """

    endpoint: Endpoint
    body: bytes = field(repr=False)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    received: bytearray = field(default_factory=bytearray, repr=False)
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

    def __reduce__(self) -> NoReturn:
        raise TypeError("an exchange holds a key and is not pickled")


def _is_simulated(headers: Mapping[str, str]) -> bool:
    return headers.get("x-simulated-provider") == "true"


@dataclass(frozen=True)
class Endpoint:
    """Where one provider is and how it is greeted; the headers hold its key and stay out of `repr`."""

    url: httpx.URL
    headers: httpx.Headers

    def __repr__(self) -> str:
        # The URL may hold a password; httpx masks that.
        return f"Endpoint({self.url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an endpoint holds a key and is not pickled")


_OURS = (ProviderFailure, RouterError)
"""What may pass as it is; anything else that is raised below here is foreign."""


class Reading:
    """An open reply: status and headers are there, the body is still to come."""

    def __init__(self, response: httpx.Response, exchange: Exchange | None = None) -> None:
        self._response = response
        self._exchange = exchange
        self._source: AsyncIterator[bytes] | None = None
        self._size = 0
        self.status = response.status_code
        # A plain dictionary: httpx's own takes some microseconds for each look.
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
        if exchange is not None:
            exchange.status, exchange.headers = self.status, self.headers

    @property
    def is_events(self) -> bool:
        """Whether the body is a stream of events."""
        return is_success(self.status) and "event-stream" in self.headers.get("content-type", "").lower()

    @property
    def simulated(self) -> bool:
        """Whether the simulated providers sent it, by their own word."""
        return _is_simulated(self.headers)

    def statements(self, dialect: Dialect = PLAIN) -> Statements:
        """What the headers say about waiting and allowances."""
        return read_statements(self.headers, dialect=dialect)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            ProviderFailure: it broke off, is packed though nobody asked for that, or is longer than `LONGEST_BODY`.
        """
        while (chunk := await self._next_chunk()) is not None:
            yield chunk

    async def _next_chunk(self) -> bytes | None:
        if self._source is None and (words := self._encoding_words()):
            raise ProviderFailure(self._unreadable(words))
        chunk = await self._next()
        if isinstance(chunk, Signal):
            raise ProviderFailure(chunk if is_success(self.status) else self._unreadable(chunk.message))
        if chunk is not None:
            self._size += len(chunk)
            if self._size > LONGEST_BODY:
                raise ProviderFailure(self._unreadable("a body too long"))
            if self._exchange is not None:
                self._exchange.take(chunk)
        return chunk

    async def _next(self) -> bytes | Signal | None:
        """The next bytes, or why there are none; None at the end."""
        try:
            if self._source is None:
                # The stream itself: httpx's own iterator would unpack whatever the reply says it is packed with.
                self._source = aiter(cast(httpx.AsyncByteStream, self._response.stream))
            return await anext(self._source, None)
        except _OURS:
            raise
        except Exception as error:  # noqa: BLE001 – the boundary: none of the library's may go on
            return translate_cut(error, self.status)

    def _encoding_words(self) -> str:
        """Why its bytes are no text; empty where they are.

        Only `identity` is asked for, and a small body may unpack to gigabytes. A transfer in an unknown coding comes
        as it is, with the lengths of its chunks amid the text.
        """
        if self._has_others("content-encoding", ("", "identity")):
            return "the body is compressed, which was not asked for"
        if self._has_others("transfer-encoding", ("", "identity", "chunked")):
            return "the body is transferred in an unknown coding"
        return ""

    def _has_others(self, header: str, known: tuple[str, ...]) -> bool:
        """Whether a header names a coding that is none of the known ones."""
        codings = self.headers.get(header)
        return codings is not None and any(coding.strip() not in known for coding in codings.lower().split(","))

    def _unreadable(self, words: str) -> Signal:
        """What is left of a reply whose body cannot be had: an error status says enough without one."""
        if is_success(self.status):
            return Signal(Kind.MALFORMED, http_status=self.status, stated=self.statements(), message=words)
        return Signal(Kind.REPLY, self.status, self.status, stated=self.statements(), message=words)

    async def body(self) -> bytes:
        """The whole body.

        Raises:
            ProviderFailure: as `chunks`.
        """
        chunks: list[bytes] = []
        while (chunk := await self._next_chunk()) is not None:
            chunks.append(chunk)
        return b"".join(chunks)

    async def aclose(self) -> None:
        """Let go of the connection; one that cannot be closed changes nothing of what has come."""
        with suppress(Exception):
            await self._response.aclose()


@dataclass(slots=True)
class Sending(AbstractAsyncContextManager[Reading]):
    """A request that is sent when the block is entered; leaving the block ends it, upstream too.

    A class, since a generator in its place would take as long as all else here.

    Attributes:
        connect: seconds to open a connection.
        sent_mark: is told when the request leaves.
        exchange: is given the reply as it comes.

    Raises:
        ProviderFailure: no connection, or it broke before the reply.
    """

    transport: httpx.AsyncBaseTransport
    endpoint: Endpoint
    body: bytes | None = field(repr=False)
    connect: float
    sent_mark: SentMark = field(default_factory=SentMark)
    exchange: Exchange | None = None
    _reading: Reading | None = field(default=None, init=False)

    async def __aenter__(self) -> Reading:
        """Send it; gives the reply once its headers are there."""
        carry_mark(self.sent_mark)
        response = await _opened(self.transport, self.endpoint, self.body, self.connect, self.sent_mark)
        if isinstance(response, Signal):
            raise ProviderFailure(response)
        self._reading = Reading(response, self.exchange)
        return self._reading

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        if self._reading is not None:
            await self._reading.aclose()


send = Sending
"""Send a request: POST with a body, GET without one."""


def _request_to(endpoint: Endpoint, body: bytes | None, connect: float) -> httpx.Request:
    method = "GET" if body is None else "POST"
    extensions = {"timeout": {"connect": connect}}
    if body is not None and len(body) > SENT_AT_ONCE:
        headers = _with_length(endpoint.headers, body)
        return httpx.Request(method, endpoint.url, headers=headers, content=_pieces(body), extensions=extensions)
    # With a stream of its own httpx makes no headers of the body, which takes it longer than all else here; how long
    # the body is and for which host is said by the transport.
    request = httpx.Request(
        method,
        endpoint.url,
        headers=endpoint.headers,
        stream=httpx.ByteStream(body or b""),
        extensions=extensions,
    )
    request.read()
    return request


def _with_length(headers: httpx.Headers, body: bytes) -> httpx.Headers:
    """The headers of a body that goes out in pieces: without its length it would be sent in a form few servers take."""
    return httpx.Headers([*headers.raw, (b"Content-Length", str(len(body)).encode())])


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    whole = memoryview(body)
    for start in range(0, len(whole), SENT_AT_ONCE):
        yield bytes(whole[start : start + SENT_AT_ONCE])


async def _opened(
    transport: httpx.AsyncBaseTransport, endpoint: Endpoint, body: bytes | None, connect: float, sent_mark: SentMark
) -> httpx.Response | Signal:
    """The reply as far as its headers, or why there is none.

    A failure is given back, not raised: what is raised here would hold the foreign exception as its context, and with
    it the request's headers and the reply's bytes.
    """
    try:
        return await transport.handle_async_request(_request_to(endpoint, body, connect))
    except _OURS:
        raise
    except Exception as error:  # noqa: BLE001 – the boundary: none of the library's may go on
        signal = translate_unanswered(error, sent=sent_mark.sent)
        return replace(signal, kind=Kind.STALE) if signal.kind is Kind.LOST and sent_mark.was_stale() else signal
