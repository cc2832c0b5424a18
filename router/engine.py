"""Attempts in order, the commit point, the record.

`Engine.run` makes a `Run`: an asynchronous generator of events, the same one for `complete` and `stream`. It asks the
planner for a target, makes one attempt, asks the outcome table what a failure means, tells the failure memory and the
log, and goes on until there is an answer, nobody is left, the request itself was refused, or its time is up.
Nothing else in the router tries anything twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ulid import ULID

from router.call import Call
from router.errors import AllTargetsFailed, DeadlineExceeded, RequestRejected
from router.failure_memory import FailureMemory, Verdict
from router.outcomes import BILLED, Kind, Matter, Next, Outcome, Signal, classify, describe
from router.planner import Planner
from router.ports import Clock, RequestLog
from router.providers.attempt import Errand, StreamAttempt, TimeLimits, plain_attempt
from router.providers.dialects import write_request
from router.providers.replies import ProviderFailure, Reply
from router.providers.transport import Clients, Exchange
from router.quota import QuotaLedger
from router.record import Ending, Record, Step
from router.retry_budget import RetryBudget
from router.structured import Document, InvalidJson, read_document, reask_text
from router.thinking import Part
from router.types import (
    Attempt,
    AttemptFailed,
    AttemptSkipped,
    AttemptStarted,
    Completed,
    Completion,
    Delta,
    Event,
    PlannedTarget,
    Reasoning,
    Restart,
    Target,
    TargetState,
    Usage,
)

_SHARE = 0.6
"""Of the time left, what one attempt may take before its first token while another target stands behind it."""


@dataclass(frozen=True)
class Engine:
    """What all requests of a router share.

    Attributes:
        served: called with each target that answered, for the statistics.
        keep_content: whether prompts and answers go to the log.
    """

    planner: Planner
    memory: FailureMemory
    quota: QuotaLedger
    log: RequestLog
    clients: Clients
    budget: RetryBudget
    clock: Clock
    served: Callable[[Target], None]
    keep_content: bool = True

    def run(self, call: Call, *, stream: bool) -> Run:
        """A request, ready to start in the running event loop."""
        self.budget.earn()
        return Run(self, call, stream=stream)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The next attempt: whom, with which faults named, and whether another target stands behind it."""

    line: PlannedTarget
    reask: str | None
    others: bool


