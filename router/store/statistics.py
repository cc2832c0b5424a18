"""Figures and rows for pages and reports. Plain values: no frame of a data library is made below a page.

Periods are rounded outwards to whole buckets: hours up to `HOURLY_DAYS` days, days beyond. So a figure for "the last
24 hours" holds the whole hour in which it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Column, Engine, Row, Select, Table, and_, func, select

from router.store import histograms, tables, times

HOURLY_DAYS = 8.0
"""A period up to this many days is read by the hour."""

_Dimension = str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which requests are meant; None means all of that kind.

    Attributes:
        start, end: seconds since the epoch; `end` None is now.
        provider: empty for requests that nobody answered.
        purpose: one, or several of which any will do.
        simulated: live ones only by default; None means both.
    """

    start: float = 0.0
    end: float | None = None
    provider: str | None = None
    model: str | None = None
    task_type: str | None = None
    source: str | None = None
    purpose: str | tuple[str, ...] | None = None
    simulated: bool | None = False

    def before(self, now: float) -> Filters:
        """The same filters over the period of the same length just before."""
        end = now if self.end is None else self.end
        return replace(self, start=self.start - (end - self.start), end=self.start)


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of a set of requests; times in milliseconds, speeds in tokens per second, of answered requests."""

    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    saved: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    latency_p50: float | None = None
    latency_p95: float | None = None
    latency_p99: float | None = None
    ttft_p50: float | None = None
    ttft_p95: float | None = None
    speed_p50: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one bucket of time (`at`: its start, seconds since the epoch) and one value of a dimension."""

    at: float
    key: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request as the log has it; `row` holds every column by name, times as text in UTC."""

    id: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """One request with all that belongs to it; content is None where it was not kept."""

    row: Mapping[str, Any]
    attempts: Sequence[Mapping[str, Any]]
    skipped: Sequence[Mapping[str, Any]]
    request: Mapping[str, Any] | None
    answer: str | None
    reasoning: str | None


class Statistics:
    """Reads the log and its roll-ups."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def totals(self, filters: Filters) -> Totals:
        """The figures of everything that matches."""
        return next(iter(self._grouped(filters, ()).values()), Totals())

    def breakdown(self, filters: Filters, by: _Dimension) -> list[tuple[str, Totals]]:
        """The figures by one dimension (`provider`, `model`, `task_type`, ...), the largest first."""
        found = [(str(key[0]), totals) for key, totals in self._grouped(filters, (by,)).items()]
        return sorted(found, key=lambda item: item[1].requests, reverse=True)

    def targets(self, filters: Filters) -> list[tuple[str, str, Totals]]:
        """The figures by provider and model, the largest first."""
        groups = self._grouped(filters, ("provider", "model"))
        found = [(str(key[0]), str(key[1]), totals) for key, totals in groups.items()]
        return sorted(found, key=lambda item: item[2].requests, reverse=True)

    def series(self, filters: Filters, by: _Dimension | None = None) -> list[Point]:
        """The figures over time, of everything or by one dimension."""
        names = ("bucket", by) if by else ("bucket",)
        return [
            Point(times.epoch_of(str(key[0])), str(key[1]) if by else "", totals)
            for key, totals in sorted(self._grouped(filters, names).items(), key=lambda item: str(item[0]))
        ]

    def models(self) -> list[str]:
        """The models that have answered or failed, by name."""
        model = tables.days.c.model
        with self._engine.connect() as connection:
            return list(connection.execute(select(model).where(model != "").distinct().order_by(model)).scalars())

    def outcomes(self, filters: Filters) -> list[tuple[str, str, str, int]]:
        """Provider, model, outcome and number of attempts, failures of whole days, the most frequent first."""
        table = tables.outcomes
        count = func.sum(table.c.attempts)
        query = select(table.c.provider, table.c.model, table.c.outcome, count).where(self._matches(table, filters, 10))
        query = query.where(table.c.outcome != "succeeded").group_by(table.c.provider, table.c.model, table.c.outcome)
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(count.desc()))]

    def recent(self, filters: Filters, *, before: str | None = None, limit: int = 50) -> list[RequestRow]:
        """Requests, the latest first, by keyset: `before` is the last id of the page before."""
        table = tables.requests
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        query = query.where(table.c.started_at >= times.stamp(filters.start), *_equals(table, filters))
        if filters.end is not None:
            query = query.where(table.c.started_at < times.stamp(filters.end))
        if before is not None:
            query = query.where(table.c.id < before)
        with self._engine.connect() as connection:
            return [RequestRow(row.id, dict(row._mapping)) for row in connection.execute(query)]

    def request(self, request_id: str) -> RequestDetail | None:
        """One request with its attempts and its content, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(tables.requests).where(tables.requests.c.id == request_id)).first()
            if row is None:
                return None
            ids = tables.attempts.c.id
            own = and_(ids > f"{request_id}-", ids < f"{request_id}.")
            attempts = connection.execute(select(tables.attempts).where(own).order_by(tables.attempts.c.ordinal)).all()
            content = connection.execute(select(tables.contents).where(tables.contents.c.request_id == request_id))
            return _detail(row, attempts, content.first())

    def events(self, limit: int = 50, kind: str | None = None) -> list[Mapping[str, Any]]:
        """Resets and the like, the latest first; of one kind where it is named."""
        query = select(tables.events).order_by(tables.events.c.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(tables.events.c.kind == kind)
        with self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    # --- roll-ups ------------------------------------------------------------------------------------------------

    def _grouped(self, filters: Filters, by: Sequence[str]) -> dict[tuple[Any, ...], Totals]:
        table, width = self._table(filters)
        columns = [*(table.c[name] for name in by), *(table.c[name] for name in (*tables.COUNTS, *tables.HISTOGRAMS))]
        query: Select[Any] = select(*columns).where(self._matches(table, filters, width))
        groups: dict[tuple[Any, ...], list[Sequence[Any]]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                groups.setdefault(tuple(row[: len(by)]), []).append(row[len(by) :])
        return {key: _totals(rows) for key, rows in groups.items()}

    @staticmethod
    def _table(filters: Filters) -> tuple[Table, int]:
        """The roll-up that serves a period, and the width of its buckets' names."""
        newest = filters.end if filters.end is not None else times.epoch_of("9999-01-01")
        length = min(newest, _now()) - filters.start
        return (tables.hours, 13) if length <= HOURLY_DAYS * 86_400 else (tables.days, 10)

    @staticmethod
    def _matches(table: Table, filters: Filters, width: int) -> Any:
        clauses = [table.c.bucket >= times.stamp(max(filters.start, 0.0))[:width], *_equals(table, filters)]
        if filters.end is not None:
            clauses.append(table.c.bucket < times.stamp(filters.end))
        return and_(*clauses)


