"""One attempt at one target: its row awaited, its request written and sent, its reply read to the end and checked.

`TargetCall.events` gives what the caller sees of it; it ends with a `TargetAnswer`, or with a `ProviderFailure`. What
that means for anybody else is `router.engine.run`'s to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from router.engine.attempts.call_gate import CallGate
from router.engine.planning.planner import Planner
from router.engine.recording.record import OpenAttempt, Record
from router.failures.outcomes import Kind, Signal
from router.json_answers import Document, InvalidJson, read_document_async
from router.providers.attempt import AttemptRequest, StreamAttempt, TimeLimits, plain_attempt
from router.providers.decoding.blanks import shows_nothing
from router.providers.decoding.thinking import Part, Piece
from router.providers.http.connections import Clients
from router.providers.http.transport import Exchange
from router.providers.kept_turns import KeptTurn, KeptTurns
from router.providers.replies import ProviderFailure, Reply
from router.providers.requests import AskedAgain, write_request
from router.providers.tools.calls_in_text import may_become_call
from router.providers.tools.failed_calls import is_refused_call, read_failed_generation
from router.providers.tools.tool_calls import checked_calls
from router.providers.transcription import recording_exchange, transcription_attempt
from router.request.tools import name_of
from router.table.routes import TaskEntry
from router.types import AttemptStarted, Delta, Event, Reasoning, Restart, Target, ToolCall

FIRST_TOKEN_SHARE = 0.6
"""Of the time left, what one attempt may take before its first token while another target stands behind it."""

_PIECES_AT_ONCE = 32
"""Pieces of a stream that are handed on together, and before the event loop has its turn: many streams whose providers
are fast would keep everything else waiting."""

LOG_PATIENCE = 1.0
"""Seconds: a row that is not written by then stays queued, and the request goes out. Another program that holds the
database must cost nobody an answer."""


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """What a target answered.

    Attributes:
        reply: as it came.
        text: what of it is the answer's text.
        calls: its tool calls, checked.
        document: the document in it where JSON was asked for, unless it calls tools first.
    """

    reply: Reply
    text: str
    calls: tuple[ToolCall, ...] = ()
    document: Document | None = None

    @property
    def finish_reason(self) -> str | None:
        """`tool_calls` where there are some, and nowhere else: providers are wrong both ways."""
        if self.calls:
            return "tool_calls"
        return "stop" if self.reply.finish_reason == "tool_calls" else self.reply.finish_reason


class TargetCall:
    """One attempt under way; iterate `events()` once.

    Args:
        deadline: the request's own, as the event loop's time.
        streams: whether the reply is asked for piece by piece.
        others_ready: whether another target stands behind this one: only then is time kept for it, and only then is
            a reply that merely drips left.
        may_ask_again: whether this target could be asked for a better answer.
        kept_turns: what models thought before they called tools; what this one thinks is kept there.
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
        may_ask_again: bool,
        kept_turns: KeptTurns,
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
        self._may_ask_again = may_ask_again
        self._kept_turns = kept_turns
        self._exchanges = exchanges
        self._on_first_sign: Callable[[], None] | None = on_first_sign
        self._call = record.call
        self._task: TaskEntry = planner.table.task(record.call.task)
        self._blanks = ""
        self._gate = CallGate(is_shut=record.call.may_call_tools)
        self._loop_time: Callable[[], float] = asyncio.get_running_loop().time

    async def events(self, row: Awaitable[None]) -> AsyncGenerator[Sequence[Event], None]:
        """What the caller sees, until the answer is whole; what comes at once is given at once.

        Args:
            row: is done when the attempt's row is in the log.

        Raises:
            ProviderFailure: anything but a usable answer.
        """
        if self._record.shown:
            self._record.shown.clear()
            yield (Restart(),)
        yield (AttemptStarted(self._attempt.target.provider, self._attempt.target.model),)
        transport = await self._clients.get()
        exchange, own_limit = self._write_request()
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
            own_limit=own_limit,
            sent_mark=self._attempt.sent_mark,
            connect=self._planner.table.limits.connect,
            prompt_tokens=self._call.prompt_tokens,
            dialect=self._attempt.account.dialect,
        )
        if not self._streams:
            self.answer = await self._whole_answer(attempt_request)
            return
        async with aclosing(self._streamed_events(attempt_request)) as batches:
            async for events in batches:
                yield events

    # --- before it is sent -------------------------------------------------------------------------------------------

    def _write_request(self) -> tuple[Exchange, bool]:
        """The call as it is to go out, and whether the output limit in it is ours."""
        attempt, recording = self._attempt, self._call.recording
        if recording is not None:
            exchange = recording_exchange(
                recording, self._call.language, model=attempt.target.model, account=attempt.account
            )
            self._exchanges.append((attempt.target, exchange))
            return exchange, False
        request = write_request(
            self._call,
            attempt.target.model,
            dialect=attempt.account.dialect,
            facts=self._planner.facts(attempt.target),
            task=self._task,
            free_only=self._planner.table.free_only,
            stream=self._streams,
            again=AskedAgain(
                reask=attempt.reask,
                lower=attempt.lower,
                one_call=attempt.one_call,
                kept=self._kept_turns.find(self._call.messages, attempt.target),
            ),
        )
        attempt.mode = request.mode
        exchange = Exchange(attempt.account.chat, request.encode())
        self._exchanges.append((attempt.target, exchange))
        return exchange, request.own_limit

    async def _wait_for_row(self, row: Awaitable[None]) -> None:
        """Until the row is in the log, `LOG_PATIENCE` at the most.

        Raises:
            ProviderFailure: the request's own deadline has passed; the target is not to blame.
        """
        await self._record.wait_for_row(row, min(self._loop_time() + LOG_PATIENCE, self._deadline))
        if self._loop_time() >= self._deadline:
            raise ProviderFailure(Signal(Kind.DEADLINE))

    def _time_limits(self) -> TimeLimits:
        """The attempt's limits, counted from now: it is about to be sent."""
        now, task = self._loop_time(), self._task
        slower = self._slower_by()
        first_token, attempt = task.first_token + slower, task.attempt + slower
        share = (self._deadline - now) * (FIRST_TOKEN_SHARE if self._others_ready else 1.0)
        return TimeLimits(
            first_token_at=now + min(first_token, share),
            idle=task.idle,
            total_at=self._deadline if self._streams else now + min(attempt, share),
            total_is_deadline=self._streams or share < attempt,
            first_is_deadline=share < first_token,
            after_finish=self._planner.table.limits.after_finish,
            # With nobody to go to, a drip is better than nothing.
            least_pace=task.least_pace if self._others_ready else 0.0,
            # Whoever may be silent for so long may drip for as long.
            pace_window=task.idle,
        )

    def _slower_by(self) -> float:
        """Seconds that the target is given beyond the task's, where the table knows that it is slow to begin."""
        target = self._attempt.target
        known = (self._planner.table.model(target).first_token, self._attempt.account.entry.first_token)
        needed = next((seconds for seconds in known if seconds is not None), 0.0)
        return max(0.0, needed - self._task.first_token)

    # --- its reply -----------------------------------------------------------------------------------------------

    async def _whole_answer(self, attempt_request: AttemptRequest) -> TargetAnswer:
        if self._call.recording is not None:
            heard = await transcription_attempt(attempt_request)
            return TargetAnswer(heard, heard.text)
        try:
            reply = await plain_attempt(attempt_request)
        except ProviderFailure as failure:
            reply = await self._salvaged_reply(failure)
        return await self._checked_answer(reply)

    async def _salvaged_reply(self, failure: ProviderFailure) -> Reply:
        """Groq's refusal of its model's text carries the text: perhaps it can be mended without a call."""
        if self._call.may_call_tools:
            return self._salvaged_calls(failure, Reply(http_status=failure.signal.http_status or 400))
        generation = failure.signal.failed_generation
        if generation is None or not self._call.wants_json:
            raise failure
        try:
            document = await read_document_async(generation, self._call.schema)
        except InvalidJson:
            raise failure from None
        return Reply(answer=[document.text], finish_reason="stop", http_status=failure.signal.http_status or 400)

    def _salvaged_calls(self, failure: ProviderFailure, reply: Reply) -> Reply:
        """The same of a refusal of the model's tool call: the reply so far, with the calls or the words in it.

        Raises:
            ProviderFailure: there is nothing of use in it.
        """
        if not is_refused_call(failure.signal):
            raise failure
        offered = [name_of(tool) for tool in self._call.tools]
        may_be_text = not (self._call.has_to_call or self._call.wants_json)
        salvaged = read_failed_generation(failure.signal, offered, may_be_text=may_be_text)
        if salvaged is None:
            raise failure
        if may_become_call(reply.text.lstrip()):  # what has come so far is the beginning of what was refused
            reply.answer.clear()
        if salvaged.text:
            if not salvaged.text.startswith(reply.text):
                raise failure  # two answers, of which one may have been shown
            reply.answer = [salvaged.text]
        reply.calls = list(salvaged.calls)
        reply.finish_reason = "tool_calls" if salvaged.calls else "stop"
        return reply

    async def _checked_answer(self, reply: Reply) -> TargetAnswer:
        """The answer in a whole reply: its calls where it has some, else its document or its text."""
        takes_unfit = self._attempt.reask is not None or not (self._may_ask_again or self._others_ready)
        checked = await checked_calls(reply, self._call, takes_unfit=takes_unfit, may_be_in_text=not self._record.shown)
        if checked.calls:
            self._keep_turn(reply, checked.calls)
        if checked.calls or not self._call.wants_json:
            return TargetAnswer(reply, checked.text, checked.calls)
        try:
            document = await read_document_async(checked.text, self._call.schema)
            return TargetAnswer(reply, checked.text, document=document)
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

    def _keep_turn(self, reply: Reply, calls: tuple[ToolCall, ...]) -> None:
        """What led to calls is kept: the model that made them may need it when it is told what came of them."""
        target = self._attempt.target
        # The provider's ids, as far as each call of ours has one: a call that was written as text has none.
        wire_ids = {call.id: raw.id for call, raw in zip(calls, reply.calls, strict=False) if raw.id}
        turn = KeptTurn(
            target=target,
            model=reply.model or target.model,
            reasoning=reply.reasoning,
            details=reply.details,
            wire_ids=wire_ids,
        )
        self._kept_turns.keep(calls[0].id, turn)

    async def _streamed_events(self, attempt_request: AttemptRequest) -> AsyncGenerator[Sequence[Event], None]:
        stream = StreamAttempt(attempt_request)
        try:
            async with aclosing(stream.pieces()) as reads:
                async for pieces in reads:
                    self._tell_first_sign()
                    for first in range(0, len(pieces), _PIECES_AT_ONCE):
                        for events in self._events_of(pieces[first : first + _PIECES_AT_ONCE]):
                            yield events
                        if first + _PIECES_AT_ONCE <= len(pieces):
                            await asyncio.sleep(0)
        except ProviderFailure as failure:
            if not self._call.may_call_tools:
                raise
            self._salvaged_calls(failure, stream.reply)
        finally:
            self.reply = stream.reply
        answer = await self._checked_answer(stream.reply)
        if self._call.may_call_tools and (event := self._last_delta(answer.text)) is not None:
            yield (event,)
        if answer.calls and self._attempt.first_token is None:
            self._attempt.first_token = self._loop_time()
        self.answer = answer

    def _tell_first_sign(self) -> None:
        if self._on_first_sign is not None:
            self._on_first_sign()
            self._on_first_sign = None

    def _events_of(self, pieces: Sequence[Piece]) -> Iterator[list[Event]]:
        """What the caller is told of some pieces; what is void waits until all ahead of it has been handed on."""
        events: list[Event] = []
        for piece in pieces:
            if piece.part is Part.VOID and events:
                yield events
                events = []
            if (event := self._event_of(piece)) is not None:
                events.append(event)
        if events:
            yield events

    def _event_of(self, piece: Piece) -> Event | None:
        """What the caller is told of a piece: only content commits, so one without any is no event."""
        if piece.part is Part.ANSWER:
            return self._next_delta(self._gate.feed(piece.text) if self._gate.is_shut else piece.text)
        if piece.part is Part.REASONING:
            return Reasoning(piece.text) if piece.text else None
        was_shown, self._blanks = bool(self._record.shown), ""
        self._gate.drop()
        self._record.shown.clear()
        return Restart() if was_shown else None

    def _last_delta(self, text: str) -> Delta | None:
        """What of a whole text nobody has seen: it might have been a call, or came together with a refusal of one."""
        shown, self._blanks = "".join(self._record.shown), ""
        return self._next_delta(text[len(shown) :]) if text.startswith(shown) else None

    def _next_delta(self, text: str) -> Delta | None:
        """The next piece of the answer. Blanks ahead of it wait for it: alone, they are no answer."""
        if self._blanks:
            text, self._blanks = self._blanks + text, ""
        if not self._record.shown and shows_nothing(text):
            self._blanks = text
            return None
        if not text:
            return None
        if self._attempt.first_token is None:
            self._attempt.first_token = self._loop_time()
        self._record.shown.append(text)
        return Delta(text)
