"""Who is next: one request's way through its targets, from what it has seen so far.

Asked before every attempt, it gives the target to call and those that this passes over; with an attempt's ending, it
draws what the outcome table says for the rest of the request. Nothing else in the router tries anything twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from router.engine.attempts.reask import SecondAttempt, SecondAttempts
from router.engine.attempts.retry_budget import Budgets
from router.engine.planning.planner import Planner
from router.engine.recording.listeners import AttemptEnding
from router.engine.recording.record import OpenAttempt, Record
from router.errors import AllTargetsFailed, RequestRejected
from router.failures import durations
from router.failures.memory import CooldownVerdict, FailureMemory
from router.failures.outcomes import ActionBy, Next, Outcome, Scope
from router.failures.quota import QuotaLedger
from router.failures.tool_refusals import lacking_ability
from router.ports import Clock, Cooldown
from router.request import Call
from router.types import AttemptOutcome, AttemptSkipped, PlannedTarget, Target, TargetState


@dataclass(frozen=True, slots=True)
class NextTarget:
    """The next attempt.

    Attributes:
        others_ready: whether another target stands behind it.
        may_ask_again: whether it could itself be asked for a better answer.
        reask: the faults to name, where the same target is asked once more.
        lower: how many steps below the target's best JSON mode.
        one_call: whether it is asked for one tool call at a time.
        on_new_connection: whether it may use no connection that was kept from earlier calls.
    """

    line: PlannedTarget
    others_ready: bool
    may_ask_again: bool = False
    reask: str | None = None
    lower: int = 0
    one_call: bool = False
    on_new_connection: bool = False


_PROBED = "another request is trying it"
_TAKEN = "other requests have just taken what was left of the account's free requests"

_FIRST_PAUSE = 0.25
"""Seconds before the first further round through targets that have all failed, doubled with each: an outage of all
costs few calls, and one of a moment little time. Once an answer comes to anybody it begins anew: somebody is up."""

_LEAST_PAUSE = 0.05
"""Seconds: a cooldown that ends at once is waited for this long, so that no loop is a tight one. With less than twice
this left a request waits for nobody."""


_DATABASE_SHARE = 0.25
"""Of what is left of a request's time, for a database that is slow to say whether an account has a call left: the
answer needs the greater part."""

_PROBE_PATIENCE = 1.0
"""Seconds to ask the database whether another process probes a target. Where it does not say, nobody probes now."""

_AGREEING = 2
"""So many refusals of a request's form, by different providers, are believed to be about the request."""


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
        quota: QuotaLedger,
        budgets: Budgets,
        clock: Clock,
        record: Record,
    ) -> None:
        self.rejection: RequestRejected | None = None
        self._call = call
        self._planner = planner
        self._memory = memory
        self._quota = quota
        self._budgets = budgets
        self._clock = clock
        self._record = record
        self._round = 0
        self._vain_pauses = 0  # in a row, in which nobody was answered
        self._resorted = False  # whether this round has had its call to a target that had just failed
        self._tried: set[Target] = set()
        self._finished: set[Target] = set()  # tried, and not to be tried again however long this request waits
        self._patient: set[Target] = set()  # tried, and dear to try: not again before their cooldowns end
        self._refused_form: list[AttemptEnding] = []  # by whom the request was called malformed
        self._second: SecondAttempt | None = None
        self._patience = 0.0  # seconds that the next call may wait for a slow database
        self._larger_than: int | None = None
        self._second_attempts = SecondAttempts(planner, budgets.second_call, clock=clock, record=record)

    # --- choosing ------------------------------------------------------------------------------------------------

    async def next_target(self, left: float) -> tuple[NextTarget | None, list[AttemptSkipped]]:
        """Whom to call next (None: nobody is left), and whom that passes over.

        Args:
            left: seconds until the request's deadline, of which a quarter at the most is spent on a slow database.
        """
        self._patience = left * _DATABASE_SHARE
        second, self._second = self._second, None
        if second is not None and await self._take_call(second.line):
            return self._next_target(second, self._current_plan()), []
        plan = self._current_plan()
        first, skipped = await self._first_callable(plan)
        if first is None and skipped:  # all that was left was claimed by others meanwhile, which makes it a last resort
            plan = self._current_plan()
            first, later = await self._first_callable(plan)
            skipped += later
        if first is None:
            return None, skipped
        self._tried.add(first.target)
        return self._next_target(SecondAttempt(first), plan), skipped

    def _next_target(self, chosen: SecondAttempt, plan: Iterable[PlannedTarget]) -> NextTarget:
        return NextTarget(
            line=chosen.line,
            others_ready=self._others_ready(chosen.line, plan),
            may_ask_again=self._second_attempts.may_ask_again(chosen.line.target),
            reask=chosen.reask,
            lower=chosen.lower,
            one_call=chosen.one_call,
            on_new_connection=chosen.on_new_connection,
        )

    async def _first_callable(self, plan: Iterable[PlannedTarget]) -> tuple[PlannedTarget | None, list[AttemptSkipped]]:
        """The first target to try, and those that are passed over for it."""
        skipped: list[AttemptSkipped] = []
        for line in plan:
            if not line.kept:
                skipped += self._note_skipped(line, line.state, line.reason)
            elif await self._may_try(line):
                if await self._take_call(line):
                    return line, skipped
                skipped += self._note_skipped(line, TargetState.NO_ALLOWANCE, _TAKEN)
            elif line.state is TargetState.HALF_OPEN:
                skipped += self._note_skipped(line, TargetState.HALF_OPEN, _PROBED)
        return None, skipped

    def _current_plan(self) -> Iterable[PlannedTarget]:
        if not self._may_call():
            return []
        plan = self._fitting(self._planner.plan_ahead(self._call, self._tried | self._finished))
        # Whoever has called the request malformed has most likely one check for all its models: another provider's
        # word is worth more than that provider's second one.
        refusing = self._refusing_providers()
        return sorted(plan, key=lambda line: line.provider in refusing) if refusing else plan

    def _may_call(self) -> bool:
        return self._second_attempts.is_within_cap() and (self._call.fallback or not self._record.calls_made)

    async def _may_try(self, line: PlannedTarget) -> bool:
        called_target = self._planner.accounts[line.provider].called_target(line.model)
        standing = self._memory.standing(called_target, self._clock.time())
        if standing.verdict is CooldownVerdict.PROBE and standing.cooldown is not None:
            return await self._claim_probe(standing.cooldown)
        return standing.verdict is CooldownVerdict.FREE or (line.last_resort and self._may_resort(line))

    async def _take_call(self, line: PlannedTarget) -> bool:
        """Whether the account has a call left, which is this request's then; a probe that comes to nothing is free."""
        account = self._planner.accounts[line.provider]
        called_target = account.called_target(line.model)
        if not called_target.counted:
            return True
        reserved_requests = sum(account.entry.reserve_of_others(self._call.config.type).values())
        now = self._clock.time()
        attempt = self._record.next_attempt_id
        if await self._quota.take(
            called_target, account.entry, attempt, kept=reserved_requests, patience=self._patience
        ):
            return True
        if line.state is TargetState.HALF_OPEN:
            self._memory.released(called_target, now)
        return False

    async def _claim_probe(self, cooldown: Cooldown) -> bool:
        """Whether this request is the one that probes a target; a database that does not answer holds nobody up."""
        try:
            async with asyncio.timeout(_PROBE_PATIENCE):
                return await self._memory.claim(cooldown)
        except TimeoutError:
            return False

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

    def next_pause(self, remaining_seconds: float) -> float | None:
        """For how many seconds to wait until somebody may be asked; None where nobody will be in time.

        Args:
            remaining_seconds: seconds until the request's deadline, of which half at the most are spent on one pause.
        """
        if not self._may_call() or remaining_seconds < 2 * _LEAST_PAUSE:
            return None
        now, step = self._clock.time(), min(_FIRST_PAUSE * 2.0**self._vain_pauses, remaining_seconds / 2)
        plan = self._fitting(self._planner.plan(self._call, self._finished))
        dues = [due for line in plan if (due := self._due_in(line, now, step)) is not None]
        return max(min(dues), _LEAST_PAUSE) if dues and min(dues) <= remaining_seconds / 2 else None

    def _due_in(self, line: PlannedTarget, now: float, step: float) -> float | None:
        """In how many seconds a target may be tried: at its time, or one that is merely sick at the next round."""
        due = None if line.until is None else line.until.timestamp() - now
        if line.target not in self._patient and (line.kept or line.state is TargetState.HALF_OPEN):
            return step if due is None else min(step, due)
        return due

    async def wait_a_round(self, seconds: float) -> None:
        """Let them pass, or less where something may be called again before; another round begins."""
        woken = await self._memory.wait_for_change(seconds)
        self._vain_pauses = 0 if woken else self._vain_pauses + 1
        self._round += 1
        self._resorted = False
        self._tried.clear()

    # --- planning ------------------------------------------------------------------------------------------------

    def _fitting(self, plan: Iterable[PlannedTarget]) -> Iterable[PlannedTarget]:
        """Passed over: targets whose context is known to be no larger than the one that was too small."""
        if self._larger_than is None:
            return plan
        return [self._too_small_line(line) if line.kept and self._is_no_larger(line) else line for line in plan]

    def _is_no_larger(self, line: PlannedTarget) -> bool:
        context = self._planner.facts(line.target).context
        return self._larger_than is not None and context is not None and context <= self._larger_than

    def _too_small_line(self, line: PlannedTarget) -> PlannedTarget:
        reason = f"its context of {self._planner.facts(line.target).context} tokens is no larger"
        return replace(line, kept=False, last_resort=False, state=TargetState.UNFIT, reason=reason)

    def _others_ready(self, line: PlannedTarget, plan: Iterable[PlannedTarget]) -> bool:
        """Whether another target stands behind `line`, be it as a last resort."""
        if self._call.fallback:
            for later_line in plan:
                if (later_line.kept or later_line.last_resort) and later_line.target != line.target:
                    return True
        return False

    def _note_skipped(self, line: PlannedTarget, state: TargetState, reason: str) -> list[AttemptSkipped]:
        if not self._record.note_skipped(line, state, reason):
            return []
        return [AttemptSkipped(line.provider, line.model, reason, state)]

    # --- what follows --------------------------------------------------------------------------------------------

    def consider_failure(self, attempt: OpenAttempt, ending: AttemptEnding) -> None:
        """Draw what a failed attempt means for the rest of the request, beyond the next plan."""
        row, signal = ending.row, ending.signal
        if row is None or signal is None:
            return
        self._rule_out(attempt.target, row)
        if self._call.needs_tools and (ability := lacking_ability(signal)) is not None:
            self._planner.lacks_ability(attempt.target, ability)
        if row.then is Next.STOP:
            self.rejection = self._rejection_by([ending])
        elif ending.came_to is AttemptOutcome.BAD_REQUEST:
            self._refused_form.append(ending)
            if self._is_malformed():
                self.rejection = self._rejection_by(self._refused_form)
        elif row.then is Next.LARGER:
            self._larger_than = max(self._larger_than or 0, self._planner.facts(attempt.target).context or 0)
        else:
            self._second = self._second_attempts.attempt_after(row.then, attempt, signal)

    def _rule_out(self, target: Target, row: Outcome) -> None:
        """What cools nothing down would come out the same again, unless the trouble was this machine's."""
        if row.cooldown is Scope.NONE and row.then not in (Next.AGAIN, Next.RESEND):
            self._finished.add(target)
        elif row.sick and row.then is not Next.AGAIN:
            self._patient.add(target)

    def _refusing_providers(self) -> set[str]:
        return {ending.target.provider for ending in self._refused_form}

    def _is_malformed(self) -> bool:
        """Whether enough agree that the request itself is malformed.

        Two providers do. Where no other provider is left to be asked, two models of the same one do.
        """
        if len(self._refusing_providers()) >= _AGREEING:
            return True
        refusing = self._refusing_providers()
        others_left = any(line.kept and line.provider not in refusing for line in self._current_plan())
        return len({ending.target for ending in self._refused_form}) >= _AGREEING and not others_left

    # --- when nobody is left -----------------------------------------------------------------------------------------

    def exhausted(self) -> AllTargetsFailed | RequestRejected:
        """The error of a request that nobody is left for."""
        failures = [ending for ending in self._record.endings if ending.row is not None]
        if failures and all(_is_callers(ending) for ending in failures):
            return self._rejection_by(failures)
        retry_at = self._retry_at()
        when = f"; one may answer from {retry_at:%H:%M:%S} UTC on" if retry_at else ""
        return AllTargetsFailed(
            f"no target answered{when}\n{self._attempt_lines()}", attempts=self._record.attempts, retry_at=retry_at
        )

    def _retry_at(self) -> datetime | None:
        """The soonest end of what stands against the targets now: what an earlier round met may long be over."""
        now = self._clock.time()
        plan = self._fitting(self._planner.plan(self._call, self._finished))
        ends = [now if line.until is None else line.until.timestamp() for line in plan if line.until or line.kept]
        return durations.utc(max(min(ends), now)) if ends else None

    def _attempt_lines(self) -> str:
        """What was tried and passed over, a line each; what came out the same in several rounds is said once."""
        counts = Counter(f"  {attempt.provider}:{attempt.model}: {attempt.error}" for attempt in self._record.attempts)
        return "\n".join(f"{line} ({count} times)" if count > 1 else line for line, count in counts.items())

    def _rejection_by(self, endings: Sequence[AttemptEnding]) -> RequestRejected:
        """The error of a request that was refused for what is in it, with the reasons of all that refused it."""
        first = endings[0]
        labels = [self._planner.table.providers[ending.target.provider].label for ending in endings]
        reasons = dict.fromkeys(
            f"{label} refused the request: {ending.error}" for label, ending in zip(labels, endings, strict=True)
        )
        limit = (
            f"; no target that could be tried takes more than {self._larger_than} tokens" if self._larger_than else ""
        )
        return RequestRejected(
            f"{'; '.join(reasons)}{limit}",
            provider=first.target.provider,
            model=first.target.model,
            outcome=first.outcome,
            attempts=self._record.attempts,
        )


def _is_callers(ending: AttemptEnding) -> bool:
    """Whether only another request could help; a deadline is the caller's too, and says nothing of the request."""
    row = ending.row
    return row is not None and row.matter is ActionBy.CALLER and ending.came_to is not AttemptOutcome.DEADLINE
