"""What a request has seen, written down as it happens: for the log, for the caller and for the next decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field

from router.engine.recording.listeners import AttemptEnding
from router.engine.recording.recording_faults import RecordingFaults
from router.failures.memory import CalledTarget
from router.json_answers import Document
from router.ports import AttemptBegun, RequestEnded, RequestLog, RequestStarted, SkippedTarget
from router.ports.null_stores import NOTHING_AWAITED
from router.providers.accounts import Account
from router.providers.http.sent_mark import SentMark
from router.request import Call, calls_json, log_content, prompt_text
from router.table.routes import JsonMode
from router.types import Attempt, AttemptOutcome, Completion, PlannedTarget, Target, TargetState

_NOT_BEGUN = "the log did not take what a request begins with"
_NOT_ENDED = "the log did not take how a request ended"


@dataclass(slots=True, kw_only=True)
class OpenAttempt:
    """One attempt that is not over: whom it calls, and what has become of it so far.

    Attributes:
        id: the id of its row in the log.
        line: the plan's word on its target.
        started_at: seconds since the epoch, when it was opened.
        began: the event loop's time when it was sent, or, until then, when it was opened.
        reask: what the target is told of its previous answer.
        lower: how far below the target's best JSON mode it is asked.
        one_call: whether it is asked for one tool call at a time.
        mode: the JSON mode that was asked for.
        first_token: the event loop's time of the first content.
        sent_mark: whether its request has left.
        target: whom it calls.
    """

    id: str
    ordinal: int
    line: PlannedTarget
    account: Account
    called_target: CalledTarget
    started_at: float
    began: float
    reask: str | None = None
    lower: int = 0
    one_call: bool = False
    mode: JsonMode | None = None
    first_token: float | None = None
    document: Document | None = None
    sent_mark: SentMark = field(default_factory=SentMark)
    target: Target = field(init=False)

    def __post_init__(self) -> None:
        self.target = self.line.target


@dataclass(slots=True, kw_only=True)
class Record:
    """One request's record.

    What the log fails with is said and goes no further: no answer is lost because it could not be written down.

    Attributes:
        faults: takes in what the log fails with.
        attempts: what was tried and passed over, in order.
        endings: how each that was tried ended.
        shown: the pieces of the answer that are valid so far.
    """

    id: str
    call: Call
    log: RequestLog
    started_at: float
    simulated: bool
    streamed: bool
    keep_content: bool
    faults: RecordingFaults = field(default_factory=RecordingFaults)
    attempts: list[Attempt] = field(default_factory=list)
    endings: list[AttemptEnding] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    _skipped: dict[Target, SkippedTarget] = field(default_factory=dict)
    _is_opened: bool = False

    @property
    def calls_made(self) -> int:
        """Calls made so far."""
        return len(self.endings)

    @property
    def next_attempt_id(self) -> str:
        """The id that the next call's row will have."""
        return f"{self.id}-{self.calls_made + 1}"

    def note_skipped(self, line: PlannedTarget, state: TargetState, reason: str) -> bool:
        """Note a target that is passed over; false where it was noted before."""
        if line.target in self._skipped:
            return False
        self._skipped[line.target] = SkippedTarget(line.provider, line.model, state.value, reason)
        self.attempts.append(
            Attempt(line.provider, line.model, AttemptOutcome.SKIPPED, error=reason, retry_at=line.until)
        )
        return True

    def begin_attempt(self, attempt: OpenAttempt) -> Awaitable[None]:
        """Write the attempt's row, and before the first the request's; what it gives is for `wait_for_row`."""
        try:
            return self.log.begin(self._request_opening(), self._begun_row(attempt))
        except Exception as error:  # noqa: BLE001 – whatever it is, the request goes on
            self.faults.note(_NOT_BEGUN, error)
            return NOTHING_AWAITED

    async def wait_for_row(self, row: Awaitable[None], until: float) -> None:
        """Until a row is written, or could not be; it is awaited before anything is sent.

        Args:
            until: the event loop's time; a row that is not written by then stays queued.
        """
        try:
            if isinstance(row, asyncio.Future) and row.done():
                row.result()  # a timeout costs more than the look
                return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await row
        except Exception as error:  # noqa: BLE001 – whatever it is, the request goes on
            self.faults.note(_NOT_BEGUN, error)

    def _begun_row(self, attempt: OpenAttempt) -> AttemptBegun:
        return AttemptBegun(
            id=attempt.id,
            request_id=self.id,
            ordinal=attempt.ordinal,
            provider=attempt.target.provider,
            model=attempt.target.model,
            account=attempt.account.id,
            started_at=attempt.started_at,
        )

    def note_ending(self, ending: AttemptEnding) -> Attempt:
        """Note how an attempt ended, for the caller and for what follows."""
        attempt = ending.as_attempt()
        self.endings.append(ending)
        self.attempts.append(attempt)
        return attempt

    def write_success(self, completion: Completion) -> None:
        """Write that the request was answered."""
        try:
            if not self._is_opened:  # no attempt was made: it was answered from the cache
                _ = self.log.begin(self._request_opening(), None)
            self.log.request_ended(self._answered_row(completion))
        except Exception as error:  # noqa: BLE001 – whatever it is, the caller gets the answer
            self.faults.note(_NOT_ENDED, error)

    def _answered_row(self, completion: Completion) -> RequestEnded:
        return RequestEnded(
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
            tool_calls=calls_json(completion.tool_calls) if self.keep_content else None,
            skipped=tuple(self._skipped.values()),
            cached_from=completion.cache.request_id if completion.cache and completion.from_cache else None,
        )

    def write_end(self, status: str, latency_ms: float, *, error: str | None = None, at: Target | None = None) -> None:
        """Write that the request failed or was cancelled, with the text as far as it got.

        Args:
            at: who was being called when it was broken off.
        """
        try:
            if not self._is_opened:
                # Not awaited: nothing is sent any more, and what ends the row is written after it.
                _ = self.log.begin(self._request_opening(), None)
            self.log.request_ended(self._unanswered_row(status, latency_ms, error, at=at))
        except Exception as fault:  # noqa: BLE001 – whatever it is, the caller gets the request's own error
            self.faults.note(_NOT_ENDED, fault)

    def _unanswered_row(self, status: str, latency_ms: float, error: str | None, *, at: Target | None) -> RequestEnded:
        return RequestEnded(
            id=self.id,
            status=status,
            provider=at.provider if at else None,
            model=at.model if at else None,
            latency_ms=latency_ms,
            error=error,
            simulated=self.simulated,
            text="".join(self.shown) if self.keep_content else None,
            skipped=tuple(self._skipped.values()),
        )

    def _request_opening(self) -> RequestStarted | None:
        if self._is_opened:
            return None
        self._is_opened = True
        return RequestStarted(
            id=self.id,
            started_at=self.started_at,
            task_type=self.call.task.value,
            source=self.call.source.value,
            purpose=self.call.purpose.value,
            simulated=self.simulated,
            streamed=self.streamed,
            skipped=tuple(self._skipped.values()),
            content=log_content(self.call) if self.keep_content else None,
            prompt=prompt_text(self.call) if self.keep_content else "",
            app=self.call.app,
            client_retries=self.call.client_retries,
        )