class Run:
    """One request under way; iterate `events()` once.

    Attributes:
        id: the request's ULID.
        completion: the answer, once there is one.
        exchanges: the calls made so far as they went over the wire, each with whom it called.
    """

    def __init__(self, engine: Engine, call: Call, *, stream: bool) -> None:
        self.id = str(ULID())
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
        simulated = any(account.simulated for account in engine.planner.accounts.values())
        started_at = engine.clock.time()
        self._record = Record(self.id, call, engine.log, started_at, simulated, stream, engine.keep_content)
        self._tried: set[Target] = set()
        self._reasked: set[Target] = set()
        self._again: tuple[PlannedTarget, str | None] | None = None
        self._larger_than: int | None = None
        self._rejection: RequestRejected | None = None
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
                choice, skipped = await self._choose()
                for passed_over in skipped:
                    yield passed_over
                if choice is None:
                    raise self._exhausted()
                async with aclosing(self._attempt(choice)) as attempt:
                    async for event in attempt:
                        yield event
            self._record.succeed(self.completion)
        except (RequestRejected, AllTargetsFailed, DeadlineExceeded) as error:
            self._record.end("failed", self._since(self._started), error=str(error))
            raise
        except BaseException:
            if self.completion is None:
                self._cancelled()
            raise
        yield Completed(self.completion)

    def _cancelled(self) -> None:
        step = self._step
        if step is not None:
            self._engine.memory.released(step.party)
            self._end_step(step, Ending("cancelled", self._since(step.began)))
        self._record.end("cancelled", self._since(self._started), at=step)

    # --- choosing ------------------------------------------------------------------------------------------------

    async def _choose(self) -> tuple[_Choice | None, list[AttemptSkipped]]:
        """Whom to call next (None: nobody is left), and whom that passes over."""
        self._check_time()
        if self._again is not None:
            (line, reask), self._again = self._again, None
            return _Choice(line, reask, self._others(line)), []
        plan = self._plan()
        first = await self._first_free(plan)
        position = len(plan) if first is None else plan.index(first)
        skipped = self._skip_all(plan[:position])
        if first is None:
            return None, skipped
        return _Choice(first, None, any(line.kept for line in plan[position + 1 :])), skipped

    def _check_time(self) -> None:
        if self._rejection is not None:
            raise self._rejection
        if self._now() >= self._deadline:
            limit = self._deadline - self._started
            message = f"no answer within the deadline of {limit:g} s; {self._record.made} attempts were made"
            raise DeadlineExceeded(message, attempts=self._record.attempts)

    def _plan(self) -> list[PlannedTarget]:
        if self._record.made >= self._engine.planner.table.limits.attempts:
            return []
        if self._tried and not self._call.fallback:
            return []
        plan = self._engine.planner.plan(self._call, self._tried)
        least = self._larger_than
        return plan if least is None else [line for line in plan if self._context(line.target) > least]

    def _context(self, target: Target) -> int:
        return self._engine.planner.facts(target).context or 0

    def _others(self, line: PlannedTarget) -> bool:
        """Whether another target stands behind `line`."""
        return any(other.kept and other.target != line.target for other in self._plan())

    def _skip_all(self, plan: list[PlannedTarget]) -> list[AttemptSkipped]:
        passed = [line for line in plan if not line.kept and self._record.skip(line, line.state, line.reason)]
        return [AttemptSkipped(line.provider, line.model, line.reason, line.state) for line in passed]

    async def _first_free(self, plan: list[PlannedTarget]) -> PlannedTarget | None:
        """The first target to try; one that is half-open only where this request may be its probe."""
        for line in plan:
            if line.kept and await self._may_try(line):
                return line
            if line.kept:
                self._record.skip(line, TargetState.HALF_OPEN, "another request is trying it")
        return None

    async def _may_try(self, line: PlannedTarget) -> bool:
        party = self._engine.planner.accounts[line.provider].party(line.model)
        standing = self._engine.memory.standing(party, self._engine.clock.time())
        if standing.verdict is Verdict.PROBE and standing.hold is not None:
            return await self._engine.memory.claim(standing.hold)
        return standing.verdict is Verdict.FREE

    # --- one attempt ---------------------------------------------------------------------------------------------

    async def _attempt(self, choice: _Choice) -> AsyncGenerator[Event, None]:
        step = self._new_step(choice)
        written = self._record.begin(step)
        errand = await self._errand(step, choice.others)
        await written
        if self._record.shown:
            self._record.shown.clear()
            yield Restart()
        yield AttemptStarted(step.target.provider, step.target.model)
        try:
            async with aclosing(self._streamed(step, errand) if self._streams else self._plain(step, errand)) as events:
                async for event in events:
                    yield event
        except ProviderFailure as failure:
            yield self._failed(step, failure.signal)

    def _new_step(self, choice: _Choice) -> Step:
        line = choice.line
        account = self._engine.planner.accounts[line.provider]
        wall = self._engine.clock.time()
        self._tried.add(line.target)
        party = account.party(line.model)
        self._step = Step(line, account, party, self._record.made + 1, choice.reask, wall, self._now())
        return self._step

    async def _errand(self, step: Step, others: bool) -> Errand:
        table = self._engine.planner.table
        self._engine.quota.count(step.party)
        request = write_request(
            self._call,
            step.target.model,
            dialect=step.account.dialect,
            facts=self._engine.planner.facts(step.target),
            task=self._task,
            free_only=table.free_only,
            stream=self._streams,
            reask=step.reask,
        )
        exchange = Exchange(step.account.chat, request.encode())
        self.exchanges.append((step.target, exchange))
        return Errand(
            transport=await self._engine.clients.get(),
            endpoint=exchange.endpoint,
            body=exchange.body,
            exchange=exchange,
            limits=self._limits(others),
            secrets=step.account.secrets,
            own_limit=request.own_limit,
            ticket=step.ticket,
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

    async def _plain(self, step: Step, errand: Errand) -> AsyncGenerator[Event, None]:
        try:
            reply = await plain_attempt(errand)
        except ProviderFailure as failure:
            reply = self._salvaged(failure)
        completion = self._finish(step, reply)
        if self._delivers:
            self._record.shown.append(completion.text)
            yield Delta(completion.text)

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

    async def _streamed(self, step: Step, errand: Errand) -> AsyncGenerator[Event, None]:
        attempt = StreamAttempt(errand)
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
        self._finish(step, attempt.reply)

    # --- how it ended --------------------------------------------------------------------------------------------

    def _finish(self, step: Step, reply: Reply) -> Completion:
        """Check the reply, note the success everywhere, and make the completion."""
        step.document = self._document(reply)
        self._engine.memory.succeeded(step.party, step.started_at)
        self._engine.quota.note_headers(step.party, reply.headers)
        if reply.usage is not None:
            self._engine.quota.learn(step.party, self._call.prompt_tokens, reply.usage.prompt_tokens)
        until = self._billed(step, reply)
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
        self.completion = self._completion(step, reply)
        return self.completion

    def _billed(self, step: Step, reply: Reply) -> float | None:
        """A cost where only free models may be called: the answer is given, and the target held."""
        if reply.cost <= 0 or not self._engine.planner.table.free_only:
            return None
        signal = Signal(Kind.REPLY, http_status=reply.http_status, message=f"{reply.cost:.6f} USD")
        return self._engine.memory.failed(
            step.party, BILLED, signal, describe(BILLED, signal), self._engine.clock.time()
        )

    def _document(self, reply: Reply) -> Document | None:
        if not self._call.wants_json:
            return None
        try:
            return read_document(reply.text, self._call.schema)
        except InvalidJson as error:
            signal = Signal(Kind.BAD_JSON, http_status=reply.http_status, message=str(error))
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
        until = self._engine.memory.failed(step.party, outcome, signal, reason, step.started_at)
        self._engine.quota.note_headers(step.party, signal.headers)
        if until is None:
            self._engine.memory.released(step.party)
        since = self._since(step.began)
        first = _ms(step.began, step.first_token)
        attempt = self._end_step(step, Ending(outcome.name, since, first, reason, signal.http_status, until))
        self._record.outcomes.append(outcome)
        if outcome.name == "gone":
            self._engine.planner.doubt(step.target)
        self._consider(step, outcome, signal, attempt)
        return AttemptFailed(attempt)

    def _end_step(self, step: Step, ending: Ending) -> Attempt:
        self._step = None
        return self._record.end_attempt(step, ending)

    def _consider(self, step: Step, outcome: Outcome, signal: Signal, attempt: Attempt) -> None:
        """What is to follow, beyond the next plan."""
        then, budget = outcome.then, self._engine.budget
        if then is Next.STOP:
            self._rejection = self._rejected(attempt)
        elif then is Next.LARGER:
            self._larger_than = self._context(step.target)
        elif then is Next.REASK and step.target not in self._reasked and budget.spend():
            self._reasked.add(step.target)
            self._again = step.line, reask_text((signal.message,))
        elif then is Next.AGAIN and step.ordinal == 1 and not self._others(step.line) and budget.spend():
            self._again = step.line, None

    def _rejected(self, attempt: Attempt) -> RequestRejected:
        return RequestRejected(
            f"{self._engine.planner.table.providers[attempt.provider].label} refused the request: {attempt.error}",
            provider=attempt.provider,
            model=attempt.model,
            outcome=attempt.outcome,
            attempts=self._record.attempts,
        )

    def _exhausted(self) -> AllTargetsFailed | RequestRejected:
        attempts, outcomes = self._record.attempts, self._record.outcomes
        if outcomes and all(outcome.matter is Matter.CALLER for outcome in outcomes):
            return self._rejected(next(attempt for attempt in attempts if attempt.outcome != "skipped"))
        retry_at = min((attempt.retry_at for attempt in attempts if attempt.retry_at is not None), default=None)
        lines = "\n".join(f"  {attempt.provider}:{attempt.model}: {attempt.error}" for attempt in attempts)
        when = f"; one may answer from {retry_at:%H:%M:%S} UTC on" if retry_at else ""
        return AllTargetsFailed(f"no target answered{when}\n{lines}", attempts=attempts, retry_at=retry_at)

    def _since(self, moment: float) -> float:
        return (self._now() - moment) * 1000.0


def _ms(start: float, moment: float | None) -> float | None:
    return None if moment is None else (moment - start) * 1000.0
