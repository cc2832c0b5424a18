"""Figures by the minute, for a recent hour: read from the rows themselves, since the roll-ups begin with the hour.

A free tier gives some thousand calls an hour, so these rows are few. Of older times the rows may have been deleted, and
their figures not: those are read from the roll-ups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from router.store.database import tables
from router.store.database.times import minute, stamp
from router.store.log import histograms
from router.store.log.record_ids import first_id
from router.store.log.rollups import ENDED, EndedAttempt, EndedRequest, RequestSums, was_passed_over

_SLACK = 60.0  # seconds by which an id's time and the start that the log gives may differ
_COLUMNS = (
    "started_at", "status", "provider", "model", "task_type", "source", "purpose", "simulated", "latency_ms", "ttft_ms",
    "prompt_tokens", "completion_tokens", "cost_usd",
)  # fmt: skip
_ABSENT = {"provider": "", "model": "", "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}


def begun_since(column: Any, start: float) -> Any:
    """What ids of requests, or of their attempts, have to be: the time that they begin with is not before `start`."""
    return column >= first_id(start - _SLACK)


def period_clauses(start: float, end: float | None) -> list[Any]:
    """What requests of a period have to be; the first clause is the one that the primary key serves."""
    requests = tables.requests.c
    clauses = [begun_since(requests.id, start), requests.started_at >= stamp(max(start, 0.0))]
    return clauses if end is None else [*clauses, requests.started_at < stamp(end)]


def minute_sums(
    connection: Connection, clauses: Sequence[Any], dimensions: Sequence[str]
) -> Mapping[tuple[Any, ...], tuple[Sequence[float], Sequence[bytes]]]:
    """Counts and packed distributions of the requests that ended, by some dimensions; `bucket` is the minute."""
    sums: dict[tuple[Any, ...], RequestSums] = {}
    for ended in _ended_requests(connection, clauses):
        key = tuple(minute(ended.started_at) if name == "bucket" else getattr(ended, name) for name in dimensions)
        sums.setdefault(key, RequestSums()).add(ended)
    return {key: (_as_stored(added), [*map(histograms.pack, added.histograms)]) for key, added in sums.items()}


def _as_stored(added: RequestSums) -> list[float]:
    """Counts as the roll-ups have them: whole numbers, but for the dollars."""
    return [
        value if name == "cost_usd" else int(value) for name, value in zip(tables.COUNTS, added.counts, strict=True)
    ]


def _ended_requests(connection: Connection, clauses: Sequence[Any]) -> list[EndedRequest]:
    requests = tables.requests.c
    columns = [func.coalesce(requests[name], _ABSENT[name]) if name in _ABSENT else requests[name] for name in _COLUMNS]
    apart = (requests.id, requests.skipped, func.coalesce(requests.app, ""), requests.cached_from)
    query = select(*apart, *columns).where(*clauses, requests.status.in_(ENDED))
    rows = connection.execute(query.order_by(requests.id)).fetchall()
    attempts = _attempts_between(connection, rows[0][0], rows[-1][0]) if rows else {}
    return [
        EndedRequest(*values, attempts.get(request_id, ()), was_passed_over(skipped), app, source is not None)  # type: ignore[call-arg]  # as selected
        for request_id, skipped, app, source, *values in rows
    ]


def _attempts_between(connection: Connection, first: str, last: str) -> dict[str, list[EndedAttempt]]:
    attempts, endings = tables.attempts.c, dict[str, list[EndedAttempt]]()
    columns = (attempts.request_id, attempts.provider, attempts.model, attempts.outcome, attempts.came_to)
    query = select(*columns).where(attempts.id > f"{first}-", attempts.id < f"{last}.").order_by(attempts.id)
    for request_id, *values in connection.execute(query):
        endings.setdefault(request_id, []).append(EndedAttempt(*values))
    return endings
