"""What the gateway says when it cannot answer: OpenAI's error object, with the status that every client understands.

The statuses are chosen by what clients do with them: 400 rather than 422, which LangChain repeats; never 409, which
all repeat, and 408 only where the request itself did not come through. Codes are texts, since some clients take a
number for the HTTP status.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import orjson
from starlette.responses import Response
from ulid import ULID

from router.errors import AllTargetsFailed, DeadlineExceeded, RequestRejected, RouterClosed, RouterError
from router.types import Attempt, AttemptOutcome, PlannedTarget, TargetState

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"

UNKNOWN_WAIT = 30.0
"""Seconds that a caller is told to wait where nobody knows when a target may answer again: an operator has to act
first, and a minute's patience costs less than calls in vain."""

_CODES = {
    AttemptOutcome.CONTEXT_LENGTH: "context_length_exceeded",
    AttemptOutcome.CONTENT_POLICY: "content_policy_violation",
    AttemptOutcome.MODERATED: "content_policy_violation",
    AttemptOutcome.GUARDRAIL: "content_policy_violation",
}
"""The codes that clients know, by the outcome of the attempt that refused a request."""


class GatewayError(Exception):
    """A reply with an error in it.

    Args:
        status: the HTTP status.
        kind: OpenAI's `type`.
        code: OpenAI's `code`.
        param: which field of the body is wrong, where one is.
        wait: seconds after which a repeat may be worth while; such a reply also asks clients not to repeat by
            themselves, since three sends at once help nobody.
        attempts: what was tried and passed over.
        request_id: the request's row in the log, where it has one.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        kind: str = INVALID_REQUEST,
        param: str | None = None,
        wait: float | None = None,
        attempts: Sequence[Attempt] = (),
        request_id: str | None = None,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.wait = wait
        self.attempts = tuple(attempts)
        self.request_id = request_id
        self._headers = list(headers)

    def document(self) -> dict[str, object]:
        """The error object."""
        error: dict[str, object] = {
            "message": str(self),
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        if self.attempts:
            error["attempts"] = [attempt_document(attempt) for attempt in self.attempts]
        return {"error": error}

    def body(self) -> bytes:
        """The error object as bytes."""
        return orjson.dumps(self.document())

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Headers that belong to it: when to come again, as each of the clients reads it."""
        if self.wait is None:
            return self._headers
        return [
            *self._headers,
            (b"retry-after", str(whole_seconds(self.wait)).encode()),
            (b"retry-after-ms", str(max(1, math.ceil(self.wait * 1000))).encode()),
            (b"x-should-retry", b"false"),
        ]


def whole_seconds(wait: float) -> int:
    """A wait as `Retry-After` has it: never so short that a client would come too early."""
    return max(1, math.ceil(wait))


def attempt_document(attempt: Attempt) -> dict[str, object]:
    """One attempt as replies show it."""
    return {
        "provider": attempt.provider,
        "model": attempt.model,
        "outcome": str(attempt.outcome),
        "http_status": attempt.http_status,
        "error": attempt.error,
        "latency_ms": attempt.latency_ms,
        "ttft_ms": attempt.ttft_ms,
        "retry_at": None if attempt.retry_at is None else attempt.retry_at.isoformat(),
    }


def bad_request(message: str, *, param: str | None = None, code: str = "invalid_value") -> GatewayError:
    """The caller's body is wrong: it says what, and where."""
    return GatewayError(400, message, code=code, param=param)


def host_refusal(_: str, reason: str) -> Response:
    """The reply to a request under a foreign host name, or from a foreign page, as `HostGuard` asks for it."""
    error = GatewayError(403, reason, code="host_not_allowed", kind="permission_error")
    return Response(error.body(), 403, {"x-request-id": str(ULID())}, media_type="application/json")


