"""What the router needs from outside, as Protocols, and the records that cross them.

The engine, the failure memory and the planner know these and nothing behind them: they run, and are tested,
without a database. `router.store` fulfils them on SQLite; `router.null_stores` with nothing.
Times in records are seconds since the epoch (UTC); durations are milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Clock(Protocol):
    """Tells the time, so that a test can tell it otherwise."""

    def time(self) -> float:
        """Seconds since the epoch, for cooldowns, allowances and the log."""
        ...


class SystemClock:
    """The machine's clock."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()


# --- people ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind a change; without sign-in it is whoever is at this machine.

    Attributes:
        address: the e-mail address that they signed in with; empty without sign-in.
        may_change: whether they may change things, and not only look and run.
    """

    address: str = ""
    may_change: bool = True


# --- the log ---------------------------------------------------------------------------------------------------


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
        prompt: the texts in it, the latest message's first, for lists and searching.
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


# --- failure memory --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Something is not called for a while.

    Attributes:
        account: provider, base URL and key fingerprint it belongs to: what another account or the simulated
            providers did keeps nobody else from being called.
        provider: the provider's name in the table.
        scope: `target` (this model), `free` (every model of the account's free pool) or `provider`.
        model: the model that failed; the key of a `target` cooldown, only informative otherwise.
        outcome, reason: the outcome's name and a sentence for people.
        since, until: when it was set and when it ends; `until` None: an operator has to act.
        strikes: how often in a row, which lengthens the next one.
        sick: whether it is a sickness (tried again by one probe at a time) or a limit (tried again by all).
        probe_until: while a probe is out, when it counts as lost.
    """

    account: str
    provider: str
    scope: str
    model: str
    outcome: str
    reason: str
    since: float
    until: float | None
    strikes: int
    sick: bool
    probe_until: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What there can be one cooldown of: account, scope and (for a target) the model."""
        return self.account, self.scope, self.model if self.scope == "target" else ""


class CooldownStore(Protocol):
    """Where cooldowns are kept and shared with other processes on the same database."""

    def version(self) -> int:
        """A number that changes whenever any process changes one; cheap enough to ask before every request."""
        ...

    def load(self) -> Sequence[Cooldown]:
        """All that there are."""
        ...

    def put(self, cooldown: Cooldown) -> None:
        """Insert or replace by `Cooldown.key`; returns at once."""
        ...

    def remove(self, keys: Iterable[tuple[str, str, str]], *, reset_at: float | None = None) -> None:
        """Take some away; with `reset_at` it was an operator's reset, which is written down as an event."""
        ...

    def claim_probe(self, key: tuple[str, str, str], now: float, until: float) -> Awaitable[bool]:
        """Let one caller among all processes probe a target that cools down: true for one, until `until`."""
        ...


# --- the catalogue ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What a provider's `/models` listed for an account, as it came."""

    account: str
    fetched_at: float
    models: tuple[Mapping[str, Any], ...]


class CatalogueStore(Protocol):
    """Where the providers' lists are kept."""

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """The account's last list, or None."""
        ...

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Replace the account's list; returns at once."""
        ...


# --- quota ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one allowance.

    Attributes:
        model: whose it is; empty for the account's whole free pool.
        unit: `requests` or `tokens`.
        span: seconds that it is meant for: a minute or a day.
        resets_at: when all of it is there again.
        seen_at: when that was so.
    """

    account: str
    provider: str
    model: str
    unit: str
    span: float
    limit: int
    remaining: int
    resets_at: float
    seen_at: float

    @property
    def key(self) -> tuple[str, str, str, float]:
        """What there is one stated allowance of: account, model, unit and span."""
        return self.account, self.model, self.unit, self.span


@dataclass(frozen=True, slots=True)
class CallMade:
    """One counted call as it was written down: the attempt's id, the model, and when (seconds since the epoch)."""

    id: str
    model: str
    at: float


@dataclass(frozen=True, slots=True)
class CallRoom:
    """A rule for one more call: since `since` (seconds since the epoch) there have to be fewer than `limit`.

    Attributes:
        model: whose calls count; empty for all of the account's.
    """

    since: float
    limit: int
    model: str = ""


class QuotaStore(Protocol):
    """Where allowances are kept, and the calls that are counted, shared by all processes on one database."""

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What an account's provider has stated."""
        ...

    def put_allowance(self, allowance: Allowance) -> None:
        """Insert or replace by `Allowance.key`; returns at once."""
        ...

    def calls_since(self, account: str, since: float) -> Sequence[CallMade] | None:
        """The calls of an account that were taken; None where that cannot be read now."""
        ...

    def take_call(
        self, account: str, call: CallMade, rooms: Sequence[CallRoom], *, patience: float
    ) -> Awaitable[Sequence[CallMade] | None]:
        """Write a call down if every rule has room for it; done when that is committed.

        It gives None where the call may be made, and else the calls that left no room. Where the database cannot be
        written, it may be made.

        Args:
            patience: seconds that the request can wait for a database that is slow.
        """
        ...

    def give_back_call(self, call_id: str) -> None:
        """Forget a call that was taken, and was not made or does not count; returns at once."""
        ...

    def forget_calls(self, account: str) -> None:
        """Forget all calls of an account; returns at once."""
        ...

    def read_beside(self, work: Callable[[], object]) -> None:
        """Have a function called that reads here, soon and beside the event loop; at once where reading takes no time.

        It may be left out while the database does not answer.
        """
        ...


# --- edits of the table ---------------------------------------------------------------------------------------------


class EditStore(Protocol):
    """Where edits of the routing table are kept and shared with other processes on the same database."""

    def version(self) -> int:
        """A number that changes with every change of any process; cheap enough to ask before every request."""
        ...

    def load(self) -> str | None:
        """The edits that are in force, as they were kept, or None."""
        ...

    def keep(self, edits: str, note: str, *, over: int | None = None) -> bool:
        """Keep edits in place of those in force; done when it returns. False where nothing was written.

        Args:
            over: the number of the edits that they were made from (0: of none): where others are in force by now,
                nothing is written, so that nobody's edit is lost unseen. None replaces whatever is in force.
        """
        ...

    def undo(self, *, over: int | None = None) -> bool:
        """Take the latest edits back; done when it returns. False where there were none, or others than `over`."""
        ...


# --- keys of the gateway ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppKey:
    """One app's key, as it is kept: the key itself is not.

    Attributes:
        id: tells it from an earlier key of the same name.
        name: the app's, as the log has it.
        digest: the key's SHA-256 in hexadecimal digits.
        start: the key's first characters, to tell it by.
        created_at, expires_at, revoked_at, last_used_at: seconds since the epoch; None where there is no such moment.
        per_minute, per_day: the most requests within a minute and a day of UTC; None is no limit.
        tasks: the task types that it may be used for; None is all.
        minute_used, day_used, used: requests of this minute, of this day, and in all, when it was read.
    """

    id: int
    name: str
    digest: str
    start: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None
    per_minute: int | None = None
    per_day: int | None = None
    tasks: tuple[str, ...] | None = None
    minute_used: int = 0
    day_used: int = 0
    used: int = 0

    def holds_at(self, now: float) -> bool:
        """Whether it is in force: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
