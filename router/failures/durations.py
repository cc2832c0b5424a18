"""Times that providers state, in all the forms they use; clamped, so that no reply keeps a target out for ever."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, DAY = 60.0, 86_400.0

LONGEST = 31 * DAY
"""Seconds: no stated time is believed for longer than this."""

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|µs|us|ns|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_TRY_AGAIN = re.compile(
    r"(?i)(?:try again|retry|wait)(?: in| after| for)? ((?:\d+(?:\.\d+)?(?:ms|µs|us|ns|d|h|m|s)(?![a-z]))+"
    r"|(\d+(?:\.\d+)?) (second|minute|hour)s?\b)"
)
_WORDS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0}


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


_SPELT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b[\s,]*(?:and\s+)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


def any_duration(text: str) -> float | None:
    """Seconds of a time in any form: `1m30s`, `90 seconds`, `PT1M30S`, `00:01:30`; None where it is none."""
    text = text.strip(" \t\"';")[:100]
    if (seconds := duration(text)) is not None:
        return seconds
    if (clock := _CLOCK.fullmatch(text)) is not None:
        return clamp(int(clock[1]) * 3_600.0 + int(clock[2]) * 60.0 + int(clock[3]))
    if len(text) > 2 and (iso := _ISO.fullmatch(text)) is not None:
        sizes = zip(iso.groups(), (DAY, 3_600.0, MINUTE, 1.0), strict=True)
        return clamp(sum(float(part or 0) * size for part, size in sizes))
    parts = list(_SPELT.finditer(text))
    if not parts or sum(len(part[0]) for part in parts) != len(text):
        return None
    return clamp(sum(float(part[1]) * _unit_of(part[2].lower()) for part in parts))


def _unit_of(word: str) -> float:
    if word.startswith(("ms", "milli")):
        return 0.001
    return _UNITS[word[0]]


def duration_in(message: str) -> float | None:
    """Seconds in "Please try again in 7m30.5s" or "Please wait 40 seconds before retrying"; None without any."""
    wait = _TRY_AGAIN.search(message)
    if wait is None:
        return None
    return clamp(float(wait[2]) * _WORDS[wait[3].lower()]) if wait[2] else duration(wait[1])


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


def any_date(value: str) -> float | None:
    """Seconds since the epoch in an ISO or an HTTP date; without a zone it is UTC. None where it is no date."""
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return http_date(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def epoch(value: object) -> float | None:
    """Seconds since the epoch, given in seconds or in milliseconds; None where it is none."""
    moment = number(value)
    if moment is None or moment <= 0:
        return None
    return moment / 1000.0 if moment > 1e11 else moment


def is_epoch(moment: float) -> bool:
    """Whether a number is a moment rather than a length of time: no wait takes thirty years."""
    return moment >= 1e9


def until_midnight(now: float, zone: str = "UTC") -> float:
    """Seconds until the next 00:00 of a time zone, when daily allowances are made anew."""
    if zone == "UTC":
        return DAY - now % DAY
    return midnight_before(midnight_before(now, zone) + 1.5 * DAY, zone) - now


def midnight_before(now: float, zone: str = "UTC") -> float:
    """When the day of `now` began in a time zone, in seconds since the epoch."""
    if zone == "UTC":
        return now - now % DAY
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    # Of the calendar and not of the clock: a day on which clocks are changed has another length.
    return datetime.combine(local.date(), time.min, local.tzinfo).timestamp()


def utc(epoch: float | None) -> datetime | None:
    """An aware datetime; None for None, and for what lies beyond the calendar."""
    try:
        return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
    except (ValueError, OverflowError, OSError):
        return None