def of_router_error(error: Exception, now: float, *, is_dry: bool = False) -> GatewayError:
    """What the router raised, as the caller is told of it.

    Args:
        now: seconds since the epoch.
        is_dry: whether it failed because every target is out of allowance.
    """
    request_id = error.request_id if isinstance(error, RouterError) else None
    if isinstance(error, RequestRejected):
        code = _CODES.get(AttemptOutcome(error.outcome), "request_rejected")
        return GatewayError(400, str(error), code=code, attempts=error.attempts, request_id=request_id)
    if isinstance(error, DeadlineExceeded):
        return GatewayError(
            504, str(error), code="timeout", kind=SERVER_ERROR, attempts=error.attempts, request_id=request_id
        )
    if isinstance(error, AllTargetsFailed):
        return _exhausted(error, now, is_dry=is_dry)
    if isinstance(error, RouterClosed):
        return GatewayError(503, "This gateway is shutting down.", code="shutting_down", kind=SERVER_ERROR, wait=5.0)
    return GatewayError(500, "The gateway met a fault of its own.", code="internal_error", kind=SERVER_ERROR)


def _exhausted(error: AllTargetsFailed, now: float, *, is_dry: bool) -> GatewayError:
    wait = UNKNOWN_WAIT if error.retry_at is None else error.retry_at.timestamp() - now
    return exhausted(error, wait, is_dry=is_dry)


def exhausted(error: AllTargetsFailed, wait: float, *, is_dry: bool) -> GatewayError:
    """Nobody answered: 429 where all are out of allowance, else 503, with when to come again.

    Args:
        wait: seconds until then; it is said to be one at least.
    """
    # Some clients read the words as well: "quota" and "billing" would make them give up for good, and the last
    # sentence is the one that they take the wait from.
    wait = max(wait, 1.0)
    reason = "Every target has used up what it may answer" if is_dry else "No target answered"
    words = f"{reason} ({_tried(error.attempts)}). Try again in {whole_seconds(wait)} seconds."
    return GatewayError(
        429 if is_dry else 503,
        words,
        code="rate_limit_exceeded" if is_dry else "all_routes_exhausted",
        kind="rate_limit_error" if is_dry else SERVER_ERROR,
        wait=wait,
        attempts=error.attempts,
        request_id=error.request_id,
    )


def unfit_request(error: AllTargetsFailed, lines: Sequence[PlannedTarget]) -> GatewayError:
    """No target can do what is asked: it is the request that has to change.

    Args:
        lines: the plan's word on the targets that it does not fit.
    """
    # All three of the planner's reasons that speak of tokens are about a prompt that is too long. Clients that can
    # shorten a conversation by themselves wait for this very code.
    is_too_long = any("tokens" in line.reason for line in lines)
    reasons = "; ".join(f"{line.target}: {line.reason}" for line in lines)
    return GatewayError(
        400,
        f"No target here can answer this request ({reasons}).",
        code="context_length_exceeded" if is_too_long else "unsupported_request",
        param="messages" if is_too_long else None,
        attempts=error.attempts,
        request_id=error.request_id,
    )


def _tried(attempts: Sequence[Attempt]) -> str:
    outcomes = dict.fromkeys(f"{attempt.provider}:{attempt.model} {attempt.outcome}" for attempt in attempts)
    return ", ".join(outcomes) or "none could be asked"


def moment_words(epoch: float) -> str:
    """A moment as messages name it."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S} UTC"


LIMIT_OUTCOMES = frozenset(
    {
        AttemptOutcome.RATE_LIMITED,
        AttemptOutcome.FREE_MINUTE_USED_UP,
        AttemptOutcome.FREE_DAY_USED_UP,
        AttemptOutcome.NO_ALLOWANCE,
        AttemptOutcome.BUDGET_IN_FLIGHT,
        AttemptOutcome.KEY_LIMIT,
    }
)
"""Outcomes that say of a target that it has answered all it may for now."""

OUT_OF_PLAY = frozenset(
    {TargetState.RETIRED, TargetState.NO_KEY, TargetState.NOT_FREE, TargetState.UNFIT, TargetState.LEFT_OUT}
)
"""States of targets that would not have been called on any day."""
