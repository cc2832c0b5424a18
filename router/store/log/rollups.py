"""Figures that are kept in the transaction that ends a request, so that no page ever counts rows.

By hour (recent days only) and by day, for every combination of provider, model, task, source, purpose, simulated and
app, and for the two smaller combinations of `router.store.database.tables.SLICES`. A group of requests is added up in
memory first, so each roll-up row is written once a group, however many requests it had.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import add

from router.store.database import times
from router.store.database.connections import SqlConnection
from router.store.database.statements import Addition, Sum
from router.store.database.tables import COUNTS, DIMENSIONS, HISTOGRAMS, SLICES, WIDTHS, failures, rollups
from router.store.log import histograms
from router.types import attempt_failed

HOURLY_DAYS_KEPT = 40
"""Days that the hourly figures are kept; older periods are read by day."""


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """One attempt of a request, as the figures need it: who was called, and the columns that tell how it ended."""

    provider: str
    model: str
    outcome: str
    came_to: str | None = None


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """A request that ended, as the figures need it.

    Attributes:
        attempts: in order.
        passed_over: whether a target that comes ahead of those was left out because it had failed or had run dry.
        cached: whether it was an earlier answer, given again by the cache.
    """

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
    attempts: Sequence[EndedAttempt] = ()
    passed_over: bool = False
    app: str = ""
    cached: bool = False

    @property
    def saved(self) -> bool:
        """Whether a fallback answered: another target than the one it would have gone to on a good day."""
        if self.status != "succeeded" or not self.attempts:
            return False
        first, last = self.attempts[0], self.attempts[-1]
        return self.passed_over or (first.provider, first.model) != (last.provider, last.model)

    @property
    def tokens_per_second(self) -> float | None:
        """Completion tokens over the time in which they came."""
        writing_ms = (self.latency_ms or 0.0) - (self.ttft_ms or 0.0)
        tokens = _bounded_count(self.completion_tokens)
        return tokens * 1000.0 / writing_ms if writing_ms > 0 and tokens else None


OUT_OF_ACTION = ("cooling down", "held", "half-open", "no allowance")  # "held": as older versions wrote it
"""States for which a target is passed over that would have been called on a good day."""


def was_passed_over(skipped: str | None) -> bool:
    """Whether what a request passed over, as the log has it, names a target that was out of action."""
    return skipped is not None and any(f'"state":"{state}"' in skipped for state in OUT_OF_ACTION)


MOST_COUNTED = 10**12
"""What is counted for one request at most, tokens or dollars: sums stay within the numbers that are exact."""

_Key = tuple[str | int, ...]


def _bounded_count(count: float) -> float:
    return min(max(count, 0), MOST_COUNTED)


@dataclass(slots=True)
class RequestSums:
    """The figures of some requests, added up.

    Attributes:
        counts: in the order of `tables.COUNTS`.
        histograms: in the order of `tables.HISTOGRAMS`: how many values are in each bucket.
    """

    counts: list[float] = field(default_factory=lambda: [0.0] * len(COUNTS))
    histograms: tuple[dict[int, int], ...] = field(default_factory=lambda: tuple({} for _ in HISTOGRAMS))

    def add(self, ended: EndedRequest) -> None:
        """Add one request."""
        counts = self.counts
        counts[0] += 1
        if ended.status == "succeeded":
            counts[1] += 1
            counts[4] += ended.saved
            counts[8] += ended.cached
            if not ended.cached:  # no target took that time
                self._count_times(ended)
        elif ended.status == "failed":
            counts[2] += 1
        else:
            counts[3] += 1
        counts[5] += _bounded_count(ended.prompt_tokens)
        counts[6] += _bounded_count(ended.completion_tokens)
        counts[7] += _bounded_count(ended.cost_usd)

    def _count_times(self, ended: EndedRequest) -> None:
        values = (ended.latency_ms, ended.ttft_ms, ended.tokens_per_second)
        for counts, value in zip(self.histograms, values, strict=True):
            if value is not None:
                bucket = histograms.bucket_of(value)
                counts[bucket] = counts.get(bucket, 0) + 1

    def merge(self, sums: RequestSums) -> None:
        """Add what others were added up to."""
        self.counts = list(map(add, self.counts, sums.counts))
        for counts, added in zip(self.histograms, sums.histograms, strict=True):
            _add_counts(counts, added)


def _add_counts(counts: dict[int, int], added: dict[int, int]) -> None:
    for bucket, count in added.items():
        counts[bucket] = counts.get(bucket, 0) + count


class _Slice:
    """One roll-up, and how requests are added to it."""

    def __init__(self, width: str, end: str) -> None:
        self.places = [DIMENSIONS.index(name) for name in SLICES[end]]
        self.addition = Addition(rollups[width, end].name, ("bucket", *SLICES[end]), COUNTS, HISTOGRAMS)

    def rows_of(self, sums: dict[tuple[str, _Key], RequestSums]) -> Sum:
        """The rows of what was summed up by bucket and dimensions."""
        return self.addition, [
            (*key, *added.counts, *map(histograms.pack, added.histograms))
            for key, added in self._summed_up(sums).items()
        ]

    def _summed_up(self, sums: dict[tuple[str, _Key], RequestSums]) -> dict[_Key, RequestSums]:
        if len(self.places) == len(DIMENSIONS):
            return {(bucket, *dimensions): added for (bucket, dimensions), added in sums.items()}
        smaller: dict[_Key, RequestSums] = {}
        for (bucket, dimensions), added in sums.items():
            key = (bucket, *(dimensions[place] for place in self.places))
            smaller.setdefault(key, RequestSums()).merge(added)
        return smaller


_SLICES = {(width, end): _Slice(width, end) for width in WIDTHS for end in SLICES}
_FAILURES = {
    width: Addition(
        table.name,
        ("bucket", "provider", "model", "outcome", "task_type", "source", "purpose", "simulated", "app"),
        ("attempts",),
    )
    for width, table in failures.items()
}
ADDITIONS = {
    addition.table: addition for addition in (*(part.addition for part in _SLICES.values()), *_FAILURES.values())
}
"""How each table of figures is added to, by its name."""

_BUCKET = {"hours": times.hour, "days": times.day}


class Pending:
    """The figures of a group of requests, added up and not yet written."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, _Key], RequestSums] = {}
        self._failures: dict[tuple[str, _Key], int] = {}

    def add(self, ended: EndedRequest) -> None:
        """Add one request."""
        dimensions: _Key = (
            ended.provider, ended.model, ended.task_type, ended.source, ended.purpose, ended.simulated, ended.app,
        )  # fmt: skip
        hour = times.hour(ended.started_at)
        sums = self._sums.get((hour, dimensions))
        if sums is None:
            sums = self._sums[hour, dimensions] = RequestSums()
        sums.add(ended)
        for attempt in ended.attempts:
            if attempt_failed(attempt.outcome, attempt.came_to):
                key = (hour, (attempt.provider, attempt.model, attempt.outcome, *dimensions[2:]))
                self._failures[key] = self._failures.get(key, 0) + 1

    def write(self, connection: SqlConnection) -> None:
        """Write them within the open transaction."""
        if not self._sums:
            return
        oldest = oldest_hour()
        recent = {key: added for key, added in self._sums.items() if key[0] >= oldest}
        by_day: dict[tuple[str, _Key], RequestSums] = {}
        for (hour, dimensions), added in self._sums.items():
            by_day.setdefault((times.day(hour), dimensions), RequestSums()).merge(added)
        answers = [part.rows_of(recent if width == "hours" else by_day) for (width, _), part in _SLICES.items()]
        connection.add_up([*answers, *(self._failures_in(width, oldest) for width in _FAILURES)])

    def _failures_in(self, width: str, oldest: str) -> Sum:
        return _FAILURES[width], [
            (_BUCKET[width](hour), *dimensions, count)
            for (hour, dimensions), count in self._failures.items()
            if width == "days" or hour >= oldest
        ]


