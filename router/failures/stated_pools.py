"""What providers have stated of their allowances, kept in step with the database that all processes share.

Each word is written to the database, but not more often than it matters; what other processes have been told since is
read from there, and the newest word on each allowance counts. What was seen later than now was so before the clock was
set back, and is not believed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from router.failures.counted_calls import is_believed
from router.failures.counted_pools import REREAD_SECONDS
from router.failures.durations import DAY
from router.failures.memory import CalledTarget
from router.failures.stated_allowances import AllowancePool
from router.failures.statements import StatedAllowance
from router.ports import Allowance, QuotaStore

KEEP_SECONDS = 1.0
"""A provider's figures are written to the database at most this often, each, while there is plenty left."""

_MOST = 10**12
"""No allowance is as large: a figure beyond it would not fit into the database's 64 bits."""

_Place = tuple[str, str]
"""An account and a model of it; without one for what holds for all its free models."""

_ACCOUNTS_DAY: AllowancePool = ("requests", DAY)
_NOTHING_STATED: dict[AllowancePool, Allowance] = {}


class StatedPools:
    """What is stated, by account and model, and by what is counted in which span.

    Args:
        lock: guards them, and may be held by who calls.
    """

    def __init__(self, store: QuotaStore, lock: threading.RLock) -> None:
        self._store = store
        self._lock = lock
        self._stated: dict[_Place, dict[AllowancePool, Allowance]] = {}
        self._kept_at: dict[tuple[str, str, str, float], float] = {}
        self._loaded_at: dict[str, float] = {}

    def of(self, called_target: CalledTarget) -> dict[AllowancePool, Allowance]:
        """What is stated of a model, whenever that was."""
        return self._stated.get((called_target.account, called_target.model), _NOTHING_STATED)

    def day_of(self, account: str, model: str = "") -> Allowance | None:
        """The requests a day of a model; without one, what the account itself said of its day."""
        return self._stated.get((account, model), _NOTHING_STATED).get(_ACCOUNTS_DAY)

    def everything(self) -> list[Allowance]:
        """Everything that is stated."""
        return [allowance for pools in self._stated.values() for allowance in pools.values()]

    def note(self, account: str, provider: str, model: str, stated: StatedAllowance, now: float) -> None:
        """Take what a provider states, and write it to the database where others should know it."""
        most = int(min(stated.limit, _MOST))
        allowance = Allowance(
            account=account,
            provider=provider,
            model=model,
            unit=stated.unit,
            span=stated.span,
            limit=most,
            remaining=min(max(stated.remaining, 0), most),
            # Nothing is longer in coming than its own span, whatever is stated.
            resets_at=now + min(stated.refill_seconds, stated.span),
            seen_at=now,
        )
        with self._lock:
            self._keep(allowance)
            # What is nearly used up matters to the next process at once.
            is_plenty = allowance.remaining * 4 > most
            if is_plenty and 0.0 <= now - self._kept_at.get(allowance.key, -KEEP_SECONDS) < KEEP_SECONDS:
                return
            self._kept_at[allowance.key] = now
        self._store.put_allowance(allowance)

    def make_whole(self, is_meant: Callable[[Allowance], bool], now: float) -> list[Allowance]:
        """Take some allowances for whole again, whatever was stated; gives them, to be written by `put`."""
        with self._lock:
            whole = [
                replace(allowance, remaining=allowance.limit, resets_at=now, seen_at=now)
                for allowance in self.everything()
                if is_meant(allowance)
            ]
            for allowance in whole:
                self._keep(allowance)
        return whole

    def put(self, allowances: Iterable[Allowance]) -> None:
        """Write them to the database, for other processes."""
        for allowance in allowances:
            self._store.put_allowance(allowance)

    def refresh(self, account: str, now: float) -> None:
        """Take over what other processes have been told since; cheap where that was just done."""
        loaded_at = self._loaded_at.get(account)
        if loaded_at is None:
            self.load(account, now)
        elif abs(now - loaded_at) >= REREAD_SECONDS:
            self._loaded_at[account] = now
            self._store.read_beside(lambda: self.load(account, now))

    def load(self, account: str, now: float) -> None:
        """Take over what the database has; the newest word on each allowance counts."""
        self._loaded_at[account] = now
        loaded = self._store.load_allowances(account)
        with self._lock:
            for allowance in loaded:
                known = self._stated.get((allowance.account, allowance.model), {}).get((allowance.unit, allowance.span))
                if not is_believed(allowance, now):
                    continue
                if known is None or not is_believed(known, now) or allowance.seen_at > known.seen_at:
                    self._keep(allowance)

    def _keep(self, allowance: Allowance) -> None:
        pools = self._stated.setdefault((allowance.account, allowance.model), {})
        pools[allowance.unit, allowance.span] = allowance
