"""Incidents: times in which a target failed much more often than it usually does, and how requests fared meanwhile."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from router.store import BucketFailure, Figures, Filters, Totals

FEWEST = 5
"""Fewer failed attempts than these in an hour (or a day) are no incident."""

MOST = 10
"""So many are told, those with the most failed attempts."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A target's bad time.

    Attributes:
        start, end: seconds since the epoch.
        outcomes: (outcome, attempts), the most frequent first.
        meanwhile: the figures of all requests of that time, by whomever they were answered.
    """

    provider: str
    model: str
    start: float
    end: float
    outcomes: tuple[tuple[str, int], ...]
    meanwhile: Totals

    @property
    def attempts(self) -> int:
        """How many failed."""
        return sum(count for _, count in self.outcomes)


def find_incidents(figures: Figures, filters: Filters) -> list[Incident]:
    """The worst of a period, in the order in which they began."""
    width, found = figures.failures_over_time(filters)
    targets = {(failure.provider, failure.model) for failure in found}
    end = filters.end if filters.end is not None else max((failure.at for failure in found), default=0.0) + width
    buckets = max(1, round((end - filters.start) / width))
    stretches = [
        stretch
        for target in targets
        for stretch in _stretches([one for one in found if (one.provider, one.model) == target], width, buckets)
    ]
    worst = sorted(stretches, key=lambda stretch: -sum(one.attempts for one in stretch))[:MOST]
    return sorted((_told(figures, filters, stretch, width) for stretch in worst), key=lambda one: one.start)


def _stretches(own: Sequence[BucketFailure], width: float, buckets: int) -> list[list[BucketFailure]]:
    """Runs of neighbouring buckets in which a target failed at least twice as often as in the middle one."""
    sums: dict[float, int] = {}
    for one in own:
        sums[one.at] = sums.get(one.at, 0) + one.attempts
    usual = statistics.median([*sums.values(), *[0] * max(0, buckets - len(sums))])
    bad = sorted(at for at, count in sums.items() if count >= max(FEWEST, 2 * usual))
    found: list[list[float]] = []
    for at in bad:
        if found and at - found[-1][-1] <= width * 1.5:
            found[-1].append(at)
        else:
            found.append([at])
    return [[one for one in own if one.at in stretch] for stretch in found]


def _told(figures: Figures, filters: Filters, stretch: Sequence[BucketFailure], width: float) -> Incident:
    start, end = min(one.at for one in stretch), max(one.at for one in stretch) + width
    counts: dict[str, int] = {}
    for one in stretch:
        counts[one.outcome] = counts.get(one.outcome, 0) + one.attempts
    outcomes = tuple(sorted(counts.items(), key=lambda item: -item[1]))
    # All requests of that time: who answered in its place is no longer of that provider or model.
    meanwhile = figures.totals(replace(filters, start=start, end=end, provider=None, model=None))
    return Incident(stretch[0].provider, stretch[0].model, start, end, outcomes, meanwhile)
