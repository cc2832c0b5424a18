"""Figures from the roll-ups: one query for a view, whose cells are then added up in whatever ways it shows them.

Periods are rounded outwards to whole buckets: hours for recent periods of up to `HOURLY_DAYS` days, days for all
others. So a figure for "the last 24 hours" holds the whole hour in which it begins. A recent hour can be read by the
minute (`router.store.log.minutes`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import add
from typing import Any

from sqlalchemy import Column, Table, and_, func, select

from router.store.database import tables, times
from router.store.database.reading.read_connections import ReadConnections
from router.store.log import histograms, minutes
from router.store.log.rollups import ENDED, oldest_hour

HOURLY_DAYS = 3.0
"""A period up to this many days is read by the hour."""

_DAY = 86_400.0
_Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which requests are meant; None means all of that kind.

    Attributes:
        start, end: seconds since the epoch; `end` None is now.
        provider: empty for requests that nobody answered.
        purpose: one, or several of which any will do.
        simulated: live ones only by default; None means both.
        app: the name of the gateway's app; empty for requests that came by another door.
        by_minute: whether it is read by the minute, from the rows, and not by the hour or the day: for a recent hour.
    """

    start: float = 0.0
    end: float | None = None
    provider: str | None = None
    model: str | None = None
    task_type: str | None = None
    source: str | None = None
    purpose: str | tuple[str, ...] | None = None
    simulated: bool | None = False
    app: str | None = None
    by_minute: bool = False

    def before(self, now: float) -> Filters:
        """The same filters over the period of the same length just before."""
        end = now if self.end is None else self.end
        return replace(self, start=self.start - (end - self.start), end=self.start)


@dataclass(frozen=True, slots=True)
class FigureTotals:
    """Figures of a set of requests; times in milliseconds, speeds in tokens per second, of answered requests."""

    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    saved: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    cached: int = 0
    latency_p50: float | None = None
    latency_p95: float | None = None
    latency_p99: float | None = None
    ttft_p50: float | None = None
    ttft_p95: float | None = None
    ttft_p99: float | None = None
    speed_p50: float | None = None

    @property
    def tokens(self) -> int:
        """Those of prompts and of answers."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def called(self) -> int:
        """Requests that a provider answered: all that were answered but those that the cache did."""
        return self.succeeded - self.cached

    @property
    def answered(self) -> float | None:
        """The share of requests that were answered, 0 to 1; those that somebody cancelled are in neither part."""
        ended = self.succeeded + self.failed
        return self.succeeded / ended if ended else None


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one bucket of time (`at`: its start, seconds since the epoch) and one value of a dimension."""

    at: float
    key: str
    totals: FigureTotals


@dataclass(frozen=True, slots=True)
class Failure:
    """How many attempts on a target ended in an outcome."""

    provider: str
    model: str
    outcome: str
    attempts: int


@dataclass(frozen=True, slots=True)
class BucketFailure:
    """... within one bucket of time (`at`: its start, seconds since the epoch)."""

    at: float
    provider: str
    model: str
    outcome: str
    attempts: int


def by_hour(start: float, end: float) -> bool:
    """Whether a period is read by the hour."""
    return end - start <= HOURLY_DAYS * _DAY and times.hour(times.stamp(max(start, 0.0))) >= oldest_hour()


class _Cell:
    """The sums of some roll-up rows."""

    __slots__ = ("counts", "distributions")

    def __init__(self) -> None:
        self.counts = [0] * len(tables.COUNTS)
        self.distributions = [histograms.Distribution() for _ in tables.HISTOGRAMS]

    def add(self, counts: Sequence[Any], packed: Sequence[bytes]) -> None:
        self.counts = list(map(add, self.counts, counts))
        for distribution, data in zip(self.distributions, packed, strict=False):
            distribution.add(data)

    def merge(self, cell: _Cell, distributions: bool) -> None:
        self.counts = list(map(add, self.counts, cell.counts))
        if not distributions:
            return
        for distribution, added in zip(self.distributions, cell.distributions, strict=True):
            distribution.merge(added)

    def totals(self) -> FigureTotals:
        latency, ttft, speed = self.distributions
        shares = (0.5, 0.95, 0.99)
        return FigureTotals(
            *self.counts, *latency.percentiles(shares), *ttft.percentiles(shares), *speed.percentiles(shares[:1])
        )


_Cells = dict[tuple[Any, ...], _Cell]


