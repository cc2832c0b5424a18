"""Remembers what failed: what cools down, until when, and who may try it first.

Two kinds of cooldown. A *limit* (an allowance used up, a model gone) says that the next call would be refused; a
*sickness* (5xx, silence, a broken connection) that calls have failed. Both end with a probe: once the time is up one
request tries the target, and the others pass it over until that one has had its answer, since a time that was named
is a guess, and thirty callers at once would find that out thirty times. A limit is over with the first token, a
sickness with a whole answer. How long a cooldown lasts grows with each failure in a row and is taken back by success.

Cooldowns are kept in a `CooldownStore` and so survive a restart and are shared by all processes on one database; this
memory reads them anew whenever the store's version has changed.

Times are the wall clock's, which can be set back: what began later than now is not believed, so that no cooldown and
no probe lasts longer than it was meant to.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from router.failures import durations
from router.failures.cooldown_clock import PROBE_SECONDS, is_believed, is_over, probe_is_out
from router.failures.cooldown_times import cooldown_seconds
from router.failures.outcomes import Outcome, Scope, Signal, Span
from router.ports import Clock, Cooldown, CooldownStore
from router.table.routes import Limits

_Key = tuple[str, str, str]

FORGET_SECONDS = 3_600.0
"""A cooldown that ended this long ago no longer lengthens the next one."""

_ROUNDING = 0.001
"""Seconds: more than what adding and taking away the same from a time of today loses."""


class CooldownVerdict(StrEnum):
    """What the memory says of a target; `FREE` where nothing stands against it."""

    FREE = "free"
    COOLING = "cooling down"
    PROBE = "probe"  # it may be tried, by whoever claims the probe


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """A target's standing: the verdict, and the cooldown behind it.

    Attributes:
        is_probed: whether its time is up, and another request is trying it.
        merely_sick: whether all that stands against it are sicknesses: calls to it failed, and nothing says that the
            next one would. Where nobody better is left such a target is tried all the same.
    """

    verdict: CooldownVerdict
    cooldown: Cooldown | None = None
    merely_sick: bool = False
    is_probed: bool = False


_CLEAR = TargetStanding(CooldownVerdict.FREE)


@dataclass(frozen=True, slots=True)
class CalledTarget:
    """A target as the memory and the quota ledger know it.

    Attributes:
        account, model: whose it is, and which.
        free: whether it belongs to the account's free pool.
        counted: whether calls to it have to be counted here, since its provider's replies do not say what is left.
    """

    account: str
    provider: str
    model: str
    free: bool
    counted: bool = False

    @property
    def keys(self) -> tuple[_Key, ...]:
        """The keys of the cooldowns that concern it, the widest first."""
        pool = ((self.account, Scope.FREE.value, ""),) if self.free else ()
        return (
            (self.account, Scope.PROVIDER.value, ""),
            *pool,
            (self.account, Scope.TARGET.value, self.model),
        )


class FailureMemory:
    """All cooldowns, by key; safe to use from several threads and event loops."""

    def __init__(self, store: CooldownStore, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._lock = threading.RLock()
        self._cooldowns: dict[_Key, Cooldown] = {}
        self._version: int | None = None
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()

    def use_limits(self, limits: Limits) -> None:
        """Reckon new cooldowns by other limits from now on; those there are stay as they are."""
        self._limits = limits

    def refresh(self) -> None:
        """Read what other processes have changed since; cheap where nothing has."""
        version = self._store.version()
        if version == self._version:
            return
        with self._lock:
            if version:
                self._cooldowns = {cooldown.key: self._bounded(cooldown) for cooldown in self._store.load()}
            self._version = version

    def _bounded(self, cooldown: Cooldown) -> Cooldown:
        """A cooldown as this version would have set it: those before it believed a stated time for a month."""
        longest = max(durations.DAY, self._limits.cooldown_gone, self._limits.cooldown_operator)
        if cooldown.until is None or cooldown.until <= self._clock.time() + longest:
            return cooldown
        return replace(cooldown, until=min(cooldown.until, cooldown.since + longest))

    def standing(self, called_target: CalledTarget, now: float) -> TargetStanding:
        """Whether `called_target` may be called at `now`; the widest cooldown that forbids it wins."""
        if not self._cooldowns:
            return _CLEAR
        cooldowns = [cooldown for key in called_target.keys if (cooldown := self._cooldowns.get(key)) is not None]
        if not cooldowns:
            return _CLEAR
        merely_sick = all(cooldown.sick for cooldown in cooldowns)
        cooling = [cooldown for cooldown in cooldowns if _verdict(cooldown, now) is CooldownVerdict.COOLING]
        if not cooling:
            # The widest is probed first: one call finds out for the whole provider what else one a model would.
            return TargetStanding(CooldownVerdict.PROBE, cooldowns[0], merely_sick)
        return TargetStanding(CooldownVerdict.COOLING, cooling[0], merely_sick, is_over(cooling[0], now))

    def gone(self, now: float) -> list[Cooldown]:
        """The cooldowns of models that their providers have said are gone."""
        if not self._cooldowns:
            return []
        gone = [cooldown for cooldown in list(self._cooldowns.values()) if cooldown.outcome == "gone"]
        return [cooldown for cooldown in gone if _verdict(cooldown, now) is CooldownVerdict.COOLING]

    async def wait_for_change(self, seconds: float) -> bool:
        """Wait until something may be called again (a success, a reset, a probe given back), `seconds` at the most.

        Returns:
            Whether there was such a change, rather than the end of the time.
        """
        loop = asyncio.get_running_loop()
        waiting = loop, loop.create_future()
        with self._lock:
            self._waiting.add(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting[1]
            return True
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.discard(waiting)

    def _wake_all(self) -> None:
        """Whoever waits looks again; each in its own loop, since a future may be set there alone."""
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for loop, freed in waiting:
            with suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits in it any more
                loop.call_soon_threadsafe(_set_done, freed)

    async def claim(self, cooldown: Cooldown) -> bool:
        """Become the one that probes; true for one caller among all processes until it reports back."""
        now = self._clock.time()
        until = now + PROBE_SECONDS
        with self._lock:
            current = self._cooldowns.get(cooldown.key)
            if current is None:
                return True
            if _verdict(current, now) is not CooldownVerdict.PROBE:
                return False
            self._cooldowns[cooldown.key] = replace(current, probe_until=until)
        try:
            return await self._store.claim_probe(cooldown.key, now, until)
        except asyncio.CancelledError:
            with self._lock:
                self._give_back([cooldown.key], now)
            raise

    def failed(
        self, called_target: CalledTarget, outcome: Outcome, signal: Signal, reason: str, started_at: float
    ) -> float | None:
        """Have cool down what `outcome` says; gives when that ends.

        A call that was under way before the cooldown was set adds no strike: of two hundred calls that one outage
        ends, the first is the news.
        """
        now = self._clock.time()
        with self._lock:
            cooldown = self._cooldown_after(called_target, outcome, signal, reason, started_at, now)
            if self._cooldowns:
                other_keys = [key for key in called_target.keys if cooldown is None or key != cooldown.key]
                if signal.http_status is not None:
                    self._drop([key for key in other_keys if self._was_reached(key, started_at)])
                self._give_back(other_keys, started_at)
        return None if cooldown is None else cooldown.until

    def _cooldown_after(
        self, called_target: CalledTarget, outcome: Outcome, signal: Signal, reason: str, started_at: float, now: float
    ) -> Cooldown | None:
        """What is there after this failure: a new cooldown, or one that was set while the call was under way."""
        if outcome.cooldown is Scope.NONE:
            return None
        key = _key(called_target, outcome.cooldown)
        before = self._cooldowns.get(key)
        if before is not None and _is_old_news(before, outcome, started_at, now):
            return before
        cooldown = self._cooldowns[key] = self._new_cooldown(called_target, outcome, signal, reason, before, now)
        self._store.put(cooldown)
        if before is not None and before.probe_until is not None:
            self._wake_all()  # whoever waited for the probe need not wait for its time
        return cooldown

    def _was_reached(self, key: _Key, started_at: float) -> bool:
        """Whether a reply, whatever it says, shows that this sickness of a whole provider is over."""
        cooldown = self._cooldowns.get(key)
        if cooldown is None or not cooldown.sick or cooldown.scope == Scope.TARGET.value:
            return False
        return started_at >= cooldown.since or not is_believed(cooldown, started_at)

    def _new_cooldown(
        self,
        called_target: CalledTarget,
        outcome: Outcome,
        signal: Signal,
        reason: str,
        before: Cooldown | None,
        now: float,
    ) -> Cooldown:
        strikes = 1 + (before.strikes if before is not None and _counts_on(before, outcome, now) else 0)
        seconds = cooldown_seconds(outcome, signal, self._limits, strikes, now)
        return Cooldown(
            account=called_target.account,
            provider=called_target.provider,
            scope=outcome.cooldown.value,
            model=called_target.model,
            outcome=outcome.name,
            reason=reason,
            since=now,
            until=None if seconds is None else now + seconds,
            strikes=strikes,
            sick=outcome.sick,
        )

    def succeeded(self, called_target: CalledTarget, started_at: float) -> None:
        """An answer came: limits whose time was up are forgotten, and so is a sickness set before the call began."""
        if not self._cooldowns:
            return
        # Whatever is forgotten by it: that anybody was answered is worth another try to those who wait for all.
        self._wake_all()
        now = self._clock.time()
        with self._lock:
            self._drop([key for key in called_target.keys if self._is_healed(key, started_at, now)])

    def _is_healed(self, key: _Key, started_at: float, now: float) -> bool:
        cooldown = self._cooldowns.get(key)
        if cooldown is None or cooldown.until is None:
            return False
        if not is_believed(cooldown, now):
            return True
        return started_at >= cooldown.since and (cooldown.sick or cooldown.until <= now)

    def answered(self, called_target: CalledTarget, started_at: float) -> None:
        """The first of an answer came, and the rest may take minutes: limits are over, and the provider is reached.

        Whether a sick target is well again only the whole answer shows.
        """
        if not self._cooldowns:
            return
        now = self._clock.time()
        with self._lock:
            over = [key for key in called_target.keys if self._is_limit(key) and self._is_healed(key, started_at, now)]
            self._drop(over + [key for key in called_target.keys if self._was_reached(key, started_at)])

    def _is_limit(self, key: _Key) -> bool:
        cooldown = self._cooldowns.get(key)
        return cooldown is not None and not cooldown.sick

    def released(self, called_target: CalledTarget, started_at: float) -> None:
        """A call ended without a verdict (it was cancelled): if it was a probe, the next request may probe."""
        if self._cooldowns:
            with self._lock:
                self._give_back(called_target.keys, started_at)

    def _give_back(self, keys: Iterable[_Key], started_at: float) -> None:
        """Take back the probe that a call was, if it was one: only a call begun after the claim can be."""
        for key in keys:
            cooldown = self._cooldowns.get(key)
            if cooldown is None or cooldown.probe_until is None:
                continue
            if started_at < cooldown.probe_until - PROBE_SECONDS - _ROUNDING:
                continue
            self._cooldowns[key] = replace(cooldown, probe_until=None)
            self._store.put(self._cooldowns[key])
            self._wake_all()

    def listed_again(self, account: str, models: Iterable[str]) -> None:
        """An account's provider lists these models again: what was gone is used again."""
        keys = [(account, Scope.TARGET.value, model) for model in models]
        with self._lock:
            self._drop([key for key in keys if key in self._cooldowns and self._cooldowns[key].outcome == "gone"])

    def cooldowns(self, accounts: Container[str] | None = None) -> list[Cooldown]:
        """What of these accounts, or of all, cools down now or waits for its probe, the latest first."""
        self.refresh()
        with self._lock:
            cooldowns = list(self._cooldowns.values())
        if accounts is not None:
            cooldowns = [cooldown for cooldown in cooldowns if cooldown.account in accounts]
        return sorted(cooldowns, key=lambda cooldown: cooldown.since, reverse=True)

    def reset(self, accounts: Iterable[str] | None = None, model: str | None = None) -> int:
        """Forget cooldowns, for every process at once; gives how many there were.

        Args:
            accounts: only those of these accounts; None for all.
            model: only what concerns this model. A cooldown of its whole provider or free pool goes too, since it would
                otherwise still be passed over.
        """
        self.refresh()
        account_ids = None if accounts is None else set(accounts)
        with self._lock:
            keys = [
                key
                for key, cooldown in self._cooldowns.items()
                if (account_ids is None or key[0] in account_ids)
                and (model is None or key[1] != "target" or cooldown.model == model)
            ]
            self._store.remove(keys, reset_at=self._clock.time())  # which may refuse: then nothing is forgotten
            for key in keys:
                self._cooldowns.pop(key)
        self._wake_all()
        return len(keys)

    def _drop(self, keys: list[_Key]) -> None:
        if keys:
            for key in keys:
                self._cooldowns.pop(key, None)
            self._store.remove(keys)
            self._wake_all()


