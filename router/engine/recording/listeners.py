"""How an attempt ended, as one frozen record, and everybody who wants to know of it.

An attempt that succeeded, failed or was stopped ends in the same way: one `AttemptEnding` goes to `EndingFeed`, which
asks the failure memory what cools down now, and hands the record to each listener in turn. Whoever else wants to know
(telemetry, alerts, limits of a key) is one more listener, and nothing in the engine changes for it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from router.engine.planning.planner import Planner
from router.engine.recording.recording_faults import RecordingFaults
from router.failures import durations
from router.failures.memory import CalledTarget, FailureMemory
from router.failures.outcomes import BILLED, Kind, Outcome, Scope, Signal, describe
from router.failures.quota import QuotaLedger
from router.failures.statements import StatedAllowance
from router.ports import AttemptEnded, RequestLog
from router.types import AnyTask, Attempt, AttemptOutcome, Purpose, Source, Target, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnding:
    """Everything that is known of an attempt once it is over.

    Attributes:
        attempt_id: the id of its row in the log.
        ordinal: its place among the request's attempts, from 1 on.
        called_target: the target as the failure memory and the quota ledger know it.
        came_to: what ended it, whether it had left or not.
        row: the row of the outcome table, where it failed.
        signal: what the failure was read from, where it failed.
        sent: whether its request left.
        started_at, ended_at: seconds since the epoch.
        latency_ms, ttft_ms: from when it was sent; `ttft_ms` is None where nothing was streamed.
        error: the failure in words fit for a page.
        allowances: what the reply states of its model's pools.
        usage: tokens as the provider counted them; None where it did not say.
        usage_is_estimated: whether it is an estimate of ours instead, as where an answer broke off.
        cost_usd: what the provider says it took; None where it said nothing of an attempt that failed.
        free_only: whether nothing may cost anything, so that a cost is a reason to stop calling the target.
        cooldown_until: when what cools down because of it ends, in seconds since the epoch; None where nothing does,
            or where an operator has to act.
        prompt_tokens_estimated: our estimate; None where pictures make it no measure.
        streamed: whether the reply was asked for piece by piece.
        app: whose key of the gateway the request came with; empty for the other doors.
        simulated: whether simulated providers are known to be behind it.
    """

    request_id: str
    attempt_id: str
    ordinal: int
    target: Target
    called_target: CalledTarget
    came_to: AttemptOutcome
    sent: bool
    started_at: float
    ended_at: float
    latency_ms: float
    task_type: AnyTask
    source: Source
    purpose: Purpose
    ttft_ms: float | None = None
    row: Outcome | None = None
    signal: Signal | None = None
    error: str | None = None
    http_status: int | None = None
    allowances: tuple[StatedAllowance, ...] = ()
    usage: Usage | None = None
    usage_is_estimated: bool = False
    cost_usd: float | None = None
    free_only: bool = True
    cooldown_until: float | None = None
    prompt_tokens_estimated: int | None = None
    streamed: bool = False
    app: str = ""
    simulated: bool = False

    @property
    def outcome(self) -> AttemptOutcome:
        """The word in the log: who compares the log with what providers saw needs to know which never left."""
        return self.came_to if self.sent else AttemptOutcome.NOT_SENT

    @property
    def failed(self) -> bool:
        """Whether the call came to nothing; one that somebody stopped has not failed."""
        return self.came_to.failed

    @property
    def retry_at(self) -> datetime | None:
        """The end of the cooldown as callers read it."""
        return durations.utc(self.cooldown_until)

    def as_attempt(self) -> Attempt:
        """The ending as the caller of the router is told of it."""
        return Attempt(
            provider=self.target.provider,
            model=self.target.model,
            outcome=self.outcome,
            came_to=self.came_to,
            http_status=self.http_status,
            error=self.error,
            started_at=durations.utc(self.started_at),
            latency_ms=self.latency_ms,
            ttft_ms=self.ttft_ms,
            retry_at=self.retry_at,
        )


class AttemptListener(Protocol):
    """Whoever wants to know how attempts end."""

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Take note of it and return at once: it is called in the event loop, before the caller has its answer."""
        ...


class EndingFeed:
    """Hands each ending to the failure memory and then to all listeners.

    Args:
        memory: asked first, since when a cooldown ends is part of the record that all others get.

    Attributes:
        faults: takes in what a listener fails with, which costs nobody an answer.
    """

    def __init__(self, memory: FailureMemory, listeners: Sequence[AttemptListener]) -> None:
        self.faults = RecordingFaults()
        self._memory = memory
        self._cooldowns = _Cooldowns(memory)
        self._listeners = list(listeners)

    def add_listener(self, listener: AttemptListener) -> None:
        """One more listener, from the next ending on."""
        self._listeners.append(listener)

    def tell_first_sign(self, called_target: CalledTarget, started_at: float) -> None:
        """The first of a streamed answer is there: the rest may take minutes.

        Meanwhile others need not pass a target over that has begun to answer.
        """
        try:
            self._memory.answered(called_target, started_at)
        except Exception as error:  # noqa: BLE001 – whatever it is, the caller gets the answer
            self.faults.note("a cooldown could not be ended", error)

    def hand_out(self, ending: AttemptEnding) -> AttemptEnding:
        """Hand an ending to everybody; gives it back with the end of its cooldown."""
        try:
            until = self._cooldowns.begin_after(ending)
            if until is not None:
                ending = replace(ending, cooldown_until=until)
        except Exception as error:  # noqa: BLE001 – whatever it is, the caller gets the answer
            self.faults.note("a cooldown could not be kept", error)
        for listener in self._listeners:
            try:
                listener.attempt_ended(ending)
            except Exception as error:  # noqa: BLE001 – whatever it is, the caller gets the answer
                self.faults.note(f"{type(listener).__name__} did not take an attempt's ending", error)
        return ending


