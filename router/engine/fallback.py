"""Who is next: one request's way through its targets, from what it has seen so far.

Asked before every attempt, it gives the target to call and those that this passes over; told how an attempt ended, it
draws what the outcome table says for the rest of the request. Nothing else in the router tries anything twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from router.engine.planner import Planner
from router.engine.record import Record, Step
from router.engine.retry_budget import Budgets
from router.errors import AllTargetsFailed, RequestRejected
from router.failures.memory import CooldownVerdict, FailureMemory
from router.failures.outcomes import ActionBy, Next, Outcome, Scope, Signal, lacks_mode
from router.json_answers import reask_text
from router.ports import Clock
from router.request import Call
from router.types import Attempt, AttemptSkipped, PlannedTarget, Target, TargetState


@dataclass(frozen=True, slots=True)
class NextTarget:
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

_FIRST_PAUSE = 0.25
"""Seconds before the first further round through targets that have all failed, doubled with each: an outage of all
costs few calls, and one of a moment little time. With less than twice this left a request waits for nobody."""

_LEAST_PAUSE = 0.05
"""Seconds: a cooldown that ends at once is waited for this long, so that no loop is a tight one."""


class Fallback:
    """One request's choice of targets.

    Cooldowns order the targets. They never leave a request worse off than no memory would: where nobody better is left,
    those that are merely sick are tried all the same, the one due soonest first; and where those have failed too, or
    the others have a known end, the request waits for them in rounds, as far as its deadline allows.

    Attributes:
        rejection: the error that ends the request without another target, once a provider refused its content.
    """

    def __init__(
        self,
        call: Call,
        planner: Planner,
        memory: FailureMemory,
        *,
        budgets: Budgets,
        clock: Clock,
        record: Record,
    ) -> None:
        self.rejection: RequestRejected | None = None
        self._call = call
        self._planner = planner
        self._memory = memory
        self._budgets = budgets
        self._clock = clock
        self._record = record
        self._round = 0
        self._resorted = False  # whether this round has had its call to a target that had just failed
        self._tried: set[Target] = set()
        self._finished: set[Target] = set()  # tried, and not to be tried again however long this request waits
        self._patient: set[Target] = set()  # tried, and dear to try: not again before their cooldowns end
        self._asked_twice: set[Target] = set()
        self._again: _Again | None = None
        self._larger_than: int | None = None
        self._steps: dict[Next, Callable[[Step, Signal, Attempt], _Again | None]] = {
            Next.STOP: self._stop,
            Next.LARGER: self._larger,
            Next.LOWER: self._lower,
            Next.REASK: self._reask,
        }

    # --- choosing ------------------------------------------------------------------------------------------------

    async def next(self) -> tuple[NextTarget | None, list[AttemptSkipped]]:
        """Whom to call next (None: nobody is left), and whom that passes over."""
        if self._again is not None:
            again, self._again = self._again, None
            return NextTarget(again.line, self._others(again.line), again.reask, again.lower), []
        first, skipped = await self._first_free()
        if first is None and skipped:  # all that was left was claimed by others meanwhile, which makes it a last resort
            first, later = await self._first_free()
            skipped += later
        if first is None:
            return None, skipped
        self._tried.add(first.target)
        return NextTarget(first, self._others(first)), skipped

    async def _first_free(self) -> tuple[PlannedTarget | None, list[AttemptSkipped]]:
        """The first target to try, and those that are passed over for it."""
        skipped: list[AttemptSkipped] = []
        for line in self._plan():
            if not line.kept:
                skipped += self._skip(line, line.state, line.reason)
            elif await self._may_try(line):
                return line, skipped
            elif line.state is TargetState.HALF_OPEN:
                skipped += self._skip(line, TargetState.HALF_OPEN, _PROBED)
        return None, skipped

    def _plan(self) -> list[PlannedTarget]:
        if not self._may_call():
            return []
        return self._fitting(self._planner.plan(self._call, self._tried | self._finished))

    def _may_call(self) -> bool:
        if self._record.made >= self._planner.table.limits.attempts:
            return False
        return self._call.fallback or not self._record.made

    async def _may_try(self, line: PlannedTarget) -> bool:
        called_target = self._planner.accounts[line.provider].called_target(line.model)
        standing = self._memory.standing(called_target, self._clock.time())
        if standing.verdict is CooldownVerdict.PROBE and standing.cooldown is not None:
            return await self._memory.claim(standing.cooldown)
        return standing.verdict is CooldownVerdict.FREE or (line.last_resort and self._may_resort(line))

    def _may_resort(self, line: PlannedTarget) -> bool:
        """Whether to try a target although calls to it have just failed.

        In the first round each may be, as a router without a memory would; in later ones one a round, while the budget
        lasts.
        """
        if line.target in self._patient or (self._round and self._resorted):
            return False
        self._resorted = not self._round or self._budgets.last_resort.spend(self._clock.time())
        return self._resorted

    # --- waiting -------------------------------------------------------------------------------------------------

    def next_pause(self, left: float) -> float | None:
        """For how many seconds to wait until somebody may be asked; None where nobody will be in time.

        Args:
            left: seconds until the request's deadline, of which half at the most are spent on one pause.
        """
        if not self._may_call() or left < 2 * _FIRST_PAUSE:
            return None
        now, step = self._clock.time(), min(_FIRST_PAUSE * 2.0**self._round, left / 2)
        plan = self._fitting(self._planner.plan(self._call, self._finished))
        dues = [due for line in plan if (due := self._due(line, now, step)) is not None]
        return max(min(dues), _LEAST_PAUSE) if dues and min(dues) <= left / 2 else None

    def _due(self, line: PlannedTarget, now: float, step: float) -> float | None:
        """In how many seconds a target may be tried: at its time, or one that is merely sick at the next round."""
        due = None if line.until is None else line.until.timestamp() - now
        if line.target not in self._patient and (line.kept or line.state is TargetState.HALF_OPEN):
            return step if due is None else min(step, due)
        return due

    async def wait(self, seconds: float) -> None:
        """Let them pass, or less where something may be called again before; another round begins."""
        await self._memory.wait_for_change(seconds)
        self._round += 1
        self._resorted = False
        self._tried.clear()

    # --- planning ------------------------------------------------------------------------------------------------

    def _fitting(self, plan: list[PlannedTarget]) -> list[PlannedTarget]:
        """Passed over: targets whose context is known to be no larger than the one that was too small."""
        return [self._too_small(line) if line.kept and self._is_no_larger(line) else line for line in plan]

    def _is_no_larger(self, line: PlannedTarget) -> bool:
        context = self._planner.facts(line.target).context
        return self._larger_than is not None and context is not None and context <= self._larger_than

    def _too_small(self, line: PlannedTarget) -> PlannedTarget:
        reason = f"its context of {self._planner.facts(line.target).context} tokens is no larger"
        return replace(line, kept=False, last_resort=False, state=TargetState.UNFIT, reason=reason)

    def _others(self, line: PlannedTarget) -> bool:
        """Whether another target stands behind `line`."""
        return self._call.fallback and any(other.kept and other.target != line.target for other in self._plan())

    def _skip(self, line: PlannedTarget, state: TargetState, reason: str) -> list[AttemptSkipped]:
        if not self._record.skip(line, state, reason):
            return []
        return [AttemptSkipped(line.provider, line.model, reason, state)]

    # --- what follows --------------------------------------------------------------------------------------------

    def consider(self, step: Step, outcome: Outcome, signal: Signal, attempt: Attempt) -> None:
        """Draw what a failed attempt means for the rest of the request, beyond the next plan."""
        if outcome.cooldown is Scope.NONE:
            self._finished.add(step.target)
        elif outcome.sick and outcome.then is not Next.AGAIN:
            self._patient.add(step.target)
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
        return (
            _Again(step.line, step.reask, lower) if self._within_cap() and self._budgets.second_call.spend() else None
        )

    def _reask(self, step: Step, signal: Signal, attempt: Attempt) -> _Again | None:
        if step.target in self._asked_twice or not self._within_cap() or not self._budgets.second_call.spend():
            return None
        self._asked_twice.add(step.target)
        # A provider that has refused its own model's text holds the mode too strictly for it.
        lower = 1 if signal.failed_generation is not None else 0
        return _Again(step.line, reask_text(signal.faults or (signal.message,)), lower)

    def _within_cap(self) -> bool:
        return self._record.made < self._planner.table.limits.attempts

    def exhausted(self) -> AllTargetsFailed | RequestRejected:
        """The error of a request that nobody is left for."""
        attempts, outcomes = self._record.attempts, self._record.outcomes
        if outcomes and all(outcome.matter is ActionBy.CALLER and outcome.name != "deadline" for outcome in outcomes):
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
