"""Who is next: one request's way through its targets, from what it has seen so far.

Asked before every attempt, it gives the target to call and those that this passes over; told how an attempt ended, it
draws what the outcome table says for the rest of the request. Nothing else in the router tries anything twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from router.call import Call
from router.errors import AllTargetsFailed, RequestRejected
from router.failure_memory import FailureMemory, Verdict
from router.outcomes import Matter, Next, Outcome, Signal, lacks_mode
from router.planner import Planner
from router.ports import Clock
from router.record import Record, Step
from router.retry_budget import RetryBudget
from router.structured import reask_text
from router.types import Attempt, AttemptSkipped, PlannedTarget, Target, TargetState


@dataclass(frozen=True, slots=True)
class Choice:
    """The next attempt.

    Attributes:
        reask: the faults to name, where the same target is asked once more.
        lower: how many steps below the target's best JSON mode.
        others: whether another target stands behind it.
    """

    line: PlannedTarget
    others: bool
    reask: str | None = None
    lower: int = 0


@dataclass(frozen=True, slots=True)
class _Again:
    """A second attempt on the same target."""

    line: PlannedTarget
    reask: str | None = None
    lower: int = 0


_PROBED = "another request is trying it"


class Fallback:
    """One request's choice of targets.

    Attributes:
        rejection: the error that ends the request without another target, once a provider refused its content.
    """

    def __init__(
        self, call: Call, planner: Planner, memory: FailureMemory, budget: RetryBudget, clock: Clock, record: Record
    ) -> None:
        self.rejection: RequestRejected | None = None
        self._call = call
        self._planner = planner
        self._memory = memory
        self._budget = budget
        self._clock = clock
        self._record = record
        self._tried: set[Target] = set()
        self._asked_twice: set[Target] = set()
        self._again: _Again | None = None
        self._larger_than: int | None = None
        self._steps: dict[Next, Callable[[Step, Signal, Attempt], _Again | None]] = {
            Next.STOP: self._stop,
            Next.LARGER: self._larger,
            Next.LOWER: self._lower,
            Next.REASK: self._reask,
            Next.AGAIN: self._once_more,
        }

    # --- choosing ------------------------------------------------------------------------------------------------

    async def next(self) -> tuple[Choice | None, list[AttemptSkipped]]:
        """Whom to call next (None: nobody is left), and whom that passes over."""
        if self._again is not None:
            again, self._again = self._again, None
            return Choice(again.line, self._others(again.line), again.reask, again.lower), []
        plan = self._plan()
        first, lost = await self._first_free(plan)
        position = len(plan) if first is None else plan.index(first)
        skipped = lost + self._skip_all(plan[:position])
        if first is None:
            return None, skipped
        self._tried.add(first.target)
        return Choice(first, any(line.kept for line in plan[position + 1 :])), skipped

    def _plan(self) -> list[PlannedTarget]:
        if self._record.made >= self._planner.table.limits.attempts:
            return []
        if self._tried and not self._call.fallback:
            return []
        return [self._fitting(line) for line in self._planner.plan(self._call, self._tried)]

    def _fitting(self, line: PlannedTarget) -> PlannedTarget:
        """The line, passed over where its context is known to be no larger than the one that was too small."""
        context, least = self._planner.facts(line.target).context, self._larger_than
        if not line.kept or least is None or context is None or context > least:
            return line
        reason = f"its context of {context} tokens is no larger"
        return replace(line, kept=False, state=TargetState.UNFIT, reason=reason)

    def _others(self, line: PlannedTarget) -> bool:
        """Whether another target stands behind `line`."""
        return any(other.kept and other.target != line.target for other in self._plan())

    def _skip_all(self, plan: list[PlannedTarget]) -> list[AttemptSkipped]:
        passed = [line for line in plan if not line.kept and self._record.skip(line, line.state, line.reason)]
        return [AttemptSkipped(line.provider, line.model, line.reason, line.state) for line in passed]

    async def _first_free(self, plan: list[PlannedTarget]) -> tuple[PlannedTarget | None, list[AttemptSkipped]]:
        """The first target to try, and those that others try: a half-open one takes one request at a time."""
        lost: list[AttemptSkipped] = []
        for line in plan:
            if line.kept and await self._may_try(line):
                return line, lost
            if line.kept and self._record.skip(line, TargetState.HALF_OPEN, _PROBED):
                lost.append(AttemptSkipped(line.provider, line.model, _PROBED, TargetState.HALF_OPEN))
        return None, lost

    async def _may_try(self, line: PlannedTarget) -> bool:
        party = self._planner.accounts[line.provider].party(line.model)
        standing = self._memory.standing(party, self._clock.time())
        if standing.verdict is Verdict.PROBE and standing.hold is not None:
            return await self._memory.claim(standing.hold)
        return standing.verdict is Verdict.FREE

    # --- what follows --------------------------------------------------------------------------------------------

    def consider(self, step: Step, outcome: Outcome, signal: Signal, attempt: Attempt) -> None:
        """Draw what a failed attempt means for the rest of the request, beyond the next plan."""
        follow = self._steps.get(outcome.then)
        if follow is not None:
            self._again = follow(step, signal, attempt)

    def _stop(self, step: Step, signal: Signal, attempt: Attempt) -> None:
        self.rejection = self._rejected(attempt)

    def _larger(self, step: Step, signal: Signal, attempt: Attempt) -> None:
        self._larger_than = max(self._larger_than or 0, self._planner.facts(step.target).context or 0)

    def _lower(self, step: Step, signal: Signal, attempt: Attempt) -> _Again | None:
        """A mode that the target lacks is asked of it no more; where this request's schema is at fault, only this."""
        if step.mode is None:
            return None
        lower = step.lower + 1
        if lacks_mode(signal):
            self._planner.refuses(step.target, step.mode)
            lower = step.lower
        return _Again(step.line, step.reask, lower) if self._within_cap() and self._budget.spend() else None

    def _reask(self, step: Step, signal: Signal, attempt: Attempt) -> _Again | None:
        if step.target in self._asked_twice or not self._within_cap() or not self._budget.spend():
            return None
        self._asked_twice.add(step.target)
        # A provider that has refused its own model's text holds the mode too strictly for it.
        lower = 1 if signal.failed_generation is not None else 0
        return _Again(step.line, reask_text(signal.faults or (signal.message,)), lower)

    def _once_more(self, step: Step, signal: Signal, attempt: Attempt) -> _Again | None:
        if step.ordinal > 1 or not self._within_cap() or self._others(step.line) or not self._budget.spend():
            return None
        return _Again(step.line)

    def _within_cap(self) -> bool:
        return self._record.made < self._planner.table.limits.attempts

    def exhausted(self) -> AllTargetsFailed | RequestRejected:
        """The error of a request that nobody is left for."""
        attempts, outcomes = self._record.attempts, self._record.outcomes
        if outcomes and all(outcome.matter is Matter.CALLER and outcome.name != "deadline" for outcome in outcomes):
            return self._rejected(next(attempt for attempt in attempts if attempt.outcome != "skipped"))
        retry_at = min((attempt.retry_at for attempt in attempts if attempt.retry_at is not None), default=None)
        lines = "\n".join(f"  {attempt.provider}:{attempt.model}: {attempt.error}" for attempt in attempts)
        when = f"; one may answer from {retry_at:%H:%M:%S} UTC on" if retry_at else ""
        return AllTargetsFailed(f"no target answered{when}\n{lines}", attempts=attempts, retry_at=retry_at)

    def _rejected(self, attempt: Attempt) -> RequestRejected:
        limit = (
            f"; no target that could be tried takes more than {self._larger_than} tokens" if self._larger_than else ""
        )
        return RequestRejected(
            f"{self._planner.table.providers[attempt.provider].label} refused the request: {attempt.error}{limit}",
            provider=attempt.provider,
            model=attempt.model,
            outcome=attempt.outcome,
            attempts=self._record.attempts,
        )
