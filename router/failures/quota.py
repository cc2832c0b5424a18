"""The quota ledger: what each account and model has left, when it refills, and whether a request still fits.

Some providers say with every reply what is left of a model's requests and tokens. Others say nothing of the kind, so
calls to their free models are counted here by the limits that the table states, beside what an account says of its
day. Both are kept in the database, which other processes read and write too, and survive a restart. What calls under
way are about to use is reserved (`router.failures.spending`). Estimates of tokens are corrected by the usage that comes
back. When in doubt, a request is sent: a refusal costs one call, and the failure memory then knows better.

What was seen or counted later than now was so before the clock was set back, and is not believed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from router.failures import durations
from router.failures.counted_calls import counted_allowances, is_believed, model_allowance
from router.failures.counted_pools import REREAD_SECONDS, CountedPools, WantedCall
from router.failures.durations import DAY, MINUTE
from router.failures.memory import CalledTarget
from router.failures.spending import TargetSpending
from router.failures.stated_allowances import (
    AllowancePool,
    Shortfall,
    minute_shortfall,
    refilled_allowance,
    stated_shortfall,
)
from router.failures.statements import StatedAllowance
from router.ports import Allowance, Clock, QuotaStore
from router.table.routes import ModelEntry, ProviderEntry
from router.types import TaskType

KEEP_SECONDS = 1.0
"""A provider's figures are written to the database at most this often, each, while there is plenty left."""

ASK_SECONDS = 600.0
"""An account whose day is used up is asked again after this: it may have been given more."""

_LEARNT_FROM = 1_000
"""Tokens: shorter prompts say more about what a provider puts around them than about the text in them."""

_MOST = 10**12
"""No allowance is as large: a figure beyond it would not fit into the database's 64 bits."""

_Target = tuple[str, str]
"""An account and a model of it; without one for what holds for all its free models."""

_ACCOUNTS_DAY: AllowancePool = ("requests", DAY)
_TOKENS_A_MINUTE: AllowancePool = ("tokens", MINUTE)
_NOTHING_STATED: dict[AllowancePool, Allowance] = {}