def _set_done(freed: asyncio.Future[None]) -> None:
    if not freed.done():
        freed.set_result(None)


def _key(called_target: CalledTarget, scope: Scope) -> _Key:
    return called_target.account, scope.value, called_target.model if scope is Scope.TARGET else ""


def _verdict(cooldown: Cooldown, now: float) -> CooldownVerdict:
    if not is_over(cooldown, now) or probe_is_out(cooldown, now):
        return CooldownVerdict.COOLING
    return CooldownVerdict.PROBE


def _is_old_news(before: Cooldown, outcome: Outcome, started_at: float, now: float) -> bool:
    """Whether a call that has failed began before the cooldown was set, and says no more than that does.

    A limit says more than a sickness, and what only a person ends more than both.
    """
    if not is_believed(before, now) or started_at >= before.since:
        return False
    if _verdict(before, now) is not CooldownVerdict.COOLING or outcome.span is Span.ENDLESS:
        return False
    return outcome.sick or not before.sick


def _counts_on(before: Cooldown, outcome: Outcome, now: float) -> bool:
    """Whether the cooldown before lengthens this one: the same kind of trouble, and not long ago."""
    if before.sick != outcome.sick or not is_believed(before, now):
        return False
    # One sickness is as good as another; but a model that was gone has used up no allowance.
    if not outcome.sick and before.outcome != outcome.name:
        return False
    return before.until is None or now - before.until < FORGET_SECONDS


def until_text(until: float | None) -> str:
    """The words for people, such as `until 14:03:07 UTC`."""
    moment = durations.utc(until)
    return "until somebody resets it" if moment is None else f"until {moment:%H:%M:%S} UTC"
