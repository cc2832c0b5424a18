"""Times as the database writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(epoch: float) -> str:
    """`2026-11-24T08:30:00.123Z`."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_of(text: str) -> float:
    """Seconds since the epoch; reads a stamp, a minute (`2026-11-24T08:30`), an hour (`2026-11-24T08`) or a day."""
    if len(text) == 13:
        text += ":00:00"
    moment = datetime.fromisoformat(text.replace("Z", ""))
    return moment.replace(tzinfo=UTC).timestamp()


def minute(text: str) -> str:
    """A stamp's minute."""
    return text[:16]


def hour(text: str) -> str:
    """A stamp's hour."""
    return text[:13]


def day(text: str) -> str:
    """A stamp's day."""
    return text[:10]