def _now() -> float:
    import time

    return time.time()


def _equals(table: Table, filters: Filters) -> list[Any]:
    wanted = {name: getattr(filters, name) for name in ("provider", "model", "task_type", "source", "purpose")}
    clauses = [_is(table.c[name], value) for name, value in wanted.items() if value is not None]
    return clauses if filters.simulated is None else [*clauses, table.c.simulated == int(filters.simulated)]


def _is(column: Column[Any], value: str | tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return column.in_(value)
    return column == value if value else func.coalesce(column, "") == ""


_PERCENTILES = ("latency_p50", "latency_p95", "latency_p99", "ttft_p50", "ttft_p95", "speed_p50")


def _totals(rows: Sequence[Sequence[Any]]) -> Totals:
    width = len(tables.COUNTS)
    counts = [sum(row[index] for row in rows) for index in range(width)]
    latency, ttft, speed = (histograms.merge(row[width + index] for row in rows) for index in range(3))
    p50, p95, p99 = histograms.percentiles(latency, (0.5, 0.95, 0.99))
    first50, first95 = histograms.percentiles(ttft, (0.5, 0.95))
    (speed50,) = histograms.percentiles(speed, (0.5,))
    figures: dict[str, Any] = dict(zip(tables.COUNTS, counts, strict=True))
    times_and_speed = (p50, p95, p99, first50, first95, speed50)
    figures |= dict(zip(_PERCENTILES, times_and_speed, strict=True))
    return Totals(**figures)


def _detail(row: Row[Any], attempts: Sequence[Row[Any]], content: Row[Any] | None) -> RequestDetail:
    values = dict(row._mapping)
    return RequestDetail(
        row=values,
        attempts=[dict(attempt._mapping) for attempt in attempts],
        skipped=orjson.loads(values["skipped"]) if values["skipped"] else [],
        request=orjson.loads(content.request) if content is not None and content.request else None,
        answer=content.answer if content is not None else None,
        reasoning=content.reasoning if content is not None else None,
    )
