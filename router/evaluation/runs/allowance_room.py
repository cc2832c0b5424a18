"""How much of an allowance an evaluation may use: what is reserved, and room for everybody's work, it leaves alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from router.api import DualModelRouter
from router.ports import Allowance
from router.types import Target

WORK_SHARE = 0.2
"""The share of a day's requests, and of a minute's allowance, that an evaluation leaves to work.

Of a day's requests it leaves what the table reserves for tasks beside that.
"""

CALLS_A_MINUTE = 12
"""About how many requests a run makes in a minute where no limit slows it, for the estimate alone."""

_MINUTE, _DAY = 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class AllowanceUse:
    """What an evaluation would use of one allowance of a day.

    Attributes:
        calls: how many of its requests count against it.
        left: how many it may use now.
        a_day: how many it may use of a whole day.
    """

    allowance: Allowance
    calls: int
    left: int
    a_day: int

    @property
    def fits(self) -> bool:
        """Whether all of it can be made today."""
        return self.calls <= self.left

    @property
    def days(self) -> int | None:
        """On how many days it is made, today among them; None where the allowance never has room for it."""
        if self.fits:
            return 1
        return None if self.a_day <= 0 else 1 + math.ceil((self.calls - self.left) / self.a_day)


@dataclass(frozen=True, slots=True)
class NoRoom:
    """An allowance has no room for an evaluation until it refills."""

    provider: str
    until: datetime


def calls_kept(router: DualModelRouter, allowance: Allowance) -> int:
    """How many of a day's requests are none of an evaluation's business."""
    entry = router.table.providers.get(allowance.provider)
    reserved = 0 if entry is None or allowance.model else sum(entry.reserve.values())
    return reserved + math.ceil(WORK_SHARE * allowance.limit)


def allowance_uses(router: DualModelRouter, targets: Iterable[Target]) -> list[AllowanceUse]:
    """What calls of these targets, one each, would use of each allowance of a day that is known."""
    counts = Counter(targets)
    uses = []
    for allowance in _daily_allowances(router.quotas()):
        calls = sum(count for target, count in counts.items() if _counts_against(allowance, target))
        reserved_calls = calls_kept(router, allowance)
        calls_left, a_day = (max(0, figure - reserved_calls) for figure in (allowance.remaining, allowance.limit))
        uses.append(AllowanceUse(allowance, calls, calls_left, a_day))
    return [use for use in uses if use.calls]


def room_problem(router: DualModelRouter, target: Target) -> NoRoom | None:
    """Why one more call of a target would use what is left to others; None where there is room."""
    for use in allowance_uses(router, [target]):
        if not use.fits:
            return NoRoom(target.provider, datetime.fromtimestamp(use.allowance.resets_at, UTC))
    return None


def minute_refill(router: DualModelRouter, target: Target) -> float | None:
    """When a minute's allowance has room for more than work again, by the router's clock; None where it has now.

    An evaluation calls as fast as it is answered: without this it would take every call of a minute, and whoever works
    meanwhile would find none.
    """
    full = (
        allowance.resets_at
        for allowance in router.quotas()
        if allowance.span <= _MINUTE
        and _counts_against(allowance, target)
        and allowance.remaining <= math.floor(WORK_SHARE * allowance.limit)
    )
    return max(full, default=None)


def minutes_needed(router: DualModelRouter, targets: Sequence[Target]) -> int:
    """About how many minutes of work that is, by the limits of a minute that are known."""
    counts = Counter(targets)
    paces = [len(targets) / CALLS_A_MINUTE]
    for allowance in router.quotas():
        if allowance.unit == "requests" and allowance.span <= _MINUTE and allowance.limit:
            calls = sum(count for target, count in counts.items() if _counts_against(allowance, target))
            paces.append(calls / (allowance.limit - math.floor(WORK_SHARE * allowance.limit)))
    limits = {target: router.table.model(target).requests_per_minute for target in counts}
    paces += [counts[target] / limit for target, limit in limits.items() if limit]
    return max(1, round(max(paces)))


def _daily_allowances(allowances: Iterable[Allowance]) -> list[Allowance]:
    return [allowance for allowance in allowances if allowance.unit == "requests" and allowance.span >= _DAY]


def _counts_against(allowance: Allowance, target: Target) -> bool:
    return target.provider == allowance.provider and allowance.model in ("", target.model)