class QuotaLedger:
    """What is left, by account and pool; safe to use from several threads."""

    def __init__(self, store: QuotaStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()  # what is read at once, where reading takes no time, is taken in within it
        self._stated: dict[_Target, dict[AllowancePool, Allowance]] = {}
        self._kept_at: dict[tuple[str, str, str, float], float] = {}
        self._loaded_at: dict[str, float] = {}
        self._pools = CountedPools(store, self._lock)
        self._asked_at: dict[str, float] = {}
        self._used_up: set[str] = set()
        self._ratios: dict[tuple[str, str], float] = {}
        self._spendings: dict[tuple[str, str], TargetSpending] = {}

    # --- what comes in ---------------------------------------------------------------------------------------------

    async def take(
        self,
        called_target: CalledTarget,
        entry: ProviderEntry,
        attempt: str,
        *,
        kept: int = 0,
        patience: float = math.inf,
    ) -> bool:
        """Whether a call may be made by what all processes have called; ask right ahead of it, and then `count` it.

        Args:
            attempt: its id, by which it is taken back.
            kept: requests of the account's day that are kept for other tasks.
            patience: seconds that the request can wait for a database that is slow.
        """
        if not called_target.counted:
            return True
        now, stated = self._clock.time(), self._said_day(called_target.account)
        wanted = WantedCall(called_target, attempt, kept, stated)
        return await self._pools.take(wanted, entry, now=now, patience=patience)

    def count(self, called_target: CalledTarget, attempt: str, tokens: int = 0) -> None:
        """A call is about to be made; one that is refused counts too.

        Args:
            attempt: its id, by which it is taken back or settled.
            tokens: what its provider will count it as: the prompt and the output that it asks for.
        """
        now = self._clock.time()
        with self._lock:
            self._spending(called_target).reserve(attempt, tokens, now)
            self._pools.count(called_target, attempt, now)

    def uncount(self, called_target: CalledTarget, attempt: str) -> None:
        """That call was never sent, or does not count at its provider."""
        with self._lock:
            self._spending(called_target).withdraw(attempt, self._clock.time())
            self._pools.uncount(called_target, attempt)

    def settle(
        self, called_target: CalledTarget, attempt: str, tokens: int | None = None, *, is_answered: bool = False
    ) -> None:
        """That call has ended: what was reserved for it and not used is free again.

        Args:
            tokens: what it has used, 0 where it was refused; None where nobody knows.
            is_answered: whether it was answered, so that its provider's figures are known if it gives any.
        """
        with self._lock:
            spending = self._spending(called_target)
            spending.settle(attempt, tokens, self._clock.time())
            if is_answered:
                spending.tells_nothing = not any(unit == "tokens" for unit, _ in self._stated_of(called_target))

    def _spending(self, called_target: CalledTarget) -> TargetSpending:
        key = called_target.account, called_target.model
        spending = self._spendings.get(key)
        if spending is None:
            spending = self._spendings.setdefault(key, TargetSpending())
        return spending

    def note_allowances(self, called_target: CalledTarget, allowances: Iterable[StatedAllowance]) -> None:
        """Take what a reply states of its model's allowances."""
        for stated in allowances:
            self._take(
                called_target.account,
                called_target.provider,
                called_target.model,
                stated.unit,
                stated.span,
                stated.limit,
                stated.remaining,
                stated.refill_seconds,
            )

    def _stated_of(self, called_target: CalledTarget) -> dict[AllowancePool, Allowance]:
        return self._stated.get((called_target.account, called_target.model), _NOTHING_STATED)

    def note_day(self, account: str, limit: object, used: object, zone: str = "UTC") -> None:
        """Take what an account itself says of the day's free requests; what is no number says nothing.

        Args:
            zone: the time zone of the provider's day.
        """
        limit, used = durations.number(limit), durations.number(used)
        if limit is None or used is None or limit < 1:
            return
        remaining = max(0, int(limit) - int(used))
        refill = durations.until_midnight(self._clock.time(), zone)
        self._take(account, account.partition("|")[0], "", "requests", DAY, int(limit), remaining, refill)
        self._used_up.discard(account)

    def learn(self, called_target: CalledTarget, estimated: int, counted: int) -> None:
        """Correct the estimate of a model's prompt tokens by what it counted."""
        if estimated >= _LEARNT_FROM and counted > 0:
            key = called_target.account, called_target.model
            ratio = min(max(counted / estimated, 0.5), 2.0)
            self._ratios[key] = 0.7 * self._ratios.get(key, ratio) + 0.3 * ratio

    def refill(self, accounts: Iterable[str]) -> None:
        """Take these accounts' allowances for whole again, whatever was stated and counted: they have been refilled."""
        now, refilled = self._clock.time(), set(accounts)
        for account in refilled:
            self._load(account, now)
        with self._lock:
            self._used_up -= refilled
            self._pools.refill(refilled, now)
            for (account, _), spending in self._spendings.items():
                if account in refilled:
                    spending.refill()
            whole = [
                replace(allowance, remaining=allowance.limit, resets_at=now, seen_at=now)
                for allowance in self._all_stated()
                if allowance.account in refilled
            ]
            for allowance in whole:
                self._keep_stated(allowance)
        for allowance in whole:
            self._store.put_allowance(allowance)

    def doubt_used_up(self, accounts: Collection[str], model: str | None = None) -> None:
        """Take no refusal's word any longer for a model's allowance being used up: its next reply states it anew.

        Without this a target that an operator resets would still not be called.

        Args:
            model: only what is stated of this model; None for all of these accounts.
        """
        now = self._clock.time()
        with self._lock:
            doubted = [
                replace(allowance, remaining=allowance.limit, resets_at=now, seen_at=now)
                for allowance in self._all_stated()
                if allowance.account in accounts
                and allowance.model
                and model in (None, allowance.model)
                and allowance.remaining == 0
            ]
            for allowance in doubted:
                self._keep_stated(allowance)
        for allowance in doubted:
            self._store.put_allowance(allowance)

    # --- what is asked ---------------------------------------------------------------------------------------------

    def tokens(self, called_target: CalledTarget, estimated: int) -> int:
        """The size of a prompt as this model is likely to count it."""
        return round(estimated * self._ratios.get((called_target.account, called_target.model), 1.0))

    def refresh(self, account: str, now: float) -> None:
        """Take over what other processes have been told since; cheap where that was just done."""
        loaded_at = self._loaded_at.get(account)
        if loaded_at is None:
            self._load(account, now)
        elif abs(now - loaded_at) >= REREAD_SECONDS:
            self._loaded_at[account] = now
            self._store.read_beside(lambda: self._load(account, now))

    def minute_limit(self, called_target: CalledTarget) -> int | None:
        """The tokens a minute that a model's provider has last stated, used up or not; None where it has not."""
        stated = self._stated_of(called_target).get(_TOKENS_A_MINUTE)
        return None if stated is None else stated.limit

    def shortfall(
        self,
        called_target: CalledTarget,
        entry: ProviderEntry,
        tokens: int,
        now: float,
        *,
        output: int = 0,
        audio_seconds: float = 0.0,
        facts: ModelEntry | None = None,
        reserve: Mapping[TaskType, int] | None = None,
    ) -> Shortfall | None:
        """Why a prompt of about `tokens` does not fit what is left at `now`; None where it does, or may.

        Of the last `refresh`.

        Args:
            output: tokens of output that will be asked for, which providers count when the call comes in.
            audio_seconds: what the call's recording counts.
            facts: the model's limits, as far as they are known without its provider's word.
            reserve: what of the account's day is kept for other tasks.
        """
        with self._lock:
            shortfall = (
                self._pool_shortfall(called_target.account, entry, now, reserve or {})
                or self._day_shortfall(called_target, entry, now)
                if called_target.counted
                else None
            )
            spending, stated = self._spending(called_target), self._stated_of(called_target)
            minute = stated.get(_TOKENS_A_MINUTE)
            tokens_a_minute = minute.limit if minute is not None else facts.tokens_per_minute if facts else None
            spending.set_limits(tokens_a_minute, facts.requests_per_minute if facts else None)
            if shortfall is not None or not (stated or spending.has_limits):
                return shortfall  # most targets, before every call
            sizes = {"requests": 1, "tokens": tokens + output, "audio seconds": math.ceil(audio_seconds)}
            return minute_shortfall(spending, minute, tokens + output, now) or stated_shortfall(
                spending, stated, sizes, now
            )

    def key_is_due(self, account: str) -> bool:
        """Whether the account, whose day was found to be used up, should be asked again; true for one caller."""
        if account not in self._used_up:
            return False
        now = self._clock.time()
        with self._lock:
            if 0.0 <= now - self._asked_at.get(account, -ASK_SECONDS) < ASK_SECONDS:
                return False
            self._asked_at[account] = now
        return True

    def allowances(self, accounts: Mapping[str, ProviderEntry]) -> list[Allowance]:
        """Everything that is known, for pages and `router.quotas()`; what has refilled since is counted in.

        Args:
            accounts: the entries of the accounts that are meant, by account id.
        """
        now = self._clock.time()
        for account in accounts:
            self.refresh(account, now)
        with self._lock:
            stated = [
                refilled_allowance(allowance, now)
                for allowance in self._all_stated()
                if allowance.account in accounts and allowance.model and is_believed(allowance, now)
            ]
            counted = [
                allowance
                for account, entry in accounts.items()
                if entry.counts_calls
                for allowance in [*self._counted(account, entry, now), *self._counted_models(account, entry, now)]
            ]
        return stated + counted

    # --- stated by the provider ------------------------------------------------------------------------------------

    def _take(
        self, account: str, provider: str, model: str, unit: str, span: float, limit: int, remaining: int, refill: float
    ) -> None:
        now = self._clock.time()
        most = int(min(limit, _MOST))
        # Nothing is longer in coming than its own span, whatever is stated.
        resets_at = now + min(refill, span)
        allowance = Allowance(
            account=account,
            provider=provider,
            model=model,
            unit=unit,
            span=span,
            limit=most,
            remaining=min(max(remaining, 0), most),
            resets_at=resets_at,
            seen_at=now,
        )
        with self._lock:
            self._keep_stated(allowance)
            # What is nearly used up matters to the next process at once.
            is_plenty = allowance.remaining * 4 > most
            if is_plenty and 0.0 <= now - self._kept_at.get(allowance.key, -KEEP_SECONDS) < KEEP_SECONDS:
                return
            self._kept_at[allowance.key] = now
        self._store.put_allowance(allowance)

    def _load(self, account: str, now: float) -> None:
        """The newest word on each allowance counts."""
        self._loaded_at[account] = now
        loaded = self._store.load_allowances(account)
        with self._lock:
            for allowance in loaded:
                known = self._stated.get((allowance.account, allowance.model), {}).get((allowance.unit, allowance.span))
                if not is_believed(allowance, now):
                    continue
                if known is None or not is_believed(known, now) or allowance.seen_at > known.seen_at:
                    self._keep_stated(allowance)

    def _keep_stated(self, allowance: Allowance) -> None:
        pools = self._stated.setdefault((allowance.account, allowance.model), {})
        pools[allowance.unit, allowance.span] = allowance

    def _all_stated(self) -> list[Allowance]:
        return [allowance for pools in self._stated.values() for allowance in pools.values()]

    # --- counted here ----------------------------------------------------------------------------------------------

    def _pool_shortfall(
        self, account: str, entry: ProviderEntry, now: float, reserve: Mapping[TaskType, int]
    ) -> Shortfall | None:
        for allowance in self._counted(account, entry, now):
            if allowance.remaining > 0:
                reserved = sum(reserve.values()) if allowance.span == DAY else 0
                if allowance.remaining > reserved:
                    continue
                reason = f"the last {reserved} free requests of the account for today are kept for {', '.join(reserve)}"
                return Shortfall(reason, allowance.resets_at)
            if allowance.span == DAY:
                self._used_up.add(account)
            words = "today" if allowance.span == DAY else "this minute"
            reason = f"all {allowance.limit} free requests of the account for {words} are used"
            return Shortfall(reason, allowance.resets_at)
        return None

    def _day_shortfall(self, called_target: CalledTarget, entry: ProviderEntry, now: float) -> Shortfall | None:
        """The requests a day that the table states of one model, for providers whose replies do not tell."""
        account, model = called_target.account, called_target.model
        if model not in entry.day_limits:
            return None
        allowance = model_allowance(account, entry, model, self._pools.calls(account, entry, now, model), now)
        if allowance.remaining > 0:
            return None
        return Shortfall(f"all {allowance.limit} requests of this model for today are used", allowance.resets_at)

    def _counted_models(self, account: str, entry: ProviderEntry, now: float) -> list[Allowance]:
        """What is left of single models' days, where their provider's own replies say nothing of it."""
        return [
            model_allowance(account, entry, model, self._pools.calls(account, entry, now, model), now)
            for model in entry.day_limits
            if _ACCOUNTS_DAY not in self._stated.get((account, model), {})
        ]

    def _counted(self, account: str, entry: ProviderEntry, now: float) -> list[Allowance]:
        if entry.requests_per_minute is None and entry.requests_per_day is None and not self._said_day(account):
            return []
        stated = self._said_day(account)
        return counted_allowances(account, entry, self._pools.calls(account, entry, now), stated=stated, now=now)

    def _said_day(self, account: str) -> Allowance | None:
        return self._stated.get((account, ""), {}).get(_ACCOUNTS_DAY)
