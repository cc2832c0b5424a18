"""The figures since the log began, for those who count on from them: they only grow, whoever restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.log import histograms

KEYS = ("provider", "model", "task_type", "app", "simulated")
"""What the figures are kept apart by."""

_COUNTED = ("succeeded", "failed", "cancelled", "saved", "prompt_tokens", "completion_tokens", "cached")


@dataclass(frozen=True, slots=True)
class EverCounted:
    """What has been counted of one target, for one task and one app.

    Attributes:
        provider, model: who answered; empty where nobody did.
        counts: by the names of the roll-ups' columns.
        latency, ttft: how many answers took how many milliseconds, by the middle of each bucket.
    """

    provider: str
    model: str
    task_type: str
    app: str
    simulated: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    latency: Mapping[float, int] = field(default_factory=dict)
    ttft: Mapping[float, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EverFailed:
    """How many attempts on a target have failed of one outcome."""

    provider: str
    model: str
    task_type: str
    app: str
    simulated: bool
    outcome: str
    attempts: int


class AllTime:
    """Reads the roll-ups by day from their beginning on."""

    def __init__(self, reading: ReadConnections) -> None:
        self._reading = reading

    def counted(self) -> list[EverCounted]:
        """What was answered and what was not."""
        table = tables.rollups["days", ""]
        columns = [table.c[name] for name in (*KEYS, *_COUNTED, "latency", "ttft")]
        groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for row in self._rows(select(*columns)):
            groups.setdefault(row[: len(KEYS)], []).append(row[len(KEYS) :])
        return [_counted(key, rows) for key, rows in groups.items()]

    def failed(self) -> list[EverFailed]:
        """The attempts that failed, by outcome."""
        table = tables.failures["days"]
        keys = [table.c[name] for name in (*KEYS, "outcome")]
        query = select(*keys, func.sum(table.c.attempts)).group_by(*keys)
        names = (*KEYS, "outcome", "attempts")
        return [EverFailed(**_named(names, row)) for row in self._rows(query)]

    def _rows(self, query: Any) -> Sequence[tuple[Any, ...]]:
        with self._reading.connect() as connection:
            return connection.execute(query).cursor.fetchall()


def _counted(key: tuple[Any, ...], rows: Sequence[tuple[Any, ...]]) -> EverCounted:
    latency, ttft = histograms.Distribution(), histograms.Distribution()
    for row in rows:
        latency.add(row[-2])
        ttft.add(row[-1])
    counts = {name: int(sum(row[place] for row in rows)) for place, name in enumerate(_COUNTED)}
    return EverCounted(**_named(KEYS, key), counts=counts, latency=_by_middle(latency), ttft=_by_middle(ttft))


def _named(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    values = dict(zip(names, row, strict=True))
    return values | {"simulated": bool(values["simulated"])}


def _by_middle(distribution: histograms.Distribution) -> dict[float, int]:
    return {histograms.middle_of(bucket): count for bucket, count in distribution.counts().items()}
