"""The same target asked a second time at once: with the fault of its answer named, in a simpler JSON mode, for one tool
call at a time, or because the call met a connection that was already closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from router.engine.attempts.retry_budget import RetryBudget
from router.engine.planning.planner import Planner
from router.engine.recording.record import OpenAttempt, Record
from router.failures.json_refusals import lacks_mode
from router.failures.outcomes import Kind, Next, Signal
from router.json_answers import reask_text
from router.ports import Clock
from router.providers.tools.tool_calls import reask_for_call
from router.types import PlannedTarget, Target


@dataclass(frozen=True, slots=True)
class SecondAttempt:
    """What a second attempt does otherwise than the first.

    Attributes:
        reask: the faults to name.
        lower: how many steps below the target's best JSON mode.
        one_call: whether it is asked for one tool call at a time.
        on_new_connection: whether it may use no connection that was kept from earlier calls.
    """

    line: PlannedTarget
    reask: str | None = None
    lower: int = 0
    one_call: bool = False
    on_new_connection: bool = False


class SecondAttempts:
    """One request's second attempts: each kind once a target, all within the request's cap and a budget of all."""

    def __init__(self, planner: Planner, budget: RetryBudget, *, clock: Clock, record: Record) -> None:
        self._planner = planner
        self._budget = budget
        self._clock = clock
        self._record = record
        self._asked_again: set[Target] = set()
        self._steps: dict[Next, Callable[[OpenAttempt, Signal], SecondAttempt | None]] = {
            Next.RESEND: self._send_again,
            Next.LOWER: self._ask_lower,
            Next.REASK: self._ask_again,
            Next.ONE_CALL: self._ask_for_one_call,
        }

    def attempt_after(self, step: Next, attempt: OpenAttempt, signal: Signal) -> SecondAttempt | None:
        """The second attempt that a failure leads to; None where its row asks for none, or none is left."""
        follow = self._steps.get(step)
        return None if follow is None else follow(attempt, signal)

    def is_within_cap(self) -> bool:
        """Whether this request may make another call at all."""
        return self._record.calls_made < self._planner.table.limits.attempts

    def may_ask_again(self, target: Target) -> bool:
        """Whether a target could be asked once more with the fault of its answer named."""
        return target not in self._asked_again and self.is_within_cap() and self._budget.has_left()

    def _send_again(self, attempt: OpenAttempt, signal: Signal) -> SecondAttempt | None:
        """The call met a connection that was already closed: on a new one it is the first call all the same."""
        if not self.is_within_cap():
            return None
        return SecondAttempt(
            attempt.line, attempt.reask, attempt.lower, one_call=attempt.one_call, on_new_connection=True
        )

    def _ask_lower(self, attempt: OpenAttempt, signal: Signal) -> SecondAttempt | None:
        """A mode that the target lacks is asked of it no more; where this request's schema is at fault, only this."""
        if attempt.mode is None:
            return None
        lower = attempt.lower + 1
        if lacks_mode(signal):
            self._planner.refuses(attempt.target, attempt.mode)
            lower = attempt.lower
        return SecondAttempt(attempt.line, attempt.reask, lower) if self._may_call_twice() else None

    def _ask_again(self, attempt: OpenAttempt, signal: Signal) -> SecondAttempt | None:
        """The answer was not the JSON that was asked for: its faults are named, once."""
        if attempt.target in self._asked_again or not self._may_call_twice():
            return None
        self._asked_again.add(attempt.target)
        if signal.kind is Kind.UNFIT_CALL:
            return SecondAttempt(attempt.line, reask_for_call(signal.faults), one_call=attempt.one_call)
        # A provider that has refused its own model's text holds the mode too strictly for it.
        lower = 1 if signal.failed_generation is not None else 0
        return SecondAttempt(attempt.line, reask_text(signal.faults or (signal.message,)), lower)

    def _ask_for_one_call(self, attempt: OpenAttempt, signal: Signal) -> SecondAttempt | None:
        """The target takes one tool call at a time, which is remembered of it: asked so, it may well answer."""
        self._planner.lacks_ability(attempt.target, "parallel_tools")
        if attempt.one_call or not self._may_call_twice():
            return None
        return SecondAttempt(attempt.line, attempt.reask, attempt.lower, one_call=True)

    def _may_call_twice(self) -> bool:
        return self.is_within_cap() and self._budget.spend(self._clock.time())