def oldest_hour() -> str:
    """The hour from which on hourly figures are kept."""
    return times.hour(times.stamp(time.time() - HOURLY_DAYS_KEPT * 86_400.0))


def trim_hours(connection: SqlConnection) -> None:
    """Delete the hourly figures that are too old."""
    for table in (*(rollups["hours", end] for end in SLICES), failures["hours"]):
        connection.execute(f"DELETE FROM {table.name} WHERE bucket < ?", (oldest_hour(),))


# --- made anew from the rows -----------------------------------------------------------------------------------------

_CHUNK = 2_000
_ROWS = f"""
    SELECT id, started_at, status, coalesce(provider, ''), coalesce(model, ''), task_type, source, purpose, simulated,
           latency_ms, ttft_ms, coalesce(prompt_tokens, 0), coalesce(completion_tokens, 0), coalesce(cost_usd, 0),
           coalesce(skipped, ''), coalesce(app, ''), cached_from
    FROM requests WHERE id > ? ORDER BY id LIMIT {_CHUNK}
"""
_ATTEMPTS = "SELECT request_id, provider, model, outcome, came_to FROM attempts WHERE id > ? AND id < ? ORDER BY id"
ENDED = ("succeeded", "failed", "cancelled")
"""How a request ends that is in the figures: those that were interrupted are in none."""