class Cube:
    """The figures of a selection by some dimensions, in memory; made by `Figures.cube`.

    Args:
        dimensions: what it was read by; `bucket` is the start of an hour or a day.
    """

    def __init__(self, dimensions: _Values, cells: _Cells) -> None:
        self._dimensions = dimensions
        self._known = {dimensions: cells}

    def totals(self) -> FigureTotals:
        """The figures of everything."""
        self._sums_by(self._dimensions[:1])  # which is shown too as a rule, and is quicker to add up than all cells
        return self._sums_by(()).get((), _Cell()).totals()

    def breakdown(self, *dimensions: str) -> list[tuple[_Values, FigureTotals]]:
        """The figures by some of its dimensions, the largest first."""
        totals = [(tuple(map(str, key)), cell.totals()) for key, cell in self._sums_by(dimensions).items()]
        return sorted(totals, key=lambda item: item[1].requests, reverse=True)

    def series(self, by: str | None = None, *, percentiles: bool = True) -> list[Point]:
        """The figures over time, of everything or by one dimension; counts alone where that is all that is wanted."""
        dimensions = ("bucket", by) if by else ("bucket",)
        cells = self._sums_by(dimensions) if percentiles else self._added_up(dimensions, distributions=False)
        return [
            Point(times.epoch_of(key[0]), str(key[1]) if by else "", cell.totals())
            for key, cell in sorted(cells.items(), key=lambda item: str(item[0]))
        ]

    def _sums_by(self, dimensions: _Values) -> _Cells:
        """The cells by fewer dimensions; kept, since what is wanted next may be added up from them."""
        sums = self._known.get(dimensions)
        if sums is None:
            sums = self._known[dimensions] = self._added_up(dimensions)
        return sums

    def _added_up(self, dimensions: _Values, *, distributions: bool = True) -> _Cells:
        fitting = [names for names in self._known if {*dimensions} <= {*names}]
        known = min(fitting, key=lambda names: len(self._known[names]))
        places = [known.index(name) for name in dimensions]
        cells: _Cells = {}
        for key, cell in self._known[known].items():
            cells.setdefault(tuple(key[place] for place in places), _Cell()).merge(cell, distributions)
        return cells


class Figures:
    """Reads the roll-ups.

    Attributes:
        queries: how many have been made, for those who watch over it.
    """

    def __init__(self, reading: ReadConnections) -> None:
        self._reading = reading
        self.queries = 0

    def cube(self, filters: Filters, *dimensions: str, distributions: bool = True) -> Cube:
        """The figures of a selection by some dimensions, by one query.

        Args:
            distributions: whether percentiles are wanted; without them the database adds up everything itself.
        """
        if filters.by_minute:
            return Cube(dimensions, self._read_minutes(filters, dimensions))
        table = _smallest_table(filters, dimensions)
        where = and_(*_period_clauses(table, filters), *matching(table, filters))
        keys = [table.c[name] for name in dimensions]
        counts = [table.c[name] for name in tables.COUNTS]
        if distributions:
            query = select(*keys, *counts, *(table.c[name] for name in tables.HISTOGRAMS)).where(where)
        else:
            query = select(*keys, *map(func.sum, counts)).where(where).group_by(*keys)
            query = query if keys else query.having(func.count() > 0)
        return Cube(dimensions, self._read_cells(query, len(keys)))

    def totals(self, filters: Filters) -> FigureTotals:
        """The figures of everything that matches."""
        return self.cube(filters).totals()

    def breakdown(self, filters: Filters, by: str) -> list[tuple[str, FigureTotals]]:
        """The figures by one dimension (`provider`, `model`, `task_type`, ...), the largest first."""
        return [(key[0], totals) for key, totals in self.cube(filters, by).breakdown(by)]

    def series(self, filters: Filters, by: str | None = None) -> list[Point]:
        """The figures over time, of everything or by one dimension."""
        return self.cube(filters, "bucket", *([by] if by else ())).series(by)

    def failures(self, filters: Filters) -> list[Failure]:
        """Attempts that failed, by the target that was tried and the outcome, the most frequent first."""
        if filters.by_minute:
            return add_up_failures(self.failures_by_bucket(filters))
        table = tables.failures["hours" if _is_hourly(filters) else "days"]
        count = func.sum(table.c.attempts)
        keys = (table.c.provider, table.c.model, table.c.outcome)
        query = select(*keys, count).where(*_period_clauses(table, filters), *matching(table, filters)).group_by(*keys)
        return [Failure(*row) for row in self._read_rows(query.order_by(count.desc()))]

    def failures_over_time(self, filters: Filters) -> tuple[float, list[BucketFailure]]:
        """The width of a bucket in seconds, and the failed attempts in each: hours as far back as they are kept."""
        hourly = times.hour(times.stamp(max(filters.start, 0.0))) >= oldest_hour()
        return 3_600.0 if hourly else _DAY, self._read_failures(filters, "hours" if hourly else "days")

    def failures_by_bucket(self, filters: Filters) -> list[BucketFailure]:
        """The failed attempts in each of the buckets that `cube` has for the same period."""
        if not filters.by_minute:
            return self._read_failures(filters, "hours" if _is_hourly(filters) else "days")
        attempts, requests = tables.attempts, tables.requests
        # Provider and model are those of the attempt, whoever answered then.
        of_request = matching(requests, replace(filters, provider=None, model=None))
        of_attempt = [
            attempts.c[name] == value for name in ("provider", "model") if (value := getattr(filters, name)) is not None
        ]
        keys = (func.substr(requests.c.started_at, 1, 16), attempts.c.provider, attempts.c.model, attempts.c.outcome)
        query = select(*keys, func.count()).select_from(
            attempts.join(requests, attempts.c.request_id == requests.c.id)
        )  # fmt: skip
        period = minutes.period_clauses(filters.start, filters.end)
        # The attempts' own ids too: without them the database reads every failed attempt that there is.
        period.append(minutes.begun_since(attempts.c.id, filters.start))
        query = query.where(*period, *of_request, *of_attempt, tables.FAILED, requests.c.status.in_(ENDED))
        rows = self._read_rows(query.group_by(*keys))
        return [BucketFailure(times.epoch_of(row[0]), *row[1:]) for row in rows]

    def _read_failures(self, filters: Filters, width: str) -> list[BucketFailure]:
        table = tables.failures[width]
        keys = (table.c.bucket, table.c.provider, table.c.model, table.c.outcome)
        query = select(*keys, func.sum(table.c.attempts)).where(
            *_period_clauses(table, filters), *matching(table, filters)
        )
        return [BucketFailure(times.epoch_of(row[0]), *row[1:]) for row in self._read_rows(query.group_by(*keys))]

    def requests_by_hour(self, filters: Filters) -> list[tuple[float, int]]:
        """How many requests each hour of a period had (its start, seconds since the epoch), as far back as is kept."""
        table = tables.rollups["hours", _smallest_slice(filters, ())]
        query = select(table.c.bucket, func.sum(table.c.requests)).where(
            *_period_clauses(table, filters), *matching(table, filters)
        )
        return [(times.epoch_of(hour), int(count)) for hour, count in self._read_rows(query.group_by(table.c.bucket))]

    def models(self) -> list[str]:
        """The models that have answered or failed, by name."""
        model = tables.rollups["days", "_models"].c.model
        return [row[0] for row in self._read_rows(select(model).where(model != "").distinct().order_by(model))]

    def _read_minutes(self, filters: Filters, dimensions: _Values) -> _Cells:
        self.queries += 1
        clauses = [*minutes.period_clauses(filters.start, filters.end), *matching(tables.requests, filters)]
        cells: _Cells = {}
        with self._reading.connect() as connection:
            for key, (counts, packed) in minutes.minute_sums(connection, clauses, dimensions).items():
                cells.setdefault(key, _Cell()).add(counts, packed)
        return cells

    def _read_cells(self, query: Any, width: int) -> _Cells:
        cells: _Cells = {}
        last = width + len(tables.COUNTS)
        for row in self._read_rows(query):
            key = row[:width]
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = _Cell()
            cell.add(row[width:last], row[last:])
        return cells

    def _read_rows(self, query: Any) -> Sequence[tuple[Any, ...]]:
        self.queries += 1
        with self._reading.connect() as connection:
            return connection.execute(query).cursor.fetchall()  # plain tuples: half the time of SQLAlchemy's rows


