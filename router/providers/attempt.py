"""One call to one target, plain or streamed, within its time limits. Whatever goes wrong is a `ProviderFailure`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import NoReturn

import httpx

from router.failures.outcomes import Kind, Signal
from router.providers.decoding.blanks import shows_nothing
from router.providers.decoding.finish_reasons import is_known
from router.providers.decoding.json_reader import chunks_in
from router.providers.decoding.sse import SSEDecoder, is_event_stream, skip_comments
from router.providers.decoding.thinking import Part, Piece
from router.providers.http.sent_mark import SentMark
from router.providers.http.transport import Endpoint, Exchange, Reading, send
from router.providers.replies import ProviderFailure, Reply, is_success, read_reply
from router.providers.streaming.answer import StreamedAnswer
from router.providers.streaming.pace import PaceWatch
from router.table.dialects import PLAIN, Dialect
from router.workers import run_in_worker

READ_ON_THE_LOOP = 16_000
"""Bytes of a body that are read in the event loop, in a millisecond or, full of odd marks, in twenty; a longer one is
read in a thread."""

_EVENTS_AT_ONCE = 16
"""Events of a stream that are read before the event loop has its turn, in a tenth of a millisecond: with a hundred
streams each has its turn within a fiftieth of a second. A turn itself costs as much as three events."""

_DOUBT = 4.0  # times `after_finish`
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
        least_pace: tokens a second that a stream has to bring after its first; one that is slower is given up as one
            that stalled. 0 takes any.
        pace_window: seconds over which that is weighed.
    """

    first_token_at: float
    idle: float
    total_at: float
    total_is_deadline: bool = False
    first_is_deadline: bool = False
    after_finish: float = 0.5
    least_pace: float = 0.0
    pace_window: float = 1.5


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """What an attempt needs: who to call, with what, for how long; `exchange` is given what comes back.

    Attributes:
        secrets: what must not be shown of a reply.
        own_limit: whether the output limit is ours rather than the caller's.
        prompt_tokens: the prompt's estimated size, for the usage of an answer that breaks off.
        dialect: the provider's wire.
    """

    transport: httpx.AsyncBaseTransport
    endpoint: Endpoint
    body: bytes = field(repr=False)
    limits: TimeLimits
    secrets: Sequence[str] = field(repr=False)
    own_limit: bool
    sent_mark: SentMark
    connect: float = 5.0
    exchange: Exchange | None = None
    prompt_tokens: int = 0
    dialect: Dialect = PLAIN

    def __reduce__(self) -> NoReturn:
        raise TypeError("an attempt's request holds a key and is not pickled")

    def post(self) -> AbstractAsyncContextManager[Reading]:
        """The request, to be entered."""
        return send(self.transport, self.endpoint, self.body, self.connect, self.sent_mark, self.exchange)


def check_reply(reply: Reply, own_limit: bool) -> None:
    """Hold a finished reply against what an answer has to be.

    Raises:
        ProviderFailure: it is empty and calls no tool, was stopped by a filter, or was cut off by a limit of ours.
    """
    fault = reason_fault(reply, own_limit)
    if fault is not None:
        raise ProviderFailure(fault)
    if shows_nothing(reply.text) and not reply.calls:
        # A limit that the caller has set too low for a model's thoughts is no sickness of the model's.
        used_up = reply.finish_reason == "length"
        kind, words = (Kind.SHORTENED, "reasoning used it up") if used_up else (Kind.EMPTY, "")
        raise ProviderFailure(Signal(kind, http_status=reply.http_status, message=words, cost=reply.cost))


def reason_fault(reply: Reply, own_limit: bool) -> Signal | None:
    """What a reply's finish reason says against it; None where it says nothing."""
    if reply.finish_reason == "content_filter":
        words = "the provider's content filter stopped the answer"
        return Signal(Kind.REPLY, 400, reply.http_status, frozenset({"content_filter"}), words, cost=reply.cost)
    if reply.finish_reason == "length" and own_limit:
        return Signal(Kind.SHORTENED, http_status=reply.http_status, cost=reply.cost)
    if reply.finish_reason is not None and not is_known(reply.finish_reason) and not reply.calls:
        words = f"the answer ended for a reason that is not known: {reply.finish_reason}"
        return Signal(Kind.CUT, http_status=reply.http_status, message=words, cost=reply.cost)
    return None


