"""The log's records, each field a column of its name, and where they are written down.

A new field of the log begins here. Its column is described in `router/store/database/tables/log_tables.py` and made by
a new file in `router/store/database/schema` that `router/store/database/migrations.py` lists;
`router/engine/recording/record.py` fills it in.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

TURN_MARK = "\n\x1e"
"""Stands in a logged prompt between what was asked last, which lists show, and the turns before, which are searched.

ASCII's separator of records: nobody types it, and it is a blank to everything that reads words.
"""


@dataclass(frozen=True, slots=True)
class SkippedTarget:
    """A target that a request passed over, as the log keeps it."""

    provider: str
    model: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request, before anything was sent for it.

    Attributes:
        content: the messages and parameters as JSON text, or None where `ROUTER_LOG_CONTENT=0`; pictures are
            replaced by thumbnail and hash before they get here.
        prompt: the texts in it for lists and searching, what was asked last first, then `TURN_MARK` and all others.
        app: whose key of the gateway it came with; empty for the other doors.
        client_retries: how many times its client says that it has sent it before.
    """

    id: str
    started_at: float
    task_type: str
    source: str
    purpose: str
    simulated: bool
    streamed: bool
    skipped: tuple[SkippedTarget, ...] = ()
    content: str | None = None
    prompt: str = ""
    app: str = ""
    client_retries: int = 0


@dataclass(frozen=True, slots=True)
class AttemptBegun:
    """One call to a target, about to be sent.

    Attributes:
        account: who is called with what key: `router.settings.ProviderSettings.account`.
    """

    id: str
    request_id: str
    ordinal: int
    provider: str
    model: str
    account: str
    started_at: float


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """How that call ended.

    Attributes:
        outcome: a word of `router.types.AttemptOutcome`; `not_sent` where the request never left.
        sent: whether the request left; None where that is not known, as in rows of older versions.
        came_to: what ended it, also where it never left; None is `outcome`. `router.types.attempt_failed` reads both.
        tokens_estimated: whether the token counts are an estimate, as those of a stream that broke off.
    """

    id: str
    outcome: str
    http_status: int | None
    latency_ms: float
    ttft_ms: float | None
    error: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    sent: bool | None = None
    came_to: str | None = None
    tokens_estimated: bool = False


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """How a request ended.

    Attributes:
        status: `succeeded`, `failed` or `cancelled`.
        provider, model: who served, or who was at it when it was cancelled; None where nobody was.
        text: the answer (the partial one where it was cancelled), or None where content is not kept.
        tool_calls: the answer's tool calls as a JSON list of `id`, `name` and `arguments`; None without any.
        skipped: all that were passed over, those of the start included.
        cached_from: the request whose answer was given again from the cache; None where a provider answered.
    """

    id: str
    status: str
    provider: str | None
    model: str | None
    latency_ms: float
    ttft_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    error: str | None = None
    finish_reason: str | None = None
    simulated: bool = False
    degraded: bool = False
    text: str | None = None
    reasoning: str | None = None
    tool_calls: str | None = None
    skipped: tuple[SkippedTarget, ...] = ()
    cached_from: str | None = None


class RequestLog(Protocol):
    """Where requests and attempts are written down.

    Writing never raises into a request: where the log cannot be written, the request is served all the same and
    the log says so itself. Records of one request arrive in order, from one event loop.
    """

    def begin(self, request: RequestStarted | None, attempt: AttemptBegun | None) -> Awaitable[None]:
        """Write a request's row and the first attempt's (or a further attempt's alone); done when committed."""
        ...

    def attempt_ended(self, record: AttemptEnded) -> None:
        """Write how an attempt ended; returns at once."""
        ...

    def request_ended(self, record: RequestEnded) -> None:
        """Write how a request ended; returns at once."""
        ...
