"""The axes of plots: the time that they cover, and marks that no value stands above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np

from router.store import Point

_MINUTE, _DAY = 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a plot covers.

    Attributes:
        start, end: seconds since the epoch.
        bucket: seconds that one bar stands for.
        note: `simulated` or the like, for the title; simulated figures are hatched.
        zone: whose clock it is.
        now: seconds since the epoch; the bucket that it lies in is not over.
    """

    start: float
    end: float
    bucket: float
    note: str = ""
    zone: tzinfo = UTC
    now: float = math.inf

    def moment(self, epoch: float) -> datetime:
        """A moment as the plot has it: in the zone, without naming it."""
        return datetime.fromtimestamp(epoch, self.zone).replace(tzinfo=None)

    def middles(self, points: Sequence[Point]) -> np.ndarray:
        """Where the plot has these: in the middle of their buckets."""
        return np.array([self.moment(point.at + self.bucket / 2) for point in points], "datetime64[s]")

    def is_running(self, at: float) -> bool:
        """Whether the bucket that begins then is not over."""
        return at <= self.now < at + self.bucket

    def words(self, at: float) -> str:
        """The bucket that begins then: `11 Nov`, `11 Nov, 14:00–15:00`, `11 Nov, 14:05`."""
        moment = self.moment(at)
        words = f"{moment.day} {moment:%b}"
        if self.bucket < _DAY:
            words += f", {moment:%H:%M}"
        if _MINUTE < self.bucket < _DAY:
            words += f"–{self.moment(at + self.bucket):%H:%M}"
        return f"{words}, so far" if self.is_running(at) else words


_DECADES = (0.001, 0.01, 0.1, 1, 10, 100, 1_000)
SECONDS = tuple(round(decade * times, 3) for decade in _DECADES for times in (1, 2, 5))
_MOST_MARKS = 7


def seconds_axis(shown: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis that begins and ends at a mark, with a handful of marks however far apart the times are."""
    least, most = min(shown, default=1.0), max(shown, default=1.0)
    for marks in (SECONDS, _DECADES):
        low = max((mark for mark in marks if mark < least), default=marks[0])
        high = min((mark for mark in marks if mark > most), default=marks[-1])
        within = [mark for mark in marks if low <= mark <= high]
        if len(within) <= _MOST_MARKS:
            break
    return {
        "type": "log", "range": [math.log10(low), math.log10(high)], "tickvals": within,
        "ticktext": [f"{mark:g}" for mark in within],
    }  # fmt: skip


def steps_axis(most: float, *, least: float = 0.0) -> dict[str, Any]:
    """An axis from nothing to a mark that no value stands above.

    Args:
        least: the least step between marks: 1 of what is counted.
    """
    wanted = max(most / 5, least, 1e-6)
    size = 10.0 ** math.floor(math.log10(wanted) + _TINY)
    step = next(times * size for times in (1, 2, 5, 10) if times * size >= wanted * (1 - _TINY))
    return {"dtick": step, "range": [0, step * max(math.ceil(most / step - _TINY), 1)]}


_TINY = 1e-9
"""What floating point may be off by, so that 0.3 is three tenths."""
