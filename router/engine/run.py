"""Attempts in order, the commit point, the record.

`Engine.run` makes a `Run`: an asynchronous generator of events, the same one for `complete` and `stream`. It asks for
a target, makes one attempt, asks the outcome table what a failure means, tells the failure memory and the log, and
goes on until there is an answer, nobody is left, the request itself was refused, or its time is up. Whom it asks next
is `router.engine.fallback`'s matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ulid import ULID

from router.engine.fallback import Fallback, NextTarget
from router.engine.planner import Planner
from router.engine.record import Ending, Record, Step
from router.engine.retry_budget import Budgets
from router.errors import AllTargetsFailed, DeadlineExceeded, RequestRejected
from router.failures.memory import FailureMemory
from router.failures.outcomes import BILLED, Kind, Signal, classify, describe
from router.failures.quota import QuotaLedger
from router.json_answers import Document, InvalidJson, read_document
from router.ports import Clock, RequestLog
from router.providers.attempt import AttemptRequest, StreamAttempt, TimeLimits, plain_attempt
from router.providers.replies import ProviderFailure, Reply
from router.providers.requests import write_request
from router.providers.thinking import Part
from router.providers.transport import Clients, Exchange
from router.request import Call
from router.types import (
    Attempt,
    AttemptFailed,
    AttemptStarted,
    Completed,
    Completion,
    Delta,
    Event,
    Reasoning,
    Restart,
    Target,
    Usage,
    Waiting,
)

_SHARE = 0.6
"""Of the time left, what one attempt may take before its first token while another target stands behind it."""


@dataclass(frozen=True)
class Engine:
    """What all requests of a router share.

    Attributes:
        served: called with each target that answered, for the statistics.
        keep_content: whether prompts and answers go to the log.
        simulators: the ids of accounts that have turned out to be simulated.
    """

    planner: Planner
    memory: FailureMemory
    quota: QuotaLedger
    log: RequestLog
    clients: Clients
    budgets: Budgets
    clock: Clock
    served: Callable[[Target], None]
    keep_content: bool = True
    simulators: set[str] = field(default_factory=set)

    def run(self, call: Call, *, stream: bool) -> Run:
        """A request, ready to start in the running event loop."""
        self.budgets.earn()
        return Run(self, call, stream=stream)


class Run:
    """One request under way; iterate `events()` once.

    Attributes:
        id: the request's ULID.
        completion: the answer, once there is one.
        exchanges: the calls made so far as they went over the wire, each with whom it called.
    """

    def __init__(self, engine: Engine, call: Call, *, stream: bool) -> None:
        self.id = str(ULID.from_timestamp(engine.clock.time()))
        self.completion: Completion | None = None
        self.exchanges: list[tuple[Target, Exchange]] = []
        self._engine = engine
        self._call = call
        self._task = engine.planner.table.tasks[call.config.type]
        self._streams = stream and not call.wants_json  # JSON is checked as a whole before anybody sees it
        self._delivers = stream
        self._now = asyncio.get_running_loop().time
        self._started = self._now()
        self._deadline = self._started + (call.deadline or self._task.deadline)
        accounts = engine.planner.accounts.values()
        simulated = any(account.simulated or account.id in engine.simulators for account in accounts)
        started_at = engine.clock.time()
        self._record = Record(self.id, call, engine.log, started_at, simulated, stream, engine.keep_content)
        self._fallback = Fallback(
            call, engine.planner, engine.memory, budgets=engine.budgets, clock=engine.clock, record=self._record
        )
        self._step: Step | None = None

    @property
    def text(self) -> str:
        """The valid text so far."""
        return self.completion.text if self.completion is not None else "".join(self._record.shown)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything that happens, up to `Completed`.

        Raises:
            RequestRejected, AllTargetsFailed, DeadlineExceeded: as `router.errors` says.
        """
        try:
            while self.completion is None:
                self._check()
                choice, skipped = await self._fallback.next()
                step = None if choice is None else self._new_step(choice)
                for passed_over in skipped:
                    yield passed_over
                if choice is None or step is None:
                    pause = self._fallback.next_pause(self._deadline - self._now())
                    if pause is None:
                        raise self._fallback.exhausted()
                    yield Waiting(datetime.fromtimestamp(self._engine.clock.time() + pause, UTC))
                    await self._fallback.wait(pause)
                    continue
                async with aclosing(self._attempt(step, choice.others)) as attempt:
                    async for event in attempt:
                        yield event
            self._record.succeed(self.completion)
        except (RequestRejected, AllTargetsFailed, DeadlineExceeded) as error:
            self._record.end("failed", self._since(self._started), error=str(error))
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if self.completion is None:
                self._broken_off("cancelled")
            raise
        except BaseException:
            self._broken_off("failed", "it ended by a fault of the router's own")
            raise
        yield Completed(self.completion)

    def _broken_off(self, status: str, error: str | None = None) -> None:
        step = self._step
        if step is not None:
            self._engine.memory.released(step.called_target, step.started_at)
            if step.begun:
                self._end_step(step, Ending("cancelled", self._since(step.began)))
        self._record.end(status, self._since(self._started), error=error, at=step)

    def _check(self) -> None:
        """End the request where there is no more to be done for it."""
        if self._fallback.rejection is not None:
            raise self._fallback.rejection
        if self._now() >= self._deadline:
            limit = self._deadline - self._started
            message = f"no answer within the deadline of {limit:g} s; {self._record.made} attempts were made"
            raise DeadlineExceeded(message, attempts=self._record.attempts)

    # --- one attempt ---------------------------------------------------------------------------------------------

    async def _attempt(self, step: Step, others: bool) -> AsyncGenerator[Event, None]:
        written = self._record.begin(step)
        attempt_request = await self._attempt_request(step, others)
        if self._record.shown:
            self._record.shown.clear()
            yield Restart()
        yield AttemptStarted(step.target.provider, step.target.model)
        try:
            await self._in_time(written)
            async with aclosing(
                self._streamed(step, attempt_request) if self._streams else self._plain(step, attempt_request)
            ) as events:
                async for event in events:
                    yield event
        except ProviderFailure as failure:
            yield self._failed(step, failure.signal)

    async def _in_time(self, written: Awaitable[None]) -> None:
        """Nothing is sent before its row is written; a database that cannot be written in time ends the request."""
        if isinstance(written, asyncio.Future) and written.done():
            return
        try:
            async with asyncio.timeout_at(self._deadline):
                await written
        except TimeoutError:
            raise ProviderFailure(Signal(Kind.DEADLINE)) from None

    def _new_step(self, choice: NextTarget) -> Step:
        """The attempt as it stands from now on: it may be its target's probe, to be given back whatever happens."""
        line = choice.line
        account = self._engine.planner.accounts[line.provider]
        ordinal, wall = self._record.made + 1, self._engine.clock.time()
        called_target = account.called_target(line.model)
        self._step = Step(line, account, called_target, ordinal, wall, self._now(), choice.reask, choice.lower)
        return self._step

    async def _attempt_request(self, step: Step, others: bool) -> AttemptRequest:
        table = self._engine.planner.table
        self._engine.quota.count(step.called_target, self._record.attempt_id(step))
        request = write_request(
            self._call,
            step.target.model,
            dialect=step.account.dialect,
            facts=self._engine.planner.facts(step.target),
            task=self._task,
            free_only=table.free_only,
            stream=self._streams,
            reask=step.reask,
            lower=step.lower,
        )
        exchange = Exchange(step.account.chat, request.encode())
        self.exchanges.append((step.target, exchange))
        step.mode = request.mode
        return AttemptRequest(
            transport=await self._engine.clients.get(),
            endpoint=exchange.endpoint,
            body=exchange.body,
            exchange=exchange,
            limits=self._limits(others),
            secrets=step.account.secrets,
            own_limit=request.own_limit,
            sent_mark=step.sent_mark,
            connect=table.limits.connect,
        )

    def _limits(self, others: bool) -> TimeLimits:
        now, task = self._now(), self._task
        share = (self._deadline - now) * (_SHARE if others else 1.0)
        return TimeLimits(
            first_token_at=now + min(task.first_token, share),
            idle=task.idle,
            total_at=self._deadline if self._streams else now + min(task.attempt, share),
            total_is_deadline=self._streams or share < task.attempt,
            first_is_deadline=share < task.first_token,
            after_finish=self._engine.planner.table.limits.after_finish,
        )

    async def _plain(self, step: Step, attempt_request: AttemptRequest) -> AsyncGenerator[Event, None]:
        try:
            reply = await plain_attempt(attempt_request)
        except ProviderFailure as failure:
            reply = self._salvaged(failure)
        completion = self._finish(step, reply)
        if self._delivers:
            self._record.shown.append(completion.text)
            yield Delta(completion.text)
        self.completion = completion

    def _salvaged(self, failure: ProviderFailure) -> Reply:
        """Groq's refusal of a text as no valid JSON carries the text: perhaps it can be mended without a call."""
        generation = failure.signal.failed_generation
        if generation is None or not self._call.wants_json:
            raise failure
        try:
            document = read_document(generation, self._call.schema)
        except InvalidJson:
            raise failure from None
        return Reply(answer=[document.text], finish_reason="stop", http_status=failure.signal.http_status or 400)

    async def _streamed(self, step: Step, attempt_request: AttemptRequest) -> AsyncGenerator[Event, None]:
        attempt = StreamAttempt(attempt_request)
        shown = self._record.shown
        async with aclosing(attempt.pieces()) as reads:
            async for pieces in reads:
                for piece in pieces:
                    if piece.part is Part.ANSWER:
                        if step.first_token is None:
                            step.first_token = self._now()
                        shown.append(piece.text)
                        yield Delta(piece.text)
                    elif piece.part is Part.REASONING:
                        yield Reasoning(piece.text)
                    else:
                        shown.clear()
                        yield Restart()
        self.completion = self._finish(step, attempt.reply)

    # --- how it ended --------------------------------------------------------------------------------------------

    def _finish(self, step: Step, reply: Reply) -> Completion:
        """Check the reply, note the success everywhere, and make the completion."""
        step.document = self._document(reply)
        until = self._billed(step, reply.cost, reply.http_status)
        self._engine.memory.succeeded(step.called_target, step.started_at)
        self._engine.quota.note_allowances(step.called_target, reply.stated.allowances)
        if reply.usage is not None and not self._call.images:
            self._engine.quota.learn(step.called_target, self._call.prompt_tokens, reply.usage.prompt_tokens)
        ending = Ending(
            "succeeded",
            self._since(step.began),
            _ms(step.began, step.first_token),
            None,
            reply.http_status,
            until,
            reply,
        )
        self._end_step(step, ending)
        self._engine.served(step.target)
        return self._completion(step, reply)

    def _billed(self, step: Step, cost: float, status: int | None) -> float | None:
        """A cost where only free models may be called: its target is held, whether it has answered or not."""
        if cost <= 0 or not self._engine.planner.table.free_only:
            return None
        signal = Signal(Kind.REPLY, http_status=status, message=f"{cost:.6f} USD")
        reason = describe(BILLED, signal)
        return self._engine.memory.failed(step.called_target, BILLED, signal, reason, self._engine.clock.time())

    def _document(self, reply: Reply) -> Document | None:
        if not self._call.wants_json:
            return None
        try:
            return read_document(reply.text, self._call.schema)
        except InvalidJson as error:
            words, faults = str(error), error.faults
            signal = Signal(Kind.BAD_JSON, http_status=reply.http_status, message=words, faults=faults, cost=reply.cost)
            raise ProviderFailure(signal) from error

    def _completion(self, step: Step, reply: Reply) -> Completion:
        document = step.document
        return Completion(
            text=document.text if document else reply.text,
            provider=step.target.provider,
            model=reply.model or step.target.model,
            requested_model=step.target.model,
            request_id=self.id,
            finish_reason=reply.finish_reason,
            parsed=document.parsed if document else None,
            reasoning=reply.reasoning,
            usage=reply.usage or Usage(),
            cost_usd=reply.cost,
            latency_ms=self._since(self._started),
            ttft_ms=_ms(self._started, step.first_token),
            degraded=self._engine.planner.degraded(self._call.config, step.target),
            simulated=reply.simulated or step.account.simulated,
            attempts=tuple(self._record.attempts),
        )

    def _failed(self, step: Step, signal: Signal) -> AttemptFailed:
        outcome = classify(signal)
        reason = describe(outcome, signal)
        until = self._engine.memory.failed(step.called_target, outcome, signal, reason, step.started_at)
        self._billed(step, signal.cost, signal.http_status)
        self._engine.quota.note_allowances(step.called_target, signal.stated.allowances)
        since, first = self._since(step.began), _ms(step.began, step.first_token)
        ending = Ending(
            outcome.name, since, first, reason, signal.http_status, until, None, signal.cost, outcome.counted
        )
        attempt = self._end_step(step, ending)
        self._record.outcomes.append(outcome)
        if outcome.name == "gone":
            self._engine.planner.doubt(step.target)
        self._fallback.consider(step, outcome, signal, attempt)
        return AttemptFailed(attempt)

    def _end_step(self, step: Step, ending: Ending) -> Attempt:
        self._step = None
        if not (step.sent_mark.sent and ending.counted):
            self._engine.quota.uncount(step.called_target, self._record.attempt_id(step))
        self._note_simulated(step)
        return self._record.end_attempt(step, ending)

    def _note_simulated(self, step: Step) -> None:
        """Simulated providers may have keys and stand at an address of their own: then only their replies tell it."""
        if self.exchanges and self.exchanges[-1][1].simulated:
            self._engine.simulators.add(step.account.id)
        if step.account.id in self._engine.simulators:
            self._record.simulated = True

    def _since(self, moment: float) -> float:
        return (self._now() - moment) * 1000.0


def _ms(start: float, moment: float | None) -> float | None:
    return None if moment is None else (moment - start) * 1000.0
