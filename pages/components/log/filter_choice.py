"""What the filters of Usage and History mean: which requests, and of which period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import streamlit as st

from pages.components.console import looks
from router.store import HOURLY_DAYS, WORK, Filters, by_hour
from router.types import Purpose

HOUR_ALONE = "1 hour"
"""The period that is read by the minute: what a first day has to show."""

PERIODS = {HOUR_ALONE: 1 / 24, "24 hours": 1, "7 days": 7, "30 days": 30, "90 days": 90}
"""Periods that end now, in days."""

DATES = "Dates"
"""The period between two moments, `since` and `until`."""

ROWS = {"Live": False, "Simulated": True, "Both": None}
PURPOSES = {"work": WORK, "all": None} | {purpose.value: purpose.value for purpose in Purpose}
NOBODY = "nobody"
"""In the address: the provider of requests that no model answered, and the app of those that came without one."""

NO_MODEL = "No model"
"""The former on pages."""

_SIZES = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}


@dataclass(frozen=True)
class FilterChoice:
    """What the filters say.

    Attributes:
        filters: for the store.
        period: in words (`24 hours`, or the two moments).
        start, end: seconds since the epoch, whole buckets of time; the last one may still be running.
        elapsed: the part of the period that is over, 0 to 1.
    """

    filters: Filters
    period: str
    start: float
    end: float
    elapsed: float

    @property
    def bucket(self) -> str:
        """What one bar of a plot stands for."""
        if self.filters.by_minute:
            return "minute"
        return "hour" if by_hour(self.start, self.end) else "day"

    @property
    def bucket_seconds(self) -> float:
        """... in seconds."""
        return _SIZES[self.bucket]

    @property
    def note(self) -> str:
        """What plots and tables of these say beside their titles; nothing for live requests."""
        return {False: "", True: "simulated", None: "live and simulated"}[self.filters.simulated]

    @property
    def before(self) -> Filters:
        """The same filters over the period of the same length just before."""
        return self.filters.before(self.end)

    def by_minute(self, start: float, end: float) -> FilterChoice:
        """The same requests within a recent hour or two, by the minute.

        Args:
            start, end: seconds since the epoch, whole minutes.
        """
        filters = replace(self.filters, start=start, end=end, by_minute=True)
        return replace(self, filters=filters, start=start, end=end)


def choice_of(chosen: Mapping[str, Any], now: float, *, exact: bool) -> FilterChoice:
    """What the filters' values mean; the page ends where two moments make no period.

    Args:
        chosen: the values by the filters' names.
        exact: whether two moments are meant as they stand.
    """
    start, end, words_of_it = _span(chosen, now, exact)
    filters = Filters(
        start=start,
        end=end,
        provider="" if chosen["provider"] == NOBODY else chosen["provider"],
        model=chosen["model"],
        task_type=chosen["task"],
        source=chosen["source"],
        app="" if chosen["app"] == NOBODY else chosen["app"],
        purpose=PURPOSES[chosen["purpose"]],
        simulated=ROWS[chosen["rows"]],
        by_minute=chosen["period"] == HOUR_ALONE,
    )
    return FilterChoice(filters, words_of_it, start, end, min(1.0, (now - start) / (end - start)))


def _span(chosen: Mapping[str, Any], now: float, exact: bool) -> tuple[float, float, str]:
    """Whole buckets of time; a period of n days has the bucket that is still running as its last."""
    if (period := chosen["period"]) in PERIODS:
        return *_named_span(period, now), f"the last {'hour' if period == HOUR_ALONE else period}"
    start = _epoch_of(chosen["since"])
    end = _epoch_of(chosen["until"]) if chosen["until"] else now
    if end <= start:
        st.error("This period ends before it begins. Choose an earlier start or a later end.")
        st.stop()
    size = _SIZES["minute" if exact else "hour" if by_hour(start, end) else "day"]
    start, end = start // size * size, -(-end // size) * size
    return start, end, f"{_day(start)} to {_day(end)}"


def _named_span(period: str, now: float) -> tuple[float, float]:
    days = PERIODS[period]
    size = _SIZES["minute" if days < 1 else "hour" if days <= HOURLY_DAYS else "day"]
    end = (now // size + 1) * size
    return end - days * _SIZES["day"], end


def period_of(filters: Filters, now: float) -> str | None:
    """The period that these filters hold whole, by its name; None where they hold another span of time."""
    span = filters.start, filters.end
    return next(
        (name for name in PERIODS if _named_span(name, now) == span and (name == HOUR_ALONE) is filters.by_minute), None
    )


def _epoch_of(moment: datetime) -> float:
    return moment.replace(tzinfo=looks.zone()).timestamp()


def _day(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, looks.zone()).strftime("%d %b %Y, %H:%M")
