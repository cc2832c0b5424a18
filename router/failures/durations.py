"""Times that providers state, in all the forms they use; clamped, so that no reply keeps a target out for ever."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

MINUTE, DAY = 60.0, 86_400.0

LONGEST = 31 * DAY
"""Seconds: no stated time is believed for longer than this."""

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|µs|us|ns|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_TRY_AGAIN = re.compile(r"(?i)(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|µs|us|ns|d|h|m|s))+)")


def clamp(seconds: float) -> float:
    """Bring a duration into 0 … `LONGEST` seconds; what is no number becomes 0."""
    return 0.0 if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST)


def grown(base: float, cap: float, strikes: int) -> float:
    """`base` seconds doubled with every strike after the first, never over `cap`."""
    return min(cap, base * 2.0 ** min(max(strikes - 1, 0), 32))


def duration(text: str) -> float | None:
    """Seconds in a Go duration such as `7.66s`, `134ms` or `1h34m52.896s`; None where it is none."""
    text = text.strip()
    if not _DURATION.fullmatch(text):
        return None
    return clamp(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def duration_in(message: str) -> float | None:
    """Seconds in a sentence such as "Please try again in 7m30.5s."; None where none is named."""
    wait = _TRY_AGAIN.search(message)
    return duration(wait.group(1)) if wait else None


def number(value: object) -> float | None:
    """A finite number out of a JSON value or a header; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


@lru_cache(maxsize=64)  # every reply has one, and those of a second have the same
def http_date(value: str) -> float | None:
    """Seconds since the epoch in an HTTP date; without a zone it is UTC, as HTTP has it. None where it is no date."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def epoch(value: object) -> float | None:
    """Seconds since the epoch, given in seconds or (as OpenRouter sends it) in milliseconds; None where it is none."""
    moment = number(value)
    if moment is None or moment <= 0:
        return None
    return moment / 1000.0 if moment > 1e11 else moment


def until_midnight(now: float) -> float:
    """Seconds until the next 00:00 UTC, when daily allowances are made anew."""
    return DAY - now % DAY


def utc(epoch: float | None) -> datetime | None:
    """An aware datetime; None for None, and for what lies beyond the calendar."""
    try:
        return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
    except (ValueError, OverflowError, OSError):
        return None
