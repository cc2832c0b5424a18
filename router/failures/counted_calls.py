"""An account's calls counted here, since its provider's replies do not say what is left of them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import partial

from router.failures import durations
from router.failures.cooldown_clock import SKEW_SECONDS
from router.failures.durations import DAY, MINUTE, midnight_before
from router.ports import Allowance, CallRoom
from router.table.routes import ProviderEntry


@dataclass(slots=True)
class CountedCalls:
    """The calls to an account's free models, or to one model, as far back as any allowance reaches.

    Attributes:
        own: this ledger's, by attempt; `others`: those that only the database knows of.
        times: when all of them were made, in order.
        read_at: when the database was last read; `asked_at`: when it was last to be.
    """

    own: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    read_at: float | None = None
    asked_at: float | None = None

    def since(self, moment: float) -> int:
        """How many there were after `moment`."""
        return len(self.times) - bisect_left(self.times, moment)

    def arrange(self, start: float, now: float) -> None:
        """Forget what was before `start` or later than `now`, and put the rest in order."""
        self.own = {id: at for id, at in self.own.items() if start <= at <= now + SKEW_SECONDS}
        self.others = {
            id: at for id, at in self.others.items() if start <= at <= now + SKEW_SECONDS and id not in self.own
        }
        self.times = sorted([*self.own.values(), *self.others.values()])


def counted_allowances(
    account: str, entry: ProviderEntry, calls: CountedCalls, *, stated: Allowance | None, now: float
) -> list[Allowance]:
    """What is left of an account's calls a minute and a day, as far as either is known.

    Args:
        stated: what the account itself last said of its day.
    """
    provider = account.partition("|")[0]
    pool = partial(Allowance, account=account, provider=provider, model="", unit="requests", seen_at=now)
    allowances = []
    if entry.requests_per_minute is not None:
        limit = entry.requests_per_minute
        remaining = max(0, limit - calls.since(now - MINUTE))
        # With none left: when the one ends that makes room. A minute is any sixty seconds, which is never too many.
        ends = now if remaining else calls.times[-limit] + MINUTE
        allowances.append(pool(span=MINUTE, limit=limit, remaining=remaining, resets_at=ends))
    day = stated.limit if stated is not None else entry.requests_per_day
    if day is not None:
        remaining = max(0, day - _used_today(calls, stated, now, entry.wire.midnight))
        ends = now + durations.until_midnight(now, entry.wire.midnight)
        allowances.append(pool(span=DAY, limit=day, remaining=remaining, resets_at=ends))
    return allowances


def call_rooms(
    entry: ProviderEntry, model: str, *, stated: Allowance | None, now: float, kept: int, refilled_at: float | None
) -> list[CallRoom]:
    """What has to have room for one more call to a free model of an account: what `counted_allowances` says, as rules.

    Args:
        stated: what the account itself last said of its day.
        kept: requests of the day that are kept for other tasks.
        refilled_at: since when its allowances were whole again; None where nobody has refilled them.
    """
    earliest = refilled_at or 0.0
    midnight = midnight_before(now, entry.wire.midnight)
    rooms = []
    if entry.requests_per_minute is not None:
        rooms.append(CallRoom(max(now - MINUTE, earliest), entry.requests_per_minute))
    day = stated.limit if stated is not None else entry.requests_per_day
    if day is not None:
        rooms.append(CallRoom(max(midnight, earliest), day - kept))
    if stated is not None and stated.seen_at >= midnight and is_believed(stated, now):
        rooms.append(CallRoom(max(stated.seen_at, earliest), stated.remaining - kept))
    if model in entry.day_limits:
        rooms.append(CallRoom(max(midnight, earliest), entry.day_limits[model], model))
    return rooms


def model_allowance(account: str, entry: ProviderEntry, model: str, calls: CountedCalls, now: float) -> Allowance:
    """What is left of the requests a day that the table states of one model."""
    zone, limit = entry.wire.midnight, entry.day_limits[model]
    return Allowance(
        account=account,
        provider=account.partition("|")[0],
        model=model,
        unit="requests",
        span=DAY,
        limit=limit,
        remaining=max(0, limit - calls.since(midnight_before(now, zone))),
        resets_at=now + durations.until_midnight(now, zone),
        seen_at=now,
    )


def is_believed(allowance: Allowance, now: float) -> bool:
    """Whether it was seen before now, as far as clocks agree."""
    return allowance.seen_at <= now + SKEW_SECONDS


def _used_today(calls: CountedCalls, stated: Allowance | None, now: float, zone: str) -> int:
    """The account's own word and the calls since, or our count, whichever is more."""
    counted = calls.since(midnight_before(now, zone))
    if stated is None or stated.seen_at < midnight_before(now, zone) or not is_believed(stated, now):
        return counted
    return max(counted, stated.limit - stated.remaining + calls.since(stated.seen_at))