def events_of(body: bytes, is_labelled: bool) -> list[bytes]:
    """The events of a whole body that is a stream, in whichever form; none where it is one document."""
    if not is_event_stream(body, is_labelled):
        return chunks_in(skip_comments(body))
    decoder = SSEDecoder()
    return [*decoder.feed(body), *decoder.close()]


async def plain_attempt(attempt_request: AttemptRequest) -> Reply:
    """Ask for the whole answer at once.

    Raises:
        ProviderFailure: anything but a usable answer.
    """
    reading, body = await whole_body(attempt_request)
    loop_time = asyncio.get_running_loop().time
    if len(body) <= READ_ON_THE_LOOP:
        return _read_plain(attempt_request, reading, body, loop_time)
    return await run_in_worker(_read_plain, attempt_request, reading, body, loop_time)


async def whole_body(attempt_request: AttemptRequest) -> tuple[Reading, bytes]:
    """The reply to a request with its whole body, within the attempt's limits.

    Raises:
        ProviderFailure: there is none, or not in time.
    """
    limits = attempt_request.limits
    try:
        async with asyncio.timeout_at(limits.total_at), attempt_request.post() as reading:
            return reading, await reading.body()
    except TimeoutError:
        kind = Kind.DEADLINE if limits.total_is_deadline else Kind.SLOW
        raise ProviderFailure(Signal(kind)) from None


def _read_plain(
    attempt_request: AttemptRequest, reading: Reading, body: bytes, loop_time: Callable[[], float]
) -> Reply:
    """The answer in a whole body; some providers stream to a plain call."""
    if is_success(reading.status) and (events := events_of(body, reading.is_events)):
        return StreamAttempt(attempt_request, loop_time).fold(reading, events)
    return _read_document(attempt_request, reading, body)


def _read_document(attempt_request: AttemptRequest, reading: Reading, body: bytes) -> Reply:
    reply = read_reply(reading.status, reading.headers, body, attempt_request.secrets, attempt_request.dialect)
    reply.simulated = reading.simulated
    check_reply(reply, attempt_request.own_limit)
    return reply


