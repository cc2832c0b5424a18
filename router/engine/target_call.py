"""One attempt at one target: its row awaited, its request written and sent, its reply read to the end and checked.

`TargetCall.events` gives what the caller sees of it; it ends with a `TargetAnswer`, or with a `ProviderFailure`. What
that means for anybody else is `router.engine.run`'s to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from router.engine.planner import Planner
from router.engine.record import OpenAttempt, Record
from router.failures.outcomes import Kind, Signal
from router.json_answers import Document, InvalidJson, read_document_async
from router.providers.attempt import AttemptRequest, StreamAttempt, TimeLimits, plain_attempt
from router.providers.replies import ProviderFailure, Reply
from router.providers.requests import WireRequest, write_request
from router.providers.thinking import Part, Piece
from router.providers.transport import Clients, Exchange
from router.table.routes import TaskEntry
from router.types import AttemptStarted, Delta, Event, Reasoning, Restart, Target

FIRST_TOKEN_SHARE = 0.6
"""Of the time left, what one attempt may take before its first token while another target stands behind it."""

_PIECES_AT_ONCE = 32
"""Pieces of a stream that are handed on before the event loop has its turn: many streams whose providers are fast would
keep everything else waiting."""

LOG_PATIENCE = 1.0
"""Seconds: a row that is not written by then stays queued, and the request goes out. Another program that holds the
database must cost nobody an answer."""


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """What a target answered: the reply, and the document in it where JSON was asked for."""

    reply: Reply
    document: Document | None


class TargetCall:
    """One attempt under way; iterate `events()` once.

    Args:
        deadline: the request's own, as the event loop's time.
        streams: whether the reply is asked for piece by piece.
        others_ready: whether another target stands behind this one: only then is time kept for it, and only then is
            a reply that merely drips left.
        exchanges: is given the call as it goes over the wire.
        on_first_sign: called when the first of a streamed answer is there: the rest may take minutes, in which
            others need not pass a target over that has begun to answer.

    Attributes:
        answer: the whole answer, once `events` has ended without an error.
        reply: what has come of it, also where it broke off.
    """

    def __init__(
        self,
        *,
        attempt: OpenAttempt,
        record: Record,
        planner: Planner,
        clients: Clients,
        deadline: float,
        streams: bool,
        others_ready: bool,
        exchanges: list[tuple[Target, Exchange]],
        on_first_sign: Callable[[], None],
    ) -> None:
        self.answer: TargetAnswer | None = None
        self.reply: Reply | None = None
        self._attempt = attempt
        self._record = record
        self._planner = planner
        self._clients = clients
        self._deadline = deadline
        self._streams = streams
        self._others_ready = others_ready
        self._exchanges = exchanges
        self._on_first_sign: Callable[[], None] | None = on_first_sign
        self._call = record.call
        self._blanks = ""
        self._loop_time: Callable[[], float] = asyncio.get_running_loop().time

    async def events(self, row: Awaitable[None]) -> AsyncGenerator[Event, None]:
        """What the caller sees, until the answer is whole.

        Args:
            row: is done when the attempt's row is in the log.

        Raises:
            ProviderFailure: anything but a usable answer.
        """
        if self._record.shown:
            self._record.shown.clear()
            yield Restart()
        yield AttemptStarted(self._attempt.target.provider, self._attempt.target.model)
        transport = await self._clients.get()
        request, exchange = self._write_request()
        await self._wait_for_row(row)
        # From here on it is the target's time: limits and latency do not count what the database took.
        self._attempt.began = self._loop_time()
        attempt_request = AttemptRequest(
            transport=transport,
            endpoint=exchange.endpoint,
            body=exchange.body,
            exchange=exchange,
            limits=self._time_limits(),
            secrets=self._attempt.account.secrets,
            own_limit=request.own_limit,
            sent_mark=self._attempt.sent_mark,
            connect=self._planner.table.limits.connect,
            prompt_tokens=self._call.prompt_tokens,
        )
        if not self._streams:
            self.answer = await self._whole_answer(attempt_request)
            return
        async with aclosing(self._streamed_events(attempt_request)) as events:
            async for event in events:
                yield event

    # --- before it is sent -------------------------------------------------------------------------------------------

    @property
    def _task(self) -> TaskEntry:
        return self._planner.table.tasks[self._call.config.type]

    def _write_request(self) -> tuple[WireRequest, Exchange]:
        attempt = self._attempt
        request = write_request(
            self._call,
            attempt.target.model,
            dialect=attempt.account.dialect,
            facts=self._planner.facts(attempt.target),
            task=self._task,
            free_only=self._planner.table.free_only,
            stream=self._streams,
            reask=attempt.reask,
            lower=attempt.lower,
        )
        attempt.mode = request.mode
        exchange = Exchange(attempt.account.chat, request.encode())
        self._exchanges.append((attempt.target, exchange))
        return request, exchange

    async def _wait_for_row(self, row: Awaitable[None]) -> None:
        """Until the row is in the log, `LOG_PATIENCE` at the most.

        Raises:
            ProviderFailure: the request's own deadline has passed; the target is not to blame.
        """
        if not (isinstance(row, asyncio.Future) and row.done()):  # a timeout costs more than the look
            patience = min(self._loop_time() + LOG_PATIENCE, self._deadline)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(patience):
                    await row
        if self._loop_time() >= self._deadline:
            raise ProviderFailure(Signal(Kind.DEADLINE))

    def _time_limits(self) -> TimeLimits:
        """The attempt's limits, counted from now: it is about to be sent."""
        now, task = self._loop_time(), self._task
        share = (self._deadline - now) * (FIRST_TOKEN_SHARE if self._others_ready else 1.0)
        return TimeLimits(
            first_token_at=now + min(task.first_token, share),
            idle=task.idle,
            total_at=self._deadline if self._streams else now + min(task.attempt, share),
            total_is_deadline=self._streams or share < task.attempt,
            first_is_deadline=share < task.first_token,
            after_finish=self._planner.table.limits.after_finish,
            # With nobody to go to, a drip is better than nothing.
            least_pace=task.least_pace if self._others_ready else 0.0,
            # Whoever may be silent for so long may drip for as long.
            pace_window=task.idle,
        )

    # --- its reply -----------------------------------------------------------------------------------------------

    async def _whole_answer(self, attempt_request: AttemptRequest) -> TargetAnswer:
        try:
            reply = await plain_attempt(attempt_request)
        except ProviderFailure as failure:
            reply = await self._salvaged_reply(failure)
        return await self._checked_answer(reply)

    async def _salvaged_reply(self, failure: ProviderFailure) -> Reply:
        """Groq's refusal of a text as no valid JSON carries the text: perhaps it can be mended without a call."""
        generation = failure.signal.failed_generation
        if generation is None or not self._call.wants_json:
            raise failure
        try:
            document = await read_document_async(generation, self._call.schema)
        except InvalidJson:
            raise failure from None
        return Reply(answer=[document.text], finish_reason="stop", http_status=failure.signal.http_status or 400)

    async def _checked_answer(self, reply: Reply) -> TargetAnswer:
        if not self._call.wants_json:
            return TargetAnswer(reply, None)
        try:
            return TargetAnswer(reply, await read_document_async(reply.text, self._call.schema))
        except InvalidJson as error:
            raise ProviderFailure(
                Signal(
                    Kind.BAD_JSON,
                    http_status=reply.http_status,
                    message=str(error),
                    stated=reply.stated,
                    faults=error.faults,
                    cost=reply.cost,
                )
            ) from error

    async def _streamed_events(self, attempt_request: AttemptRequest) -> AsyncGenerator[Event, None]:
        stream = StreamAttempt(attempt_request)
        try:
            async with aclosing(stream.pieces()) as reads:
                async for pieces in reads:
                    self._tell_first_sign()
                    for number, piece in enumerate(pieces, 1):
                        if (event := self._event_of(piece)) is not None:
                            yield event
                        if number % _PIECES_AT_ONCE == 0:
                            await asyncio.sleep(0)
        finally:
            self.reply = stream.reply
        self.answer = await self._checked_answer(stream.reply)

    def _tell_first_sign(self) -> None:
        if self._on_first_sign is not None:
            self._on_first_sign()
            self._on_first_sign = None

    def _event_of(self, piece: Piece) -> Event | None:
        """What the caller is told of a piece: only content commits, so one without any is no event."""
        if piece.part is Part.ANSWER:
            return self._next_delta(piece.text)
        if piece.part is Part.REASONING:
            return Reasoning(piece.text) if piece.text else None
        was_shown, self._blanks = bool(self._record.shown), ""
        self._record.shown.clear()
        return Restart() if was_shown else None

    def _next_delta(self, text: str) -> Delta | None:
        """The next piece of the answer. Blanks ahead of it wait for it: alone, they are no answer."""
        text, self._blanks = self._blanks + text, ""
        if not self._record.shown and not text.strip():
            self._blanks = text
            return None
        if not text:
            return None
        if self._attempt.first_token is None:
            self._attempt.first_token = self._loop_time()
        self._record.shown.append(text)
        return Delta(text)
