"""The quota ledger: what each account and model has left, when it refills, and whether a request still fits.

Three sources. Groq says with every reply what is left of a model's requests a day and tokens a minute. OpenRouter says
nothing of the kind, so calls to its free models are counted here (they are in the log, so a restart and other processes
count too), beside what its `/key` says of the day. Estimates of tokens are corrected by the usage that comes back.
When in doubt, a request is sent: a refusal costs one call, and the failure memory then knows better.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from router import timing
from router.failure_memory import Party
from router.ports import Allowance, Clock, QuotaStore
from router.routes import ProviderEntry

MINUTE, DAY = 60.0, 86_400.0

RECOUNT_SECONDS = 30.0
"""The log is counted anew after this, for the calls of other processes."""

KEEP_SECONDS = 1.0
"""A provider's figures are written to the database at most this often, each."""

_HEADERS = (("requests", DAY), ("tokens", MINUTE))


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a request does not fit what is left, and until when (seconds since the epoch)."""

    reason: str
    until: float


@dataclass(slots=True)
class _Calls:
    """One account's calls to its free pool, as far back as midnight."""

    times: deque[float]
    counted_at: float
    day_limit: int | None = None
    day_used: int = 0  # as `/key` said
    key_read_at: float = 0.0


class QuotaLedger:
    """What is left, by account and pool; safe to use from several threads."""

    def __init__(self, store: QuotaStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._stated: dict[tuple[str, str, str], Allowance] = {}
        self._kept_at: dict[tuple[str, str, str], float] = {}
        self._loaded: set[str] = set()
        self._calls: dict[str, _Calls] = {}
        self._ratios: dict[tuple[str, str], float] = {}

    # --- what comes in ---------------------------------------------------------------------------------------------

    def count(self, party: Party) -> None:
        """A call to a free model is about to be made; refused ones count too."""
        if party.free:
            with self._lock:
                self._of(party.account).times.append(self._clock.time())

    def note_headers(self, party: Party, headers: Mapping[str, str]) -> None:
        """Take what a reply's headers say of its model's allowances."""
        for unit, span in _HEADERS:
            limit = timing.number(headers.get(f"x-ratelimit-limit-{unit}"))
            left = timing.number(headers.get(f"x-ratelimit-remaining-{unit}"))
            refill = timing.duration(headers.get(f"x-ratelimit-reset-{unit}", ""))
            if limit is not None and left is not None and limit > 0:
                self._take(party, unit, span, int(limit), int(left), refill or 0.0)

    def note_key(self, account: str, data: Any) -> None:
        """Take what OpenRouter's `/key` says of the day's free requests."""
        inner = data.get("data") if isinstance(data, Mapping) else None
        daily = inner.get("free_model_daily_requests") if isinstance(inner, Mapping) else None
        limit = timing.number(daily.get("limit")) if isinstance(daily, Mapping) else None
        used = timing.number(daily.get("used")) if isinstance(daily, Mapping) else None
        if limit is None or used is None:
            return
        with self._lock:
            calls = self._of(account)
            calls.day_limit, calls.day_used, calls.key_read_at = int(limit), int(used), self._clock.time()

    def learn(self, party: Party, estimated: int, counted: int) -> None:
        """Correct the estimate of a model's prompt tokens by what it counted."""
        if estimated > 20 and counted > 20:
            key = party.account, party.model
            seen = min(max(counted / estimated, 0.5), 2.0)
            self._ratios[key] = 0.7 * self._ratios.get(key, seen) + 0.3 * seen

    # --- what is asked ---------------------------------------------------------------------------------------------

    def shortfall(self, party: Party, entry: ProviderEntry, tokens: int, now: float) -> Shortfall | None:
        """Why a prompt of about `tokens` does not fit what is left at `now`; None where it does, or may."""
        if entry.counts_calls and party.free:
            with self._lock:
                found = self._pool_shortfall(party, entry, now)
            if found is not None:
                return found
        return self._stated_shortfall(party, tokens, now)

    def allowances(self, accounts: Mapping[str, ProviderEntry]) -> list[Allowance]:
        """Everything that is known, for pages and `router.quotas()`; what has refilled since is counted in.

        Args:
            accounts: the entries of the accounts that are meant, by account id.
        """
        now = self._clock.time()
        with self._lock:
            for account in accounts:
                self._load(account)
            stated = [_refilled(allowance, now) for allowance in self._stated.values() if allowance.account in accounts]
            counted = [
                allowance
                for account, entry in accounts.items()
                if entry.counts_calls
                for allowance in self._counted(account, entry, now)
            ]
        return stated + counted

    # --- stated by the provider ------------------------------------------------------------------------------------

    def _take(self, party: Party, unit: str, span: float, limit: int, left: int, refill: float) -> None:
        now = self._clock.time()
        allowance = Allowance(party.account, party.provider, party.model, unit, span, limit, left, now + refill, now)
        with self._lock:
            self._stated[allowance.key] = allowance
            if now - self._kept_at.get(allowance.key, 0.0) >= KEEP_SECONDS:
                self._kept_at[allowance.key] = now
                self._store.put_allowance(allowance)

    def _stated_shortfall(self, party: Party, tokens: int, now: float) -> Shortfall | None:
        self._load(party.account)
        needs = {"requests": 1.0, "tokens": tokens * self._ratios.get((party.account, party.model), 1.0)}
        for unit, span in _HEADERS:
            allowance = self._stated.get((party.account, party.model, unit))
            if allowance is None or now >= allowance.resets_at:
                continue
            until = _enough_at(allowance, min(needs[unit], allowance.limit))
            if until > now:
                words = "a day" if span == DAY else "a minute"
                reason = f"{allowance.remaining} of {allowance.limit} {unit} {words} were left, and more are needed"
                return Shortfall(reason, until)
        return None

    def _load(self, account: str) -> None:
        if account not in self._loaded:
            self._loaded.add(account)
            for allowance in self._store.load_allowances(account):
                self._stated.setdefault(allowance.key, allowance)

    # --- counted here ----------------------------------------------------------------------------------------------

    def _of(self, account: str) -> _Calls:
        """The account's calls; counted from the log where that was long ago."""
        now = self._clock.time()
        calls = self._calls.get(account)
        if calls is None or now - calls.counted_at > RECOUNT_SECONDS:
            seen = deque(self._store.calls_since(account, now - DAY))
            if calls is None:
                calls = self._calls[account] = _Calls(seen, now)
            elif len(seen) > len(calls.times):
                calls.times = seen
            calls.counted_at = now
        while calls.times and calls.times[0] < now - DAY:
            calls.times.popleft()
        return calls

    def _pool_shortfall(self, party: Party, entry: ProviderEntry, now: float) -> Shortfall | None:
        for allowance in self._counted(party.account, entry, now):
            if allowance.remaining <= 0:
                words = "today" if allowance.span == DAY else "this minute"
                reason = f"all {allowance.limit} free requests of the account for {words} are used"
                return Shortfall(reason, allowance.resets_at)
        return None

    def _counted(self, account: str, entry: ProviderEntry, now: float) -> list[Allowance]:
        calls = self._of(account)
        provider = account.partition("|")[0]
        found = []
        if entry.requests_per_minute is not None:
            recent = [moment for moment in calls.times if moment > now - MINUTE]
            left = max(0, entry.requests_per_minute - len(recent))
            # The one whose end makes room, where there is none.
            ends = recent[-entry.requests_per_minute] + MINUTE if left == 0 else now
            found.append(
                Allowance(account, provider, "", "requests", MINUTE, entry.requests_per_minute, left, ends, now)
            )
        limit = calls.day_limit if calls.day_limit is not None else entry.requests_per_day
        if limit is not None:
            used = _used_today(calls, now)
            ends = now + timing.until_midnight(now)
            found.append(Allowance(account, provider, "", "requests", DAY, limit, max(0, limit - used), ends, now))
        return found


def _used_today(calls: _Calls, now: float) -> int:
    midnight = now - now % DAY
    own = sum(moment >= midnight for moment in calls.times)
    if calls.key_read_at < midnight:
        return own
    return max(own, calls.day_used + sum(moment > calls.key_read_at for moment in calls.times))


def _enough_at(allowance: Allowance, needed: float) -> float:
    """When a steady refill will have brought what is needed; at least one unit's own share of the span away."""
    if allowance.remaining >= needed:
        return 0.0
    missing = (needed - allowance.remaining) / max(allowance.limit - allowance.remaining, 1)
    whole = allowance.resets_at - allowance.seen_at
    share = allowance.span / allowance.limit * (needed - allowance.remaining)
    return allowance.seen_at + min(max(whole * missing, share), whole)


def _refilled(allowance: Allowance, now: float) -> Allowance:
    whole = allowance.resets_at - allowance.seen_at
    part = 1.0 if whole <= 0 else min(1.0, max(0.0, (now - allowance.seen_at) / whole))
    left = allowance.remaining + int((allowance.limit - allowance.remaining) * part)
    return replace(allowance, remaining=left)
