"""The calls that are counted here, kept in step with the database that all processes share.

What is left is asked of memory, since nobody waits for a database ahead of a request. So that two processes do not both
take the last call of a day, a call that is about to be made is taken from its pool in the database, in one statement,
and is refused where others have been quicker.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import insort
from collections.abc import Collection
from dataclasses import dataclass

from router.failures.cooldown_clock import SKEW_SECONDS
from router.failures.counted_calls import CountedCalls, call_rooms
from router.failures.durations import MINUTE, midnight_before
from router.failures.memory import CalledTarget
from router.ports import Allowance, CallMade, QuotaStore
from router.table.routes import ProviderEntry

REREAD_SECONDS = 5.0
"""The database is read anew after this, for what other processes have called and been told."""

_Place = tuple[str, str]
"""An account and a model of it; without one for what holds for all its free models."""


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A call that is about to be made.

    Attributes:
        attempt: its id.
        kept: requests of the day that are kept for other tasks.
        stated: what the account itself last said of its day.
    """

    target: CalledTarget
    attempt: str
    kept: int
    stated: Allowance | None


class CountedPools:
    """The calls by account, and by model where a model has a limit of its own.

    Args:
        lock: guards them, and may be held by who calls.
    """

    def __init__(self, store: QuotaStore, lock: threading.RLock) -> None:
        self._store = store
        self._lock = lock
        self._calls: dict[_Place, CountedCalls] = {}
        self._refilled_at: dict[str, float] = {}

    async def take(self, wanted: WantedCall, entry: ProviderEntry, *, now: float, patience: float) -> bool:
        """Whether a call may be made: it is written down with all others, unless they leave no room for it.

        Args:
            patience: seconds that the request can wait for a database that is slow.
        """
        account, model = wanted.target.account, wanted.target.model
        refilled_at = self._refilled_at.get(account)
        rooms = call_rooms(entry, model, stated=wanted.stated, now=now, kept=wanted.kept, refilled_at=refilled_at)
        call = CallMade(wanted.attempt, model, now)
        try:
            others = await self._store.take_call(account, call, rooms, patience=patience)
        except asyncio.CancelledError:
            self._store.give_back_call(wanted.attempt)
            raise
        if others is None:
            return True
        with self._lock:
            for place in ((account, ""), (account, model)):
                if place in self._calls:
                    self._take_in(place, entry, others, now)
        return False

    def count(self, called_target: CalledTarget, attempt: str, now: float) -> None:
        """A call is about to be made."""
        if called_target.counted:
            self._calls.setdefault((called_target.account, ""), CountedCalls())
        for calls in self._counters(called_target):
            calls.own[attempt] = now
            insort(calls.times, now)

    def uncount(self, called_target: CalledTarget, attempt: str) -> None:
        """That call was never sent, or does not count at its provider."""
        for calls in self._counters(called_target):
            at = calls.own.pop(attempt, None)
            if at in calls.times:  # it is not where a clock was set back meanwhile
                calls.times.remove(at)
        if called_target.counted:
            self._store.give_back_call(attempt)

    def _counters(self, called_target: CalledTarget) -> list[CountedCalls]:
        """What a call is counted in: its account's, and its model's own where that has a limit."""
        if not called_target.counted:
            return []
        places = ((called_target.account, ""), (called_target.account, called_target.model))
        return [self._calls[place] for place in places if place in self._calls]

    def refill(self, accounts: Collection[str], now: float) -> None:
        """What was called before now counts no more."""
        self._refilled_at |= dict.fromkeys(accounts, now)
        self._calls = {place: calls for place, calls in self._calls.items() if place[0] not in accounts}
        for account in accounts:
            self._store.forget_calls(account)

    def calls(self, account: str, entry: ProviderEntry, now: float, model: str = "") -> CountedCalls:
        """The account's calls, or one model's; those of other processes and of earlier ones come from the database."""
        place = account, model
        calls = self._calls.setdefault(place, CountedCalls())
        if calls.times and calls.times[-1] > now + SKEW_SECONDS:
            calls.arrange(self._start(account, entry, now), now)
        if calls.asked_at is None:
            calls.asked_at = now
            self._read(place, entry, now)  # for the first time: nothing at all is known yet
        elif abs(now - calls.asked_at) >= REREAD_SECONDS:
            calls.asked_at = now
            self._store.read_beside(lambda: self._read(place, entry, now))
        return calls

    def _start(self, account: str, entry: ProviderEntry, now: float) -> float:
        """Since when calls count: a day's or a minute's, but none from before a refill."""
        midnight = midnight_before(now, entry.wire.midnight)
        return max(min(midnight, now - MINUTE), self._refilled_at.get(account, 0.0))

    def _read(self, place: _Place, entry: ProviderEntry, now: float) -> None:
        account, _ = place
        read_at = self._calls[place].read_at if place in self._calls else None
        start = self._start(account, entry, now)
        # What was written a minute before the last reading is settled.
        since = start if read_at is None else max(start, min(read_at, now) - MINUTE)
        made = self._store.calls_since(account, since)
        if made is None:
            return
        with self._lock:
            if place in self._calls:  # it is not where it was refilled meanwhile
                self._take_in(place, entry, made, now, since=since)

    def _take_in(
        self, place: _Place, entry: ProviderEntry, made: Collection[CallMade], now: float, since: float = 0.0
    ) -> None:
        """Know of calls that the database has; `made` are all since then."""
        account, model = place
        calls = self._calls[place]
        counted = [call for call in made if (call.model == model if model else entry.is_free(call.model))]
        earlier = {id: at for id, at in calls.others.items() if at < since}
        calls.others = earlier | {call.id: call.at for call in counted}
        calls.arrange(self._start(account, entry, now), now)
        calls.read_at = now
