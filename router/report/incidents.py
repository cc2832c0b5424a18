"""Incidents: times in which a target failed much more often than it usually does, and how requests fared meanwhile."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from router.store import BucketFailure, Figures, FigureTotals, Filters

FEWEST = 5
"""Fewer failed attempts than these in an hour (or a day) are no incident."""

USUAL_DAYS = 30.0
"""What is usual is what was so in these days up to the end of the period, whether it is longer or shorter."""

MOST = 10
"""So many are told, those with the most failed attempts."""


_DAY = 86_400.0


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
    meanwhile: FigureTotals

    @property
    def attempts(self) -> int:
        """How many failed."""
        return sum(count for _, count in self.outcomes)


def find_incidents(figures: Figures, filters: Filters) -> list[Incident]:
    """The worst of a period, in the order in which they began."""
    width, failures = figures.failures_over_time(filters)
    end = filters.end if filters.end is not None else max((failure.at for failure in failures), default=0.0) + width
    usual = _usual(figures, replace(filters, end=end), width)
    stretches = [
        stretch
        for target in {(failure.provider, failure.model) for failure in failures}
        for stretch in _stretches(
            [failure for failure in failures if (failure.provider, failure.model) == target],
            width,
            usual.get(target, 0.0),
        )
    ]
    worst = sorted(stretches, key=lambda stretch: -sum(failure.attempts for failure in stretch))[:MOST]
    return sorted(
        (_incident_of(figures, filters, stretch, width) for stretch in worst), key=lambda incident: incident.start
    )


def _usual(figures: Figures, filters: Filters, width: float) -> dict[tuple[str, str], float]:
    """How many attempts of each target fail in the middle one of a bucket of this width.

    It is looked for in a longer time than a short period, so that an outage of a whole day is not taken for usual.
    """
    end = filters.end or 0.0
    start = min(filters.start, end - USUAL_DAYS * _DAY)
    usual_width, failures = figures.failures_over_time(replace(filters, start=start))
    sums: dict[tuple[str, str], dict[float, int]] = {}
    for failure in failures:
        counts = sums.setdefault((failure.provider, failure.model), {})
        counts[failure.at] = counts.get(failure.at, 0) + failure.attempts
    buckets = max(1, round((end - start) / usual_width))
    return {
        target: statistics.median([*counts.values(), *[0] * max(0, buckets - len(counts))]) * width / usual_width
        for target, counts in sums.items()
    }


def _stretches(failures: Sequence[BucketFailure], width: float, usual: float) -> list[list[BucketFailure]]:
    """Runs of neighbouring buckets in which a target failed at least twice as often as is usual."""
    sums: dict[float, int] = {}
    for failure in failures:
        sums[failure.at] = sums.get(failure.at, 0) + failure.attempts
    bad = sorted(at for at, count in sums.items() if count >= max(FEWEST, 2 * usual))
    runs: list[list[float]] = []
    for at in bad:
        if runs and at - runs[-1][-1] <= width * 1.5:
            runs[-1].append(at)
        else:
            runs.append([at])
    return [[failure for failure in failures if failure.at in stretch] for stretch in runs]


def _incident_of(figures: Figures, filters: Filters, stretch: Sequence[BucketFailure], width: float) -> Incident:
    start, end = min(failure.at for failure in stretch), max(failure.at for failure in stretch) + width
    counts: dict[str, int] = {}
    for failure in stretch:
        counts[failure.outcome] = counts.get(failure.outcome, 0) + failure.attempts
    outcomes = tuple(sorted(counts.items(), key=lambda item: -item[1]))
    # All requests of that time: who answered in its place is no longer of that provider or model.
    meanwhile = figures.totals(replace(filters, start=start, end=end, provider=None, model=None))
    return Incident(
        provider=stretch[0].provider,
        model=stretch[0].model,
        start=start,
        end=end,
        outcomes=outcomes,
        meanwhile=meanwhile,
    )
