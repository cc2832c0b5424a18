"""A request's way, step by step: rounds through its targets, one attempt at a time, each committed or recorded.

`Engine.run` makes a `Run`, the same one for `complete` and `stream`: an asynchronous iterator of events. Its steps are
nested, each with one concern, and each can be read alone:

    _recorded      whatever happens, the log says how the request ended
    _rounds        another target, or a wait, until there is an answer or no hope
    _one_attempt   one target's events; its end is one `AttemptEnding` for everybody, whichever end it is

Whom it asks next is `router.engine.fallback`'s matter, the call itself that of `router.engine.attempts.target_call`,
and who wants to know how it ended stands in `router.engine.recording.listeners`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ulid import ULID

from router.cache import AnswerCache, RecalledAnswer
from router.engine.attempts.attempt_endings import ending_of, ms_between
from router.engine.attempts.retry_budget import Budgets
from router.engine.attempts.target_call import TargetAnswer, TargetCall
from router.engine.completions import answered_completion, recalled_completion
from router.engine.fallback import Fallback, NextTarget
from router.engine.in_flight import CallsInFlight
from router.engine.planning.planner import Planner
from router.engine.recall import keep_answer, recall_answer, recalled_events
from router.engine.recording.listeners import AttemptEnding, EndingFeed
from router.engine.recording.record import OpenAttempt, Record
from router.engine.run_events import RunEvents
from router.errors import AllTargetsFailed, DeadlineExceeded, RequestRejected, RouterClosed
from router.failures.memory import FailureMemory
from router.failures.outcomes import Signal
from router.failures.quota import QuotaLedger
from router.ports import Clock, RequestLog, SystemClock
from router.providers.http.connections import Clients
from router.providers.http.transport import Exchange
from router.providers.kept_turns import KeptTurns
from router.providers.replies import ProviderFailure, Reply
from router.request import Call
from router.types import (
    Attempt,
    AttemptFailed,
    AttemptSkipped,
    CacheUse,
    Completed,
    Completion,
    Delta,
    Event,
    Target,
    ToolCallEvent,
    Transcription,
    Waiting,
)

_CLOSED_MEANWHILE = "the router was closed while this request was under way; no target is to blame"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What all requests of a router share.

    Attributes:
        endings: is told how every attempt ended.
        in_flight: the requests that are under way.
        kept_turns: what models thought before they called tools.
        keep_content: whether prompts and answers go to the log.
        simulators: the ids of accounts that have turned out to be simulated.
        cache: answers that may be given again; None where none are kept.
    """

    planner: Planner
    memory: FailureMemory
    quota: QuotaLedger
    log: RequestLog
    clients: Clients
    budgets: Budgets
    clock: Clock
    endings: EndingFeed
    in_flight: CallsInFlight = field(default_factory=CallsInFlight)
    kept_turns: KeptTurns = field(default_factory=lambda: KeptTurns(SystemClock()))
    keep_content: bool = True
    simulators: set[str] = field(default_factory=set)
    cache: AnswerCache | None = None

    def run(self, call: Call, *, stream: bool) -> Run:
        """A request, ready to start in the running event loop."""
        self.budgets.earn()
        return Run(self, call, stream=stream)