class _Cooldowns:
    """What an ending means for the failure memory."""

    def __init__(self, memory: FailureMemory) -> None:
        self._memory = memory

    def begin_after(self, ending: AttemptEnding) -> float | None:
        """Begin the cooldowns that follow, and end those that are over; gives when what began ends."""
        is_billed = self._is_billed(ending)
        if is_billed:
            self._cool_down_billed(ending)
        if ending.came_to is AttemptOutcome.SUCCEEDED:
            self._memory.succeeded(ending.called_target, ending.started_at)
            return None
        if ending.row is None or ending.signal is None:
            # Nobody knows how the target is; if this was its probe, the next request may be.
            self._memory.released(ending.called_target, ending.started_at)
            return None
        if is_billed and ending.row.cooldown is Scope.TARGET:
            return None  # it is off until somebody resets it, and a sickness of some seconds must not take its place
        return self._memory.failed(
            ending.called_target, ending.row, ending.signal, ending.error or "", ending.started_at
        )

    @staticmethod
    def _is_billed(ending: AttemptEnding) -> bool:
        """Whether something was charged for where nothing may cost anything, be it an answer or a failure."""
        return ending.free_only and ending.cost_usd is not None and ending.cost_usd > 0

    def _cool_down_billed(self, ending: AttemptEnding) -> None:
        signal = Signal(Kind.REPLY, http_status=ending.http_status, message=f"{ending.cost_usd:.6f} USD")
        self._memory.failed(ending.called_target, BILLED, signal, describe(BILLED, signal), ending.ended_at)


class LogListener:
    """Writes how an attempt ended into its row."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Write it; returns at once."""
        usage = ending.usage
        self._log.attempt_ended(
            AttemptEnded(
                id=ending.attempt_id,
                outcome=ending.outcome.value,
                sent=ending.sent,
                came_to=ending.came_to.value,
                http_status=ending.http_status,
                latency_ms=ending.latency_ms,
                ttft_ms=ending.ttft_ms,
                error=ending.error,
                prompt_tokens=usage.prompt_tokens if usage else None,
                completion_tokens=usage.completion_tokens if usage else None,
                cost_usd=ending.cost_usd,
                tokens_estimated=ending.usage_is_estimated,
            )
        )


class QuotaListener:
    """Settles what an attempt took of its target's allowances."""

    def __init__(self, quota: QuotaLedger) -> None:
        self._quota = quota

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Take a call back that never counted, and learn from what the reply says."""
        target = ending.called_target
        if not ending.sent or (ending.row is not None and not ending.row.counted):
            self._quota.uncount(target, ending.attempt_id)
        self._quota.note_allowances(target, ending.allowances)
        answered = ending.came_to is AttemptOutcome.SUCCEEDED
        self._quota.settle(target, ending.attempt_id, _used_tokens(ending), is_answered=answered)
        if ending.usage is None or ending.usage_is_estimated:
            return  # an estimate corrects no estimate
        if ending.prompt_tokens_estimated is not None:
            self._quota.learn(target, ending.prompt_tokens_estimated, ending.usage.prompt_tokens)


def _used_tokens(ending: AttemptEnding) -> int | None:
    """Tokens that an attempt has used at its provider; None where nobody knows, since it was cut or lost."""
    if ending.usage is not None:
        # A provider's word on its whole pool goes before its word on one call, which some count absurdly.
        return min([ending.usage.total_tokens, *_used_of_minute_pools(ending)])
    # Who refuses a call counts no tokens of it.
    return 0 if ending.http_status is not None and ending.http_status >= 400 else None


def _used_of_minute_pools(ending: AttemptEnding) -> list[int]:
    pools = (pool for pool in ending.allowances if pool.unit == "tokens" and pool.span == durations.MINUTE)
    return [max(0, pool.limit - pool.remaining) for pool in pools]


class ServedCounter:
    """Counts what each target has answered since the router was made."""

    def __init__(self) -> None:
        self._served: Counter[Target] = Counter()
        self._lock = threading.Lock()

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Count it, if it is an answer."""
        if ending.came_to is AttemptOutcome.SUCCEEDED:
            with self._lock:
                self._served[ending.target] += 1

    def served_counts(self) -> dict[Target, int]:
        """Answers by target."""
        with self._lock:
            return dict(self._served)


class ListingDoubter:
    """Has a provider's list of models read again where it said that one of them is gone."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Doubt the list, if its word on this model has just been proved wrong."""
        if ending.came_to is AttemptOutcome.GONE:
            self._planner.doubt(ending.target)
