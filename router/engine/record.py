"""What a request has seen, written down as it happens: for the log, for the caller and for the next decision."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from router.failures import durations
from router.failures.memory import CalledTarget
from router.failures.outcomes import Outcome
from router.json_answers import Document
from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestLog, RequestStarted, SkippedTarget
from router.providers.accounts import Account
from router.providers.replies import Reply
from router.providers.transport import SentMark
from router.request import Call, log_content, prompt_text
from router.table.routes import JsonMode
from router.types import Attempt, Completion, PlannedTarget, Target, TargetState


@dataclass(slots=True)
class Step:
    """One attempt: whom it calls, and what has become of it so far.

    Attributes:
        begun: whether its row has been written down.
        ticket: whether its request has left.
        reask, lower: what it is told of its previous answer, and how far below its best JSON mode it is asked.
        mode: the JSON mode that was asked for.
        started_at: seconds since the epoch; `began` and `first_token` are the event loop's time.
    """

    line: PlannedTarget
    account: Account
    called_target: CalledTarget
    ordinal: int
    started_at: float
    began: float
    reask: str | None = None
    lower: int = 0
    mode: JsonMode | None = None
    first_token: float | None = None
    document: Document | None = None
    begun: bool = False
    sent_mark: SentMark = field(default_factory=SentMark)

    @property
    def target(self) -> Target:
        """Whom it calls."""
        return self.line.target


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended.

    Attributes:
        reply: the answer, where it succeeded.
        cost: US dollars, where it failed and cost all the same.
        counted: whether it counted against the provider's allowance.
    """

    outcome: str
    latency_ms: float
    ttft_ms: float | None = None
    error: str | None = None
    http_status: int | None = None
    until: float | None = None
    reply: Reply | None = None
    cost: float | None = None
    counted: bool = True

    @property
    def used_tokens(self) -> int | None:
        """Tokens that the attempt has used at its provider; None where nobody knows (it was cut, or lost)."""
        if self.reply is not None and self.reply.usage is not None:
            return self.reply.usage.total_tokens
        # Who refuses a call counts no tokens of it.
        return 0 if self.http_status is not None and self.http_status >= 400 else None


@dataclass(slots=True)
class Record:
    """One request's record.

    Attributes:
        attempts: what was tried and passed over, in order.
        outcomes: the rows of the outcome table that its failures met.
        shown: the pieces of the answer that are valid so far.
    """

    id: str
    call: Call
    log: RequestLog
    started_at: float
    simulated: bool
    streamed: bool
    keep_content: bool
    attempts: list[Attempt] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    _skipped: dict[Target, SkippedTarget] = field(default_factory=dict)
    _begun: bool = False

    @property
    def made(self) -> int:
        """Calls made so far."""
        return len(self.attempts) - sum(attempt.outcome == "skipped" for attempt in self.attempts)

    def skip(self, line: PlannedTarget, state: TargetState, reason: str) -> bool:
        """Note a target that is passed over; false where it was noted before."""
        if line.target in self._skipped:
            return False
        self._skipped[line.target] = SkippedTarget(line.provider, line.model, state.value, reason)
        self.attempts.append(Attempt(line.provider, line.model, "skipped", error=reason, retry_at=line.until))
        return True

    def begin(self, step: Step) -> Awaitable[None]:
        """Write the attempt's row, and before the first the request's; await it before anything is sent."""
        attempt = AttemptBegun(
            id=self.attempt_id(step),
            request_id=self.id,
            ordinal=step.ordinal,
            provider=step.target.provider,
            model=step.target.model,
            account=step.account.id,
            started_at=step.started_at,
        )
        step.begun = True
        return self.log.begin(self._opening(), attempt)

    def end_attempt(self, step: Step, ending: Ending) -> Attempt:
        """Write how an attempt ended; one whose request never left is `not_sent`, whatever ended it."""
        if not step.sent_mark.sent:
            ending = replace(ending, outcome="not_sent")
        self.log.attempt_ended(self._attempt_ended(step, ending))
        attempt = Attempt(
            provider=step.target.provider,
            model=step.target.model,
            outcome=ending.outcome,
            http_status=ending.http_status,
            error=ending.error,
            started_at=durations.utc(step.started_at),
            latency_ms=ending.latency_ms,
            ttft_ms=ending.ttft_ms,
            retry_at=durations.utc(ending.until),
        )
        self.attempts.append(attempt)
        return attempt

    def succeed(self, completion: Completion) -> None:
        """Write that the request was answered."""
        self.log.request_ended(
            RequestEnded(
                id=self.id,
                status="succeeded",
                provider=completion.provider,
                model=completion.model,
                latency_ms=completion.latency_ms,
                ttft_ms=completion.ttft_ms,
                prompt_tokens=completion.usage.prompt_tokens,
                completion_tokens=completion.usage.completion_tokens,
                cost_usd=completion.cost_usd,
                finish_reason=completion.finish_reason,
                simulated=completion.simulated,
                degraded=completion.degraded,
                text=completion.text if self.keep_content else None,
                reasoning=completion.reasoning if self.keep_content else None,
                skipped=tuple(self._skipped.values()),
            )
        )

    def end(self, status: str, latency_ms: float, *, error: str | None = None, at: Step | None = None) -> None:
        """Write that the request failed or was cancelled, with the text as far as it got."""
        if not self._begun:
            # Not awaited: nothing is sent any more, and what ends the row is written after it.
            _ = self.log.begin(self._opening(), None)
        self.log.request_ended(
            RequestEnded(
                id=self.id,
                status=status,
                provider=at.target.provider if at else None,
                model=at.target.model if at else None,
                latency_ms=latency_ms,
                error=error,
                simulated=self.simulated,
                text="".join(self.shown) if self.keep_content else None,
                skipped=tuple(self._skipped.values()),
            )
        )

    def _opening(self) -> RequestStarted | None:
        if self._begun:
            return None
        self._begun = True
        return RequestStarted(
            id=self.id,
            started_at=self.started_at,
            task_type=self.call.config.type.value,
            source=self.call.source.value,
            purpose=self.call.purpose.value,
            simulated=self.simulated,
            streamed=self.streamed,
            skipped=tuple(self._skipped.values()),
            content=log_content(self.call) if self.keep_content else None,
            prompt=prompt_text(self.call) if self.keep_content else "",
        )

    def attempt_id(self, step: Step) -> str:
        """The id of an attempt's row."""
        return f"{self.id}-{step.ordinal}"

    def _attempt_ended(self, step: Step, ending: Ending) -> AttemptEnded:
        usage = ending.reply.usage if ending.reply is not None else None
        return AttemptEnded(
            id=self.attempt_id(step),
            outcome=ending.outcome,
            http_status=ending.http_status,
            latency_ms=ending.latency_ms,
            ttft_ms=ending.ttft_ms,
            error=ending.error,
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            cost_usd=ending.reply.cost if ending.reply is not None else ending.cost,
        )