class Run(RunEvents):
    """One request under way: iterate it once, and `aclose` it.

    The iteration raises `RequestRejected`, `AllTargetsFailed` or `DeadlineExceeded` as `router.errors` says, and
    `RouterClosed` where the router is closed over it.

    Attributes:
        id: the request's ULID.
        exchanges: the calls made so far as they went over the wire, each with whom it called.
    """

    def __init__(self, engine: Engine, call: Call, *, stream: bool) -> None:
        super().__init__()
        self.id = str(ULID.from_timestamp(engine.clock.time()))
        self.exchanges: list[tuple[Target, Exchange]] = []
        self._engine = engine
        self._call = call
        self._streams = stream and not call.wants_json  # JSON is checked as a whole before anybody sees it
        self._delivers = stream
        self._now = self.loop.time
        self._started = self._now()
        task = engine.planner.table.task(call.task)
        self._deadline = self._started + (call.deadline or task.deadline)
        accounts = engine.planner.accounts.values()
        self._record = Record(
            id=self.id,
            call=call,
            log=engine.log,
            started_at=engine.clock.time(),
            simulated=any(account.simulated or account.id in engine.simulators for account in accounts),
            streamed=stream,
            keep_content=engine.keep_content,
            faults=engine.endings.faults,
        )
        self._fallback = Fallback(
            call,
            engine.planner,
            engine.memory,
            quota=engine.quota,
            budgets=engine.budgets,
            clock=engine.clock,
            record=self._record,
        )
        self._lookup = None if engine.cache is None else engine.cache.lookup_for(call, engine.simulators)
        self._broken_off_at: Target | None = None

    @property
    def text(self) -> str:
        """The valid text so far."""
        if self.completion is not None:
            return self.completion.text
        return "".join(self._record.shown[: len(self._record.shown) - self._unseen_pieces()])

    @property
    def cache_use(self) -> CacheUse | None:
        """What came of looking into the cache; None where that has not been done, or is not wanted."""
        return None if self._lookup is None else self._lookup.use

    # --- the request ---------------------------------------------------------------------------------------------

    async def _recorded(self) -> AsyncGenerator[Sequence[Event], None]:
        """An earlier answer given again, or the rounds; however they end, the log says how."""
        self._engine.in_flight.enter(self)
        faults = self._engine.endings.faults
        try:
            if self._lookup is not None and (answer := await recall_answer(self._lookup, faults)) is not None:
                for piece in recalled_events(answer, self._record, delivers=self._delivers, streams=self._streams):
                    yield (piece,)
                self.completion = self._recalled_completion(answer)
            async with aclosing(self._rounds()) as batches:
                async for events in batches:
                    yield events
            assert self.completion is not None, "the rounds end with an answer or an error"
            self._record.write_success(self.completion)
            if self._lookup is not None:
                keep_answer(self._lookup, self.completion, faults)
        except (RequestRejected, AllTargetsFailed, DeadlineExceeded) as error:
            error.request_id = self.id
            self._record.write_end("failed", self._ms_since(self._started), error=str(error))
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if self.completion is None:
                self._take_unseen_back()
                self._record.write_end("cancelled", self._ms_since(self._started), at=self._broken_off_at)
            raise
        except BaseException:
            error_text = "it ended by a fault of the router's own"
            self._record.write_end("failed", self._ms_since(self._started), error=error_text, at=self._broken_off_at)
            raise
        finally:
            self._engine.in_flight.leave(self)
        yield (Completed(self.completion),)

    def _take_unseen_back(self) -> None:
        """What its caller was never given was no part of the answer."""
        shown = self._record.shown
        del shown[len(shown) - self._unseen_pieces() :]
        self._unseen.clear()

    def _closed_error(self) -> RouterClosed:
        return RouterClosed(_CLOSED_MEANWHILE, attempts=self._record.attempts)

    def _recalled_completion(self, answer: RecalledAnswer) -> Completion:
        latency_ms = self._ms_since(self._started)
        ttft_ms = latency_ms if self._streams else None
        return recalled_completion(answer, self.id, latency_ms=latency_ms, ttft_ms=ttft_ms)

    async def _rounds(self) -> AsyncGenerator[Sequence[Event], None]:
        """One target after the other, with waits where all of them cool down, until there is an answer.

        Raises:
            RequestRejected, AllTargetsFailed, DeadlineExceeded: as `router.errors` says.
        """
        while self.completion is None:
            self._check_hope()
            choice, skipped = await self._fallback.next_target(self._deadline - self._now())
            if choice is not None:
                async with aclosing(self._one_attempt(choice, skipped)) as batches:
                    async for events in batches:
                        yield events
                continue
            if skipped:
                yield skipped
            pause = self._fallback.next_pause(self._deadline - self._now())
            if pause is None:
                raise self._fallback.exhausted()
            yield (Waiting(datetime.fromtimestamp(self._engine.clock.time() + pause, UTC)),)
            await self._fallback.wait_a_round(pause)

    def _check_hope(self) -> None:
        """End the request where there is no more to be done for it."""
        if self._fallback.rejection is not None:
            raise self._fallback.rejection
        if self._record.shown and not self._call.restart:
            message = "the answer broke off in the middle, and its caller wants no other from the start"
            raise AllTargetsFailed(message, attempts=self._record.attempts)
        if self._now() >= self._deadline:
            limit = self._deadline - self._started
            call_count = self._record.calls_made
            attempts = "1 attempt was made" if call_count == 1 else f"{call_count} attempts were made"
            message = f"no answer within the deadline of {limit:g} s; {attempts}"
            raise DeadlineExceeded(message, attempts=self._record.attempts)

    # --- one attempt ---------------------------------------------------------------------------------------------

    async def _one_attempt(
        self, choice: NextTarget, skipped: list[AttemptSkipped]
    ) -> AsyncGenerator[Sequence[Event], None]:
        """One target's events; `self.completion` is set where it answers.

        It is opened before the first event: it may be its target's probe, to be given back whatever happens.
        """
        attempt = self._open_attempt(choice)
        target_call = TargetCall(
            attempt=attempt,
            record=self._record,
            planner=self._engine.planner,
            clients=self._engine.clients,
            deadline=self._deadline,
            streams=self._streams,
            others_ready=choice.others_ready,
            may_ask_again=choice.may_ask_again,
            kept_turns=self._engine.kept_turns,
            exchanges=self.exchanges,
            on_first_sign=lambda: self._engine.endings.tell_first_sign(attempt.called_target, attempt.started_at),
        )
        try:
            row = self._record.begin_attempt(attempt)
            if skipped:
                yield skipped
            async with aclosing(target_call.events(row)) as batches:
                async for events in batches:
                    yield events
        except ProviderFailure as failure:
            yield (AttemptFailed(self._fail_attempt(attempt, failure.signal, target_call.reply)),)
            return
        except BaseException:
            self._end_attempt(attempt, partial=target_call.reply)
            self._broken_off_at = attempt.target
            raise
        assert target_call.answer is not None, "a call ends with an answer or an error"
        completion = self._commit_answer(attempt, target_call.answer)
        if self._delivers:
            if not self._streams and completion.text:
                self._record.shown.append(completion.text)
                yield (Delta(completion.text),)
            if completion.tool_calls:
                yield [ToolCallEvent(call) for call in completion.tool_calls]
        self.completion = completion

    def _open_attempt(self, choice: NextTarget) -> OpenAttempt:
        account = self._engine.planner.accounts[choice.line.provider]
        attempt = OpenAttempt(
            id=self._record.next_attempt_id,
            ordinal=self._record.calls_made + 1,
            line=choice.line,
            account=account,
            called_target=account.called_target(choice.line.model),
            started_at=self._engine.clock.time(),
            began=self._now(),
            reask=choice.reask,
            lower=choice.lower,
            one_call=choice.one_call,
        )
        attempt.sent_mark.wants_new = choice.on_new_connection
        reserved = self._engine.planner.needed_tokens(self._call, attempt.target)
        self._engine.quota.count(attempt.called_target, attempt.id, reserved.prompt + reserved.output)
        return attempt

    # --- how it ended --------------------------------------------------------------------------------------------

    def _commit_answer(self, attempt: OpenAttempt, answer: TargetAnswer) -> Completion:
        """The target has answered: everybody is told, and the completion is made."""
        self._end_attempt(attempt, reply=answer.reply)
        completion = answered_completion(
            answer,
            attempt,
            self._record,
            latency_ms=self._ms_since(self._started),
            ttft_ms=ms_between(self._started, attempt.first_token),
            degraded=self._engine.planner.degraded(self._call.config, attempt.target),
            cache=self.cache_use,
        )
        heard = answer.reply.heard
        return completion if heard is None else Transcription.of(completion, heard.language, heard.seconds)

    def _fail_attempt(self, attempt: OpenAttempt, signal: Signal, partial: Reply | None) -> Attempt:
        """The target has not: everybody is told, and what follows for this request is considered."""
        ending = self._end_attempt(attempt, signal=signal, partial=partial)
        self._fallback.consider_failure(attempt, ending)
        return self._record.attempts[-1]

    def _end_attempt(
        self,
        attempt: OpenAttempt,
        *,
        signal: Signal | None = None,
        reply: Reply | None = None,
        partial: Reply | None = None,
    ) -> AttemptEnding:
        """The one end of every attempt: it is put down as one record, and everybody is told.

        Args:
            signal: what went wrong, where it failed.
            reply: the answer, where it succeeded; with neither, somebody stopped it.
            partial: what had come of a reply that is no answer: it was paid for all the same.
        """
        self._note_simulated(attempt)
        ending = ending_of(
            attempt,
            self._record,
            signal=signal,
            reply=reply,
            partial=partial,
            ended_at=self._engine.clock.time(),
            loop_time=self._now(),
            free_only=self._engine.planner.table.free_only,
            streams=self._streams,
        )
        ending = self._engine.endings.hand_out(ending)
        self._record.note_ending(ending)
        return ending

    def _note_simulated(self, attempt: OpenAttempt) -> None:
        """Simulated providers may have keys and stand at an address of their own: then only their replies tell it."""
        if self.exchanges and self.exchanges[-1][1].simulated:
            self._engine.simulators.add(attempt.account.id)
        if attempt.account.id in self._engine.simulators:
            self._record.simulated = True

    def _ms_since(self, moment: float) -> float:
        return (self._now() - moment) * 1000.0
