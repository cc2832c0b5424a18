"""The arithmetic of an evaluation: a share's interval, two targets on the same cases, and how many more would tell.

Exact where that can be had: outcomes are few and whole numbers, so nothing here needs more than the standard library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with the bounds between which it lies, each from 0 to 1."""

    share: float
    low: float
    high: float


def wilson_interval(right: int, cases: int, confidence: float = 0.95) -> Interval:
    """The share `right` of `cases` with its score interval (Wilson 1927), which holds for few cases too.

    Raises:
        ValueError: there are no cases, or more right ones than there are.
    """
    if not 0 <= right <= cases or cases == 0:
        raise ValueError(f"{right} of {cases} is no share")
    z = _NORMAL.inv_cdf(0.5 + confidence / 2)
    share = right / cases
    middle = share + z * z / (2 * cases)
    reach = z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    whole = 1 + z * z / cases
    # At the ends rounding would leave a bound a hair beyond what a share can be.
    return Interval(share, max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole))


def at_least_by_chance(wins: int, losses: int) -> float:
    """How likely so many wins or more are where neither side is better: the exact one-sided sign test.

    Cases that both get right, or both wrong, say nothing of which is better and are left out, as McNemar does.
    """
    decided = wins + losses
    ways: int = sum(math.comb(decided, count) for count in range(wins, decided + 1))
    return ways / 2**decided if decided else 1.0


def mcnemar_exact(wins: int, losses: int) -> float:
    """McNemar's exact test, two-sided: how likely a difference as large as this is where neither side is better."""
    return min(1.0, 2 * at_least_by_chance(max(wins, losses), min(wins, losses)))


def least_difference(wins: int, losses: int, cases: int, confidence: float = 0.95) -> float:
    """The least by which one side's share may lie above the other's, one-sided; below 0 where it may lie below.

    The paired interval of Agresti and Min (2005): half a case is added to each of the four cells, without which
    sides that never differ would count as surely alike after a handful of cases.
    """
    z = _NORMAL.inv_cdf(confidence)
    padded = cases + 2
    difference = (wins - losses) / padded
    spread = math.sqrt(max(0.0, wins + losses + 1 - (wins - losses) ** 2 / padded)) / padded
    return difference - z * spread


def cases_to_tell(wins: int, losses: int, cases: int, *, level: float, power: float = 0.8) -> int | None:
    """How many cases it takes to tell two sides apart that go on differing as they have; None where they do not differ.

    For the one-sided test at `level`, found in `power` of all such runs (Connor 1987, paired shares).

    Args:
        cases: how many there were, those that both got right or wrong among them.
    """
    if wins == losses or cases == 0:
        return None
    decided, difference = (wins + losses) / cases, abs(wins - losses) / cases
    found, missed = _NORMAL.inv_cdf(1 - level), _NORMAL.inv_cdf(power)
    spread = math.sqrt(max(decided - difference**2, 0.0))
    return math.ceil(((found * math.sqrt(decided) + missed * spread) / difference) ** 2)