_ROWS_SINCE = "SELECT value FROM counters WHERE name = 'rows_since'"


def rows_since(connection: SqlConnection) -> str:
    """The day from which on there are rows; what was before it is in the figures alone."""
    row = connection.execute(_ROWS_SINCE).fetchone()
    return times.day(times.stamp(row[0])) if row else ""


def rebuild(connection: SqlConnection) -> int:
    """Make the figures anew from the rows, a day at a time, while others write; gives the number of requests.

    Days whose rows retention has deleted keep their figures. Requests that were interrupted are in no figure.
    """
    floor = rows_since(connection)
    days = "SELECT DISTINCT bucket FROM rollup_days WHERE bucket >= ?"
    pending_days = {day for (day,) in connection.execute(days, (floor,))}
    last, count = "", 0
    while (day := _day_behind(connection, last)) is not None:
        with connection.transaction():
            connection.hold_figures()
            if day >= floor:
                _forget_day(connection, day)
            last, ended = _rebuild_day(connection, day, last, floor)
        pending_days.discard(day)
        count += ended
    for day in pending_days:  # figures without a row
        with connection.transaction():
            connection.hold_figures()
            _forget_day(connection, day)
    return count


def _day_behind(connection: SqlConnection, last: str) -> str | None:
    sql = "SELECT started_at FROM requests WHERE id > ? ORDER BY id LIMIT 1"
    row = connection.execute(sql, (last,)).fetchone()
    return None if row is None else times.day(row[0])


def _rebuild_day(connection: SqlConnection, day: str, last: str, floor: str) -> tuple[str, int]:
    """Add the rows behind `last` up to the first of a later day; gives the last one's id, and how many had ended.

    Ids and times differ by some milliseconds, so a row of the day before may come here: it is added to its own day.
    """
    count, going = 0, True
    while going:
        rows = connection.execute(_ROWS, (last,)).fetchall()
        cut = next((place for place, row in enumerate(rows) if times.day(row[1]) > day), len(rows))
        going = cut == _CHUNK
        if cut:
            last = rows[cut - 1][0]
            count += _add_rows(connection, [row for row in rows[:cut] if times.day(row[1]) >= floor])
    return last, count


def _add_rows(connection: SqlConnection, rows: Sequence[Sequence[object]]) -> int:
    if not rows:
        return 0
    attempts: dict[object, list[EndedAttempt]] = {}
    span = (f"{rows[0][0]}-", f"{rows[-1][0]}.")
    for request_id, *attempt in connection.execute(_ATTEMPTS, span):
        attempts.setdefault(request_id, []).append(EndedAttempt(*attempt))
    pending, ended = Pending(), [row for row in rows if row[2] in ENDED]
    for request_id, *values, skipped, app, source in ended:
        further = attempts.get(request_id, ()), was_passed_over(str(skipped)), app, source is not None
        pending.add(EndedRequest(*values, *further))  # type: ignore[arg-type,call-arg]  # as selected
    pending.write(connection)
    return len(ended)


def _forget_day(connection: SqlConnection, day: str) -> None:
    span = (day, f"{day}~")  # an hour's name begins with its day's, and ~ sorts behind all that follows
    for table in _all_tables():
        connection.execute(f"DELETE FROM {table} WHERE bucket >= ? AND bucket < ?", span)


def _all_tables() -> Iterable[str]:
    return (table.name for table in (*rollups.values(), *failures.values()))
