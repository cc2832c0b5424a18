"""How the commands read their arguments: a value that cannot be used is named, with what is allowed."""

from __future__ import annotations

import argparse
from contextlib import suppress
from datetime import UTC, datetime, timedelta

_SHOWN = 40  # characters of a value that cannot be used


def read_port(text: str) -> int:
    """A port; 0 is any free one.

    Raises:
        argparse.ArgumentTypeError: as all readers do, which argparse prints.
    """
    if not text.isdecimal() or len(text) > 5 or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]} is no port from 0 (any free one) to 65535")
    return int(text)


def read_pace(text: str) -> float:
    """What natural delays are multiplied with."""
    pace = _read_number(text)
    if pace is None or not 0 <= pace <= 100:
        raise argparse.ArgumentTypeError(
            f"{text[:_SHOWN]} is no pace from 0 (at once) to 100 (a hundred times as slow)"
        )
    return pace


def read_days(text: str) -> float:
    """A length of time in days."""
    days = _read_number(text)
    if days is None or not 0 <= days < 36_500:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]} is no number of days from 0 to 36,500")
    return days


def read_count(text: str) -> int:
    """How many of something, at least one."""
    if not text.isdecimal() or not 1 <= len(text) <= 4 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]} is no number from 1 to 9999")
    return int(text)


def read_requests(text: str) -> int:
    """A whole number of requests; which ones are a limit, `new_key` says."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]} is no whole number of requests") from None


def read_last_day(text: str) -> float:
    """The end of a day of UTC, in seconds since the epoch."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return (day + timedelta(days=1)).timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text[:_SHOWN]} is no date such as 2027-01-31") from None


def _read_number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text)  # "nan" is one, and within no range
    return None