def _is_hourly(filters: Filters) -> bool:
    return by_hour(filters.start, filters.end if filters.end is not None else time.time())


def add_up_failures(failures: Sequence[BucketFailure]) -> list[Failure]:
    """Failed attempts of all buckets together, the most frequent first."""
    counts: dict[tuple[str, str, str], int] = {}
    for failure in failures:
        key = failure.provider, failure.model, failure.outcome
        counts[key] = counts.get(key, 0) + failure.attempts
    return sorted((Failure(*key, count) for key, count in counts.items()), key=lambda failure: -failure.attempts)


def _smallest_table(filters: Filters, dimensions: Sequence[str]) -> Table:
    """The smallest roll-up that has all dimensions that are filtered or grouped by."""
    return tables.rollups["hours" if _is_hourly(filters) else "days", _smallest_slice(filters, dimensions)]


def _smallest_slice(filters: Filters, dimensions: Sequence[str]) -> str:
    needed = {name for name in _FILTERED if getattr(filters, name) is not None} | {*dimensions} - {"bucket"}
    return [end for end, names in tables.SLICES.items() if needed <= {*names}][-1]


def _period_clauses(table: Table, filters: Filters) -> list[Any]:
    width = len("2026-11-24") if table.name.startswith("rollup_days") else len("2026-11-24T08")
    clauses = [table.c.bucket >= times.stamp(max(filters.start, 0.0))[:width]]
    # A bucket's name is shorter than a moment, so it would sort before the moment of its own beginning.
    return clauses if filters.end is None else [*clauses, table.c.bucket <= times.stamp(filters.end - 0.001)[:width]]


_FILTERED = ("provider", "model", "task_type", "source", "purpose", "app")


def matching(table: Table, filters: Filters) -> list[Any]:
    """What a table's rows have to be, apart from the period."""
    values = {name: getattr(filters, name) for name in _FILTERED}
    clauses = [_matches_value(table.c[name], value) for name, value in values.items() if value is not None]
    return clauses if filters.simulated is None else [*clauses, table.c.simulated == int(filters.simulated)]


def _matches_value(column: Column[Any], value: str | tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return column.in_(value)
    return column == value if value else func.coalesce(column, "") == ""
