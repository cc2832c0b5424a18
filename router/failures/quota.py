"""The quota ledger: what each account and model has left, when it refills, and whether a request still fits.

Some providers say with every reply what is left of a model's requests and tokens (`router.failures.stated_pools`).
Others say nothing of the kind, so calls to their free models are counted here by the limits that the table states
(`router.failures.counted_pools`), beside what an account says of its day. Both are kept in the database, which other
processes read and write too, and survive a restart. What calls under way are about to use is reserved
(`router.failures.spending`). Estimates of tokens are corrected by the usage that comes back. When in doubt, a request
is sent: a refusal costs one call, and the failure memory then knows better.

What was seen or counted later than now was so before the clock was set back, and is not believed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable, Mapping

from router.failures import durations
from router.failures.counted_calls import counted_allowances, is_believed, model_allowance
from router.failures.counted_pools import CountedPools, WantedCall
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
from router.failures.stated_pools import StatedPools
from router.failures.statements import StatedAllowance
from router.ports import Allowance, Clock, QuotaStore
from router.table.routes import ModelEntry, ProviderEntry
from router.types import TaskType

ASK_SECONDS = 600.0
"""An account whose day is used up is asked again after this: it may have been given more."""

_LEARNT_FROM = 1_000
"""Tokens: shorter prompts say more about what a provider puts around them than about the text in them."""

_TOKENS_A_MINUTE: AllowancePool = ("tokens", MINUTE)


class QuotaLedger:
    """What is left, by account and pool; safe to use from several threads."""

    def __init__(self, store: QuotaStore, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # what is read at once, where reading takes no time, is taken in within it
        self._stated = StatedPools(store, self._lock)
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
        now, stated = self._clock.time(), self._stated.day_of(called_target.account)
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
                spending.tells_nothing = not any(unit == "tokens" for unit, _ in self._stated.of(called_target))

    def _spending(self, called_target: CalledTarget) -> TargetSpending:
        key = called_target.account, called_target.model
        spending = self._spendings.get(key)
        if spending is None:
            spending = self._spendings.setdefault(key, TargetSpending())
        return spending

    def note_allowances(self, called_target: CalledTarget, allowances: Iterable[StatedAllowance]) -> None:
        """Take what a reply states of its model's allowances."""
        now = self._clock.time()
        for stated in allowances:
            self._stated.note(called_target.account, called_target.provider, called_target.model, stated, now)

    def note_day(self, account: str, limit: object, used: object, zone: str = "UTC") -> None:
        """Take what an account itself says of the day's free requests; what is no number says nothing.

        Args:
            zone: the time zone of the provider's day.
        """
        limit, used = durations.number(limit), durations.number(used)
        if limit is None or used is None or limit < 1:
            return
        now, remaining = self._clock.time(), max(0, int(limit) - int(used))
        stated = StatedAllowance("requests", DAY, int(limit), remaining, durations.until_midnight(now, zone))
        self._stated.note(account, account.partition("|")[0], "", stated, now)
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
            self._stated.load(account, now)
        with self._lock:
            self._used_up -= refilled
            self._pools.refill(refilled, now)
            for (account, _), spending in self._spendings.items():
                if account in refilled:
                    spending.refill()
            whole = self._stated.make_whole(lambda allowance: allowance.account in refilled, now)
        self._stated.put(whole)

    def doubt_used_up(self, accounts: Collection[str], model: str | None = None) -> None:
        """Take no refusal's word any longer for a model's allowance being used up: its next reply states it anew.

        Without this a target that an operator resets would still not be called.

        Args:
            model: only what is stated of this model; None for all of these accounts.
        """

        def is_doubted(allowance: Allowance) -> bool:
            is_meant = allowance.account in accounts and allowance.model and model in (None, allowance.model)
            return bool(is_meant) and allowance.remaining == 0

        self._stated.put(self._stated.make_whole(is_doubted, self._clock.time()))

    # --- what is asked ---------------------------------------------------------------------------------------------

    def tokens(self, called_target: CalledTarget, estimated: int) -> int:
        """The size of a prompt as this model is likely to count it."""
        return round(estimated * self._ratios.get((called_target.account, called_target.model), 1.0))

    def refresh(self, account: str, now: float) -> None:
        """Take over what other processes have been told since; cheap where that was just done."""
        self._stated.refresh(account, now)

    def minute_limit(self, called_target: CalledTarget) -> int | None:
        """The tokens a minute that a model's provider has last stated, used up or not; None where it has not."""
        stated = self._stated.of(called_target).get(_TOKENS_A_MINUTE)
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
            spending, stated = self._spending(called_target), self._stated.of(called_target)
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
                for allowance in self._stated.everything()
                if allowance.account in accounts and allowance.model and is_believed(allowance, now)
            ]
            counted = [
                allowance
                for account, entry in accounts.items()
                if entry.counts_calls
                for allowance in [*self._counted(account, entry, now), *self._counted_models(account, entry, now)]
            ]
        return stated + counted

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
            if self._stated.day_of(account, model) is None
        ]

    def _counted(self, account: str, entry: ProviderEntry, now: float) -> list[Allowance]:
        stated = self._stated.day_of(account)
        if entry.requests_per_minute is None and entry.requests_per_day is None and stated is None:
            return []
        return counted_allowances(account, entry, self._pools.calls(account, entry, now), stated=stated, now=now)
