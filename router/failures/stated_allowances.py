"""What a request lacks of the allowances that a provider states: arithmetic alone, with nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from router.failures.counted_calls import is_believed
from router.failures.durations import DAY, MINUTE
from router.failures.spending import SETTLED_SOON, TargetSpending
from router.ports import Allowance

AllowancePool = tuple[str, float]
"""What is counted, and the seconds that the limit is for."""

_SPAN_WORDS = {1.0: "a second", MINUTE: "a minute", 3_600.0: "an hour", DAY: "a day", 31 * DAY: "a month"}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a request does not fit what is left, and until when (seconds since the epoch)."""

    reason: str
    until: float


def minute_shortfall(spending: TargetSpending, stated: Allowance | None, tokens: int, now: float) -> Shortfall | None:
    """What we have sent within the minute ourselves, by the limits that are known."""
    is_stated = stated is not None and is_believed(stated, now)
    missing = spending.missing(tokens, now, is_stated=is_stated)
    if missing is None:
        return None
    needed = 1 if missing.unit == "requests" else min(tokens, missing.limit)
    words = f"{missing.left:,} of {missing.limit:,} {missing.unit} a minute are left, and {needed:,} are needed"
    return Shortfall(words, now + missing.seconds)


def stated_shortfall(
    spending: TargetSpending, pools: Mapping[AllowancePool, Allowance], sizes: Mapping[str, int], now: float
) -> Shortfall | None:
    """What the provider last said was left, less what has been sent to it since and is not answered.

    Args:
        sizes: what the call takes, by unit.
    """
    under_way = {"requests": spending.open_calls.count(now), "tokens": spending.open_calls.tokens(now)}
    # The longest span first: what a day lacks is not there in a minute.
    for (unit, span), allowance in sorted(pools.items(), key=lambda pool: -pool[0][1]):
        if now >= allowance.resets_at or not is_believed(allowance, now):
            continue
        words = _SPAN_WORDS.get(span, f"in {span:g} s")
        needed, open_size = min(sizes.get(unit, 0), allowance.limit), under_way.get(unit, 0)
        until = _enough_at(allowance, min(needed + open_size, allowance.limit))
        if until > now:
            if open_size and _enough_at(allowance, needed) <= now:
                until = min(until, now + SETTLED_SOON)
            remaining = max(0, refilled_allowance(allowance, now).remaining - open_size)
            return Shortfall(
                f"{remaining:,} of {allowance.limit:,} {unit} {words} are left, and {needed:,} are needed", until
            )
    return None


def _enough_at(allowance: Allowance, needed: float) -> float:
    """When a steady refill will have brought what is needed; at least that much of the span's own pace away."""
    if allowance.remaining >= needed:
        return 0.0
    missing = needed - allowance.remaining
    whole = allowance.resets_at - allowance.seen_at
    steady = whole * missing / max(allowance.limit - allowance.remaining, 1)
    return allowance.seen_at + min(max(steady, allowance.span * missing / allowance.limit), whole)


def refilled_allowance(allowance: Allowance, now: float) -> Allowance:
    """What is left by now, where it comes back steadily until the reset."""
    whole = allowance.resets_at - allowance.seen_at
    part = 1.0 if whole <= 0 else min(1.0, max(0.0, (now - allowance.seen_at) / whole))
    remaining = allowance.remaining + int((allowance.limit - allowance.remaining) * part)
    return replace(allowance, remaining=remaining)
