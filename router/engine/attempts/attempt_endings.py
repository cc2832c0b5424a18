"""An attempt and what came of it as the one record that everybody gets."""

from __future__ import annotations

from router.engine.recording.listeners import AttemptEnding
from router.engine.recording.record import OpenAttempt, Record
from router.failures.outcomes import Signal, classify, describe
from router.providers.replies import Reply
from router.types import AttemptOutcome


def ending_of(
    attempt: OpenAttempt,
    record: Record,
    *,
    signal: Signal | None,
    reply: Reply | None,
    partial: Reply | None,
    ended_at: float,
    loop_time: float,
    free_only: bool,
    streams: bool,
) -> AttemptEnding:
    """The record of an attempt that is over.

    Args:
        signal: what went wrong, where it failed.
        reply: the answer, where it succeeded; with neither, somebody stopped it.
        partial: what had come of a reply that is no answer: it was paid for all the same.
        ended_at: seconds since the epoch.
        loop_time: the same moment by the event loop's clock.
        free_only: whether nothing may cost anything.
        streams: whether the reply was asked for piece by piece.
    """
    received, call = reply or partial, record.call
    row = None if signal is None else classify(signal)
    unfailed = AttemptOutcome.CANCELLED if reply is None else AttemptOutcome.SUCCEEDED
    return AttemptEnding(
        request_id=record.id,
        attempt_id=attempt.id,
        ordinal=attempt.ordinal,
        target=attempt.target,
        called_target=attempt.called_target,
        came_to=unfailed if row is None else AttemptOutcome(row.name),
        row=row,
        signal=signal,
        sent=attempt.sent_mark.sent,
        started_at=attempt.started_at,
        ended_at=ended_at,
        latency_ms=(loop_time - attempt.began) * 1000.0,
        ttft_ms=ms_between(attempt.began, attempt.first_token),
        error=None if row is None or signal is None else describe(row, signal),
        http_status=signal.http_status if signal else reply.http_status if reply else None,
        allowances=signal.stated.allowances if signal else reply.stated.allowances if reply else (),
        usage=received.usage if received else None,
        usage_is_estimated=received is not None and received.usage_is_estimated,
        cost_usd=signal.cost if signal else reply.cost if reply else None,
        free_only=free_only,
        prompt_tokens_estimated=None if call.images else call.prompt_tokens,
        streamed=streams,
        task_type=call.task,
        source=call.source,
        purpose=call.purpose,
        app=call.app,
        simulated=record.simulated,
    )


def ms_between(start: float, moment: float | None) -> float | None:
    """Milliseconds from one moment of the event loop's clock to another; None where that never came."""
    return None if moment is None else (moment - start) * 1000.0
