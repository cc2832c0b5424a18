"""How fast allowances are being used now, from the latest attempts in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.store.database.reading.readers import Readers
from router.store.database.times import stamp

MINUTE, HOUR = 60.0, 3_600.0

_LATEST = 5_000  # attempts looked at: more than any free tier gives in an hour
_SQL = f"""
    SELECT account, model, count(*), count(*) FILTER (WHERE started_at >= ?),
           coalesce(sum(CASE WHEN started_at >= ? THEN prompt_tokens + completion_tokens END), 0)
    FROM (SELECT * FROM attempts ORDER BY id DESC LIMIT {_LATEST}) AS latest
    WHERE started_at >= ? AND coalesce(sent, 1) = 1 GROUP BY account, model
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls in the last hour and minute, and tokens in the last minute."""

    calls_an_hour: int = 0
    calls_a_minute: int = 0
    tokens_a_minute: int = 0

    def __add__(self, pace: Pace) -> Pace:
        return Pace(
            self.calls_an_hour + pace.calls_an_hour,
            self.calls_a_minute + pace.calls_a_minute,
            self.tokens_a_minute + pace.tokens_a_minute,
        )

    def per_second(self, unit: str, span: float) -> float:
        """How much of an allowance of `unit` (`requests`, `tokens`) for `span` seconds goes in a second.

        What is meant for a day is judged by the last hour, the rest by the last minute.
        """
        if unit == "tokens":
            return self.tokens_a_minute / MINUTE
        return self.calls_an_hour / HOUR if span > HOUR else self.calls_a_minute / MINUTE


class Paces:
    """Reads them."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, now: float) -> Mapping[tuple[str, str], Pace]:
        """The pace of each account and model that was called in the last hour."""
        minute = stamp(now - MINUTE)
        rows = self._readers.rows(_SQL, (minute, minute, stamp(now - HOUR))) or ()
        return {(account, model): Pace(*counts) for account, model, *counts in rows}
