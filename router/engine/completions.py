"""A request's answer as its caller gets it: of the target that has just given it, or of the cache that has kept it."""

from __future__ import annotations

from router.cache import RecalledAnswer
from router.engine.attempts.target_call import TargetAnswer
from router.engine.recording.record import OpenAttempt, Record
from router.types import CacheUse, Completion, Usage


def answered_completion(
    answer: TargetAnswer,
    attempt: OpenAttempt,
    record: Record,
    *,
    latency_ms: float,
    ttft_ms: float | None,
    degraded: bool,
    cache: CacheUse | None,
) -> Completion:
    """What a target has answered."""
    document, reply = answer.document, answer.reply
    return Completion(
        text=document.text if document else answer.text,
        provider=attempt.target.provider,
        model=reply.model or attempt.target.model,
        requested_model=attempt.target.model,
        request_id=record.id,
        finish_reason=answer.finish_reason,
        tool_calls=answer.calls,
        parsed=document.parsed if document else None,
        reasoning=reply.reasoning,
        usage=reply.usage or Usage(),
        cost_usd=reply.cost,
        latency_ms=latency_ms,
        ttft_ms=ttft_ms,
        degraded=degraded,
        simulated=reply.simulated or attempt.account.simulated,
        attempts=tuple(record.attempts),
        cache=cache,
    )


def recalled_completion(
    answer: RecalledAnswer, request_id: str, *, latency_ms: float, ttft_ms: float | None
) -> Completion:
    """What a target has answered to an earlier request, given again: it takes no tokens and costs nothing."""
    return Completion(
        text=answer.text,
        provider=answer.provider,
        model=answer.model,
        requested_model=answer.requested_model,
        request_id=request_id,
        finish_reason=answer.finish_reason,
        tool_calls=answer.tool_calls,
        parsed=answer.parsed,
        reasoning=answer.reasoning,
        latency_ms=latency_ms,
        ttft_ms=ttft_ms,
        degraded=answer.degraded,
        simulated=answer.simulated,
        cache=answer.use,
    )
