"""The words for what becomes of an attempt, and the one answer to whether it failed.

`router.types` hands them on: they are a part of its vocabulary.
"""

from __future__ import annotations

from enum import StrEnum


class AttemptOutcome(StrEnum):
    """Every word that the log's `attempts.outcome` and `attempts.came_to` can hold, and `Attempt.outcome`.

    The first six say what became of an attempt; all others are the names of the rows of `router.failures.outcomes`, in
    their order, which a test holds together.
    """

    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"  # somebody stopped it, and nobody is to blame
    SKIPPED = "skipped"  # passed over: no attempt at all, and no row in the log
    PENDING = "pending"  # under way
    INTERRUPTED = "interrupted"  # its process ended first
    NOT_SENT = "not_sent"  # it never left; what it came to is another question
    FREE_MINUTE_USED_UP = "free_minute_used_up"
    FREE_DAY_USED_UP = "free_day_used_up"
    NO_ALLOWANCE = "no_allowance"
    TOO_LARGE = "too_large"
    BUDGET_IN_FLIGHT = "budget_in_flight"
    PAYMENT_REQUIRED = "payment_required"
    UNAUTHORIZED = "unauthorized"
    KEY_LIMIT = "key_limit"
    ACCOUNT_RESTRICTED = "account_restricted"
    MODEL_RESTRICTED = "model_restricted"
    NETWORK_BLOCKED = "network_blocked"
    DATA_POLICY = "data_policy"
    GATED = "gated"
    GUARDRAIL = "guardrail"
    MODERATED = "moderated"
    CONTEXT_LENGTH = "context_length"
    CONTENT_POLICY = "content_policy"
    LENGTH = "length"
    TOOL_USE_FAILED = "tool_use_failed"
    JSON_VALIDATE_FAILED = "json_validate_failed"
    ONE_CALL_ONLY = "one_call_only"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED = "unsupported"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    UNREACHABLE = "unreachable"
    OWN_TROUBLE = "own_trouble"
    STALE_CONNECTION = "stale_connection"
    CONNECTION_LOST = "connection_lost"
    CUT = "cut"
    NO_FIRST_TOKEN = "no_first_token"
    STALLED = "stalled"
    TOO_SLOW = "too_slow"
    TIMED_OUT = "timed_out"
    DEADLINE = "deadline"
    MALFORMED = "malformed"
    EMPTY = "empty"
    INVALID_JSON = "invalid_json"
    UNFIT_TOOL_CALL = "unfit_tool_call"
    INVALID_TOOL_CALL = "invalid_tool_call"
    UNKNOWN = "unknown"
    BILLED = "billed"

    @property
    def failed(self) -> bool:
        """Whether a call was made, or tried, and came to nothing through nobody's wish."""
        return self not in UNFAILED_OUTCOMES


UNFAILED_OUTCOMES = frozenset(
    {
        AttemptOutcome.SUCCEEDED,
        AttemptOutcome.CANCELLED,
        AttemptOutcome.SKIPPED,
        AttemptOutcome.PENDING,
        AttemptOutcome.INTERRUPTED,
    }
)
"""What is no failed attempt: the one list that `attempt_failed` and the log's queries are made from."""


def attempt_failed(outcome: str, came_to: str | None = None) -> bool:
    """Whether an attempt failed, be it a live one or a row of the log.

    An attempt that never left is marked `not_sent` whatever ended it; whether it failed is then in what it came to.

    Args:
        outcome: `attempts.outcome`; a word that this version does not know is a failure that another one knows.
        came_to: `attempts.came_to`; None in rows that an older version wrote.
    """
    return (came_to or outcome) not in UNFAILED_OUTCOMES
