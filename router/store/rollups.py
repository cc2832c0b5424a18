"""Figures that are kept in the transaction that ends a request, so that no page ever counts rows.

By hour and by day, for every combination of provider, model, task, source, purpose and simulated. A group of requests
is added up in memory first, so each roll-up row is written once a group, however many requests it had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from router.store import histograms, times
from router.store.tables import COUNTS, DIMENSIONS, HISTOGRAMS

HOURS_KEPT = 40
"""Days that the hourly figures are kept; older periods are read by day."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that ended, as the figures need it; `outcomes` are (provider, model, outcome) of its attempts."""

    started_at: str
    status: str
    provider: str
    model: str
    task_type: str
    source: str
    purpose: str
    simulated: int
    latency_ms: float | None
    ttft_ms: float | None
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    outcomes: Sequence[tuple[str, str, str]] = ()

    @property
    def saved(self) -> bool:
        """Whether it was answered, but not by the first attempt."""
        return self.status == "succeeded" and len(self.outcomes) > 1

    @property
    def tokens_per_second(self) -> float | None:
        """Completion tokens over the time in which they came."""
        took = (self.latency_ms or 0.0) - (self.ttft_ms or 0.0)
        return self.completion_tokens * 1000.0 / took if took > 0 and self.completion_tokens else None


@dataclass(slots=True)
class _Sum:
    counts: list[float] = field(default_factory=lambda: [0.0] * len(COUNTS))
    histograms: tuple[dict[int, int], ...] = field(default_factory=lambda: tuple({} for _ in HISTOGRAMS))

    def add(self, ended: Ended) -> None:
        status = ended.status
        values = (
            1,
            status == "succeeded",
            status == "failed",
            status == "cancelled",
            ended.saved,
            ended.prompt_tokens,
            ended.completion_tokens,
            ended.cost_usd,
        )
        self.counts = [total + value for total, value in zip(self.counts, values, strict=True)]
        if status == "succeeded":
            for counts, value in zip(
                self.histograms, (ended.latency_ms, ended.ttft_ms, ended.tokens_per_second), strict=True
            ):
                if value is not None:
                    bucket = histograms.bucket_of(value)
                    counts[bucket] = counts.get(bucket, 0) + 1


_KEY = ("bucket", *DIMENSIONS)
_WHERE = " AND ".join(f"{name} = ?" for name in _KEY)
_COLUMNS = ", ".join((*_KEY, *COUNTS, *HISTOGRAMS))
_PLACES = ", ".join("?" for _ in (*_KEY, *COUNTS, *HISTOGRAMS))
_SELECT = {
    table: f"SELECT {', '.join((*COUNTS, *HISTOGRAMS))} FROM {table} WHERE {_WHERE}"
    for table in ("rollup_hours", "rollup_days")
}
_REPLACE = {
    table: f"INSERT OR REPLACE INTO {table} ({_COLUMNS}) VALUES ({_PLACES})"
    for table in ("rollup_hours", "rollup_days")
}
_OUTCOME = (
    "INSERT INTO rollup_outcomes (bucket, provider, model, outcome, task_type, source, purpose, simulated, attempts) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts"
)


class Pending:
    """The figures of a group of requests, added up and not yet written."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, tuple[str | int, ...]], _Sum] = {}
        self._outcomes: dict[tuple[str | int, ...], int] = {}

    def add(self, ended: Ended) -> None:
        """Add one request."""
        dimensions = (
            ended.provider, ended.model, ended.task_type, ended.source, ended.purpose, ended.simulated,
        )  # fmt: skip
        for table, bucket in (
            ("rollup_hours", times.hour(ended.started_at)),
            ("rollup_days", times.day(ended.started_at)),
        ):
            self._sums.setdefault((table, (bucket, *dimensions)), _Sum()).add(ended)
        for provider, model, outcome in ended.outcomes:
            day, task = times.day(ended.started_at), ended.task_type
            key = (day, provider, model, outcome, task, ended.source, ended.purpose, ended.simulated)
            self._outcomes[key] = self._outcomes.get(key, 0) + 1

    def write(self, connection: sqlite3.Connection) -> None:
        """Write them within the open transaction."""
        for (table, key), added in self._sums.items():
            found = connection.execute(_SELECT[table], key).fetchone()
            connection.execute(_REPLACE[table], (*key, *_joined(added, found)))
        if self._outcomes:
            connection.executemany(_OUTCOME, [(*key, count) for key, count in self._outcomes.items()])


def _joined(added: _Sum, found: Sequence[float | bytes] | None) -> list[float | bytes]:
    if found is None:
        return [*added.counts, *(histograms.pack(counts) for counts in added.histograms)]
    count = len(COUNTS)
    totals = [old + new for old, new in zip(found[:count], added.counts, strict=True)]  # type: ignore[operator]
    packed = [_merged(old, new) for old, new in zip(found[count:], added.histograms, strict=True)]  # type: ignore[arg-type]
    return [*totals, *packed]


def _merged(old: bytes, new: dict[int, int]) -> bytes:
    total = histograms.unpack(old)
    for bucket, count in new.items():
        total[bucket] = total.get(bucket, 0) + count
    return histograms.pack(total)


_ENDED_ROWS = """
    SELECT id, started_at, status, coalesce(provider, ''), coalesce(model, ''), task_type, source, purpose, simulated,
           latency_ms, ttft_ms, coalesce(prompt_tokens, 0), coalesce(completion_tokens, 0), coalesce(cost_usd, 0)
    FROM requests WHERE status IN ('succeeded', 'failed', 'cancelled') AND id > ? ORDER BY id LIMIT 2000
"""


def rebuild(connection: sqlite3.Connection) -> int:
    """Make all figures anew from the rows, in one transaction; gives the number of requests.

    Figures of rows that retention has deleted are gone after it. Requests that were interrupted are in no figure.
    """
    connection.execute("BEGIN IMMEDIATE")
    for table in ("rollup_hours", "rollup_days", "rollup_outcomes"):
        connection.execute(f"DELETE FROM {table}")
    last, count = "", 0
    while rows := connection.execute(_ENDED_ROWS, (last,)).fetchall():
        pending = Pending()
        for request_id, *values in rows:
            outcomes = connection.execute(
                "SELECT provider, model, outcome FROM attempts WHERE id > ? AND id < ?",
                (f"{request_id}-", f"{request_id}."),
            ).fetchall()
            pending.add(Ended(*values, outcomes))  # type: ignore[call-arg]  # as selected
        pending.write(connection)
        last, count = rows[-1][0], count + len(rows)
    connection.execute("COMMIT")
    return count