class StreamAttempt:
    """Ask for the answer piece by piece; `reply` grows with each.

    Iterate `pieces()` to its end: it gives what each read brought, and raises where the stream is no whole answer.

    Args:
        loop_time: the event loop's clock; the running loop's if left out.
    """

    def __init__(self, attempt_request: AttemptRequest, loop_time: Callable[[], float] | None = None) -> None:
        self._attempt_request = attempt_request
        self._limits = attempt_request.limits
        self._loop_time: Callable[[], float] = loop_time or asyncio.get_running_loop().time
        self._answer = StreamedAnswer(attempt_request.secrets, self._loop_time, attempt_request.dialect)
        self._pace = PaceWatch(self._limits.least_pace, self._limits.pace_window)

    @property
    def reply(self) -> Reply:
        """The answer so far."""
        return self._answer.reply

    async def pieces(self) -> AsyncGenerator[list[Piece], None]:
        """The pieces of content and reasoning, a list for each read that brought any.

        Raises:
            ProviderFailure: a limit passed, the stream broke or ended without an end, or the answer is no answer.
        """
        try:
            async with _Posted(self) as reading:
                self._begin(reading)
                chunks = reading.chunks()
                head, is_events = await self._head(reading, chunks)
                if is_events:
                    async with aclosing(self._events(head, chunks)) as events:
                        async for pieces in events:
                            yield pieces
                else:
                    yield await self._whole(reading, head, chunks)
        except BaseException:
            # Failed, cancelled or left: what has been written was paid for out of somebody's allowance.
            self._answer.estimate_usage(self._attempt_request.prompt_tokens)
            raise

    def fold(self, reading: Reading, events: Sequence[bytes]) -> Reply:
        """The answer in all the events of a body.

        Raises:
            ProviderFailure: the stream is no whole answer.
        """
        self._begin(reading)
        for data in events:
            self._answer.feed(data, [])
        self._answer.close([])
        self._check_end()
        return self.reply

    def _begin(self, reading: Reading) -> None:
        self.reply.http_status, self.reply.simulated = reading.status, reading.simulated
        self.reply.stated = reading.statements(self._attempt_request.dialect)

    def _check_end(self) -> None:
        self._answer.check_whole()
        check_reply(self.reply, self._attempt_request.own_limit)

    async def _head(self, reading: Reading, chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
        """The body's beginning, and whether it is a stream of events: labels are wrong at times."""
        if not is_success(reading.status):
            return b"", False
        head = b""
        while (is_events := is_event_stream(head, reading.is_events)) is None:
            chunk = await self._read(chunks)
            if chunk is None:
                return head, reading.is_events
            head += chunk
        return head, is_events

    async def _events(self, head: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[list[Piece], None]:
        decoder, answer = SSEDecoder(), self._answer
        chunk: bytes | None = head
        pieces: list[Piece] = []
        while chunk is not None:
            for number, data in enumerate(decoder.feed(chunk), 1):
                answer.feed(data, pieces)
                if number % _EVENTS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            # What comes together with its refusal waits: shown, it would have to be taken back.
            if pieces and self._reply_fault() is None:
                yield pieces
                pieces = []
            if answer.tokens:
                self._check_pace()
            chunk = await self._read(chunks)
        for data in decoder.close():
            answer.feed(data, pieces)
        answer.close(pieces)
        self._check_end()
        if pieces:
            yield pieces

    def _reply_fault(self) -> Signal | None:
        """What its finish reason says against the answer, as far as it has come."""
        return reason_fault(self.reply, self._attempt_request.own_limit)

    def _check_pace(self) -> None:
        """Give up a stream that drips; one that has finished owes no more."""
        too_slow = self._pace.is_too_slow(self._loop_time(), self._answer.tokens)
        self._answer.tokens = 0.0
        if too_slow and not self._answer.is_over():
            raise ProviderFailure(Signal(Kind.TOO_SLOW, http_status=200))

    async def _whole(self, reading: Reading, head: bytes, chunks: AsyncIterator[bytes]) -> list[Piece]:
        """A reply that is no event stream: an error, or a whole completion, which is checked before anybody sees it."""
        parts = [head]
        while (chunk := await self._read(chunks)) is not None:
            parts.append(chunk)
        body = b"".join(parts)
        if len(body) <= READ_ON_THE_LOOP:
            whole = self._read_whole(reading, body)
        else:
            whole = await run_in_worker(self._read_whole, reading, body)
        self._answer.reply = whole
        pieces = [Piece(Part.REASONING, whole.reasoning)] if whole.reasoning else []
        return [*pieces, Piece(Part.ANSWER, whole.text)] if whole.text else pieces

    def _read_whole(self, reading: Reading, body: bytes) -> Reply:
        if is_success(reading.status) and (events := chunks_in(skip_comments(body))):
            return self.fold(reading, events)
        return _read_document(self._attempt_request, reading, body)

    async def _read(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        """The next bytes; None at the end, which is also the end of our patience with a stream that has finished."""
        try:
            async with asyncio.timeout_at(self._until()):
                return await anext(chunks, None)
        except TimeoutError:
            if self._answer.is_over():
                return None
            raise ProviderFailure(self.given_up()) from None
        except ProviderFailure:
            answer = self._answer
            # A connection that breaks behind a reason that told nothing may have broken within the answer.
            if answer.done_at is not None or (answer.is_over() and answer.has_telling_reason):
                return None
            raise

    def _until(self) -> float:
        limits, answer = self._limits, self._answer
        if answer.done_at is not None:
            return min(answer.done_at + _DRAIN_SECONDS, limits.total_at)
        if answer.is_over() and answer.finished_at is not None:
            # A reason on the only event so far may stand on each that is still to come.
            patience = limits.after_finish * (1 if answer.has_telling_reason else _DOUBT)
            return min(answer.finished_at + patience, limits.total_at)
        if answer.alive_at is not None:
            return min(answer.alive_at + limits.idle, limits.total_at)
        return min(limits.first_token_at, limits.total_at)

    def given_up(self) -> Signal:
        """Which limit has passed: a provider's silence, or the request's own deadline."""
        limits = self._limits
        now = self._loop_time()
        if now >= limits.total_at:
            return Signal(Kind.DEADLINE if limits.total_is_deadline else Kind.SLOW)
        if self._answer.alive_at is not None:
            return Signal(Kind.STALLED)
        return Signal(Kind.DEADLINE if limits.first_is_deadline else Kind.SILENT)


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
