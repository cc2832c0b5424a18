"""Keys of the gateway, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppKey:
    """One app's key, as it is kept: the key itself is not.

    Attributes:
        id: tells it from an earlier key of the same name.
        name: the app's, as the log has it.
        digest: the key's SHA-256 in hexadecimal digits.
        start: the key's first characters, to tell it by.
        created_at, expires_at, revoked_at, last_used_at: seconds since the epoch; None where there is no such moment.
        per_minute, per_day: the most requests within a minute and a day of UTC; None is no limit.
        tasks: the task types that it may be used for; None is all.
        minute_used, day_used, used: requests of this minute, of this day, and in all, when it was read.
    """

    id: int
    name: str
    digest: str
    start: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None
    per_minute: int | None = None
    per_day: int | None = None
    tasks: tuple[str, ...] | None = None
    minute_used: int = 0
    day_used: int = 0
    used: int = 0

    def holds_at(self, now: float) -> bool:
        """Whether it is in force: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
