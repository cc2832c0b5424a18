"""One call to one target, plain or streamed, within its time limits. Whatever goes wrong is a `ProviderFailure`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass

import httpx

from router.failures.outcomes import Kind, Signal
from router.providers.replies import ProviderFailure, Reply, ReplyFacts, read_event, read_reply, take
from router.providers.sse import SSEDecoder, is_event_stream
from router.providers.thinking import Part, Piece, ThinkSplitter
from router.providers.transport import Endpoint, Exchange, Reading, SentMark, send

_DONE = b"[DONE]"
_DRAIN_SECONDS = 0.05  # after [DONE]: long enough to read the end of the body, so that the connection can be kept


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """When an attempt is given up; times are the event loop's.

    Attributes:
        first_token_at: by when the first content or reasoning has to be there (streams only).
        idle: seconds between tokens after that.
        total_at: by when the whole attempt has to be over.
        total_is_deadline, first_is_deadline: whether that limit is the request's own deadline, for which the
            target is not to blame.
        after_finish: seconds that a stream may still run after its finish reason.
        least_pace: tokens a second; a stream that is slower is given up as one that stalled. 0 takes any.
    """

    first_token_at: float
    idle: float
    total_at: float
    total_is_deadline: bool = False
    first_is_deadline: bool = False
    after_finish: float = 0.5
    least_pace: float = 0.0  # tokens a second


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """What an attempt needs: who to call, with what, for how long; `exchange` is given what comes back."""

    transport: httpx.AsyncBaseTransport
    endpoint: Endpoint
    body: bytes
    limits: TimeLimits
    secrets: Sequence[str]
    own_limit: bool
    sent_mark: SentMark
    connect: float = 5.0
    exchange: Exchange | None = None

    def post(self) -> AbstractAsyncContextManager[Reading]:
        """The request, to be entered."""
        return send(self.transport, self.endpoint, self.body, self.connect, self.sent_mark, self.exchange)


def check_reply(reply: Reply, own_limit: bool) -> None:
    """Hold a finished reply against what an answer has to be.

    Raises:
        ProviderFailure: it is empty, was stopped by a filter, or was cut off by a limit of ours.
    """
    if reply.finish_reason == "content_filter":
        words = "the provider's content filter stopped the answer"
        signal = Signal(Kind.REPLY, 400, reply.http_status, frozenset({"content_filter"}), words, cost=reply.cost)
        raise ProviderFailure(signal)
    if reply.finish_reason == "length" and own_limit:
        raise ProviderFailure(Signal(Kind.SHORTENED, http_status=reply.http_status, cost=reply.cost))
    if not reply.text.strip():
        words = "the output limit was used up by reasoning" if reply.finish_reason == "length" else ""
        raise ProviderFailure(Signal(Kind.EMPTY, http_status=reply.http_status, message=words, cost=reply.cost))


async def plain_attempt(attempt_request: AttemptRequest) -> Reply:
    """Ask for the whole answer at once.

    Raises:
        ProviderFailure: anything but a usable answer.
    """
    limits = attempt_request.limits
    try:
        async with asyncio.timeout_at(limits.total_at), attempt_request.post() as reading:
            body = await reading.body()
    except TimeoutError:
        kind = Kind.DEADLINE if limits.total_is_deadline else Kind.SLOW
        raise ProviderFailure(Signal(kind)) from None
    if reading.status == 200 and is_event_stream(body, reading.is_events):
        return StreamAttempt(attempt_request).fold(reading, body)
    reply = read_reply(reading.status, reading.headers, body, attempt_request.secrets)
    reply.simulated, reply.headers = reading.simulated, reading.headers
    check_reply(reply, attempt_request.own_limit)
    return reply


class StreamAttempt:
    """Ask for the answer piece by piece; `reply` grows with each.

    Iterate `pieces()` to its end: it gives what each read brought, and raises where the stream is no whole answer.
    """

    def __init__(self, attempt_request: AttemptRequest) -> None:
        self.reply = Reply()
        self._attempt_request = attempt_request
        self._limits = attempt_request.limits
        self._loop_time: Callable[[], float] = asyncio.get_running_loop().time
        self._alive_at: float | None = None
        self._finished_at: float | None = None
        self._done_at: float | None = None
        self._is_whole = False
        self._splitter = ThinkSplitter()

    async def pieces(self) -> AsyncGenerator[list[Piece], None]:
        """The pieces of content and reasoning, a list for each read that brought any.

        Raises:
            ProviderFailure: a limit passed, the stream broke or ended without an end, or the answer is no answer.
        """
        async with _Posted(self) as reading:
            self._begin(reading)
            chunks = reading.chunks()
            head, is_events = await self._head(reading, chunks)
            if is_events:
                async with aclosing(self._events(head, chunks)) as events:
                    async for found in events:
                        yield found
            else:
                yield await self._whole(reading, head, chunks)
        self._check_end()

    def fold(self, reading: Reading, body: bytes) -> Reply:
        """The answer in a whole body of events: some providers stream to a plain call.

        Raises:
            ProviderFailure: the stream is no whole answer.
        """
        self._begin(reading)
        decoder = SSEDecoder()
        for data in [*decoder.feed(body), *decoder.close()]:
            self._event(data, [])
        for piece in self._splitter.close():
            self._keep(piece, [])
        self._check_end()
        return self.reply

    def _begin(self, reading: Reading) -> None:
        self.reply.http_status, self.reply.simulated = reading.status, reading.simulated
        self.reply.headers = reading.headers

    def _check_end(self) -> None:
        if self._alive_at is not None and self._finished_at is None and not self._is_whole:
            raise ProviderFailure(Signal(Kind.CUT, http_status=200, message="the stream ended without an end"))
        check_reply(self.reply, self._attempt_request.own_limit)

    async def _head(self, reading: Reading, chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
        """The body's beginning, and whether it is a stream of events: labels are wrong at times."""
        if reading.status != 200:
            return b"", False
        head = b""
        while (is_events := is_event_stream(head, reading.is_events)) is None:
            chunk = await self._read(chunks)
            if chunk is None:
                return head, reading.is_events
            head += chunk
        return head, is_events

    async def _events(self, head: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[list[Piece], None]:
        decoder = SSEDecoder()
        chunk: bytes | None = head
        while chunk is not None:
            found: list[Piece] = []
            for data in decoder.feed(chunk):
                self._event(data, found)
            if found:
                yield found
            chunk = await self._read(chunks)
        last: list[Piece] = []
        for data in decoder.close():
            self._event(data, last)
        for piece in self._splitter.close():
            self._keep(piece, last)
        if last:
            yield last

    async def _whole(self, reading: Reading, head: bytes, chunks: AsyncIterator[bytes]) -> list[Piece]:
        """A reply that is no event stream: an error, or a whole completion."""
        parts = [head]
        while (chunk := await self._read(chunks)) is not None:
            parts.append(chunk)
        whole = read_reply(reading.status, reading.headers, b"".join(parts), self._attempt_request.secrets)
        whole.simulated, whole.headers = reading.simulated, reading.headers
        self.reply = whole
        self._alive_at = self._done_at = self._loop_time()
        self._is_whole = True
        pieces = [Piece(Part.REASONING, whole.reasoning)] if whole.reasoning else []
        return [*pieces, Piece(Part.ANSWER, whole.text)]

    async def _read(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        """The next bytes; None at the end, which is also the end of our patience with a stream that has finished."""
        try:
            async with asyncio.timeout_at(self._until()):
                return await anext(chunks, None)
        except TimeoutError:
            if self._finished_at is not None or self._done_at is not None:
                return None
            raise ProviderFailure(self.given_up()) from None
        except ProviderFailure:
            if self._finished_at is not None or self._done_at is not None:
                return None
            raise

    def _until(self) -> float:
        limits = self._limits
        if self._done_at is not None:
            return min(self._done_at + _DRAIN_SECONDS, limits.total_at)
        if self._finished_at is not None:
            return min(self._finished_at + limits.after_finish, limits.total_at)
        if self._alive_at is not None:
            return min(self._alive_at + limits.idle, limits.total_at)
        return min(limits.first_token_at, limits.total_at)

    def given_up(self) -> Signal:
        """Which limit has passed: a provider's silence, or the request's own deadline."""
        limits = self._limits
        now = self._loop_time()
        if now >= limits.total_at:
            return Signal(Kind.DEADLINE if limits.total_is_deadline else Kind.SLOW)
        if self._alive_at is not None:
            return Signal(Kind.STALLED)
        return Signal(Kind.DEADLINE if limits.first_is_deadline else Kind.SILENT)

    def _event(self, data: bytes, found: list[Piece]) -> None:
        if data == _DONE:
            self._done_at = self._loop_time()
            return
        chunk = read_event(data, self._attempt_request.secrets)
        if chunk is None:
            return
        if chunk.reasoning:
            self._keep(Piece(Part.REASONING, chunk.reasoning), found)
        if chunk.content:
            for piece in self._splitter.feed(chunk.content):
                self._keep(piece, found)
        if chunk.content or chunk.reasoning:
            self._alive_at = self._loop_time()
        self._note(chunk.facts)

    def _keep(self, piece: Piece, found: list[Piece]) -> None:
        take(self.reply, piece)
        found.append(piece)

    def _note(self, facts: ReplyFacts) -> None:
        reply = self.reply
        if facts.model is not None:
            reply.model = facts.model
        if facts.usage is not None:
            reply.usage = facts.usage
        if facts.cost is not None:
            reply.cost = facts.cost
        if facts.finish_reason is not None:
            reply.finish_reason = facts.finish_reason
            self._finished_at = self._finished_at or self._loop_time()


class _Posted:
    """The request under the first-token limit: headers that never come are silence too."""

    def __init__(self, attempt: StreamAttempt) -> None:
        self._attempt = attempt
        attempt_request = attempt._attempt_request
        self._context = attempt_request.post()

    async def __aenter__(self) -> Reading:
        try:
            async with asyncio.timeout_at(self._attempt._until()):
                return await self._context.__aenter__()
        except TimeoutError:
            raise ProviderFailure(self._attempt.given_up()) from None

    async def __aexit__(self, *exc: object) -> None:
        await self._context.__aexit__(*exc)  # type: ignore[arg-type]
