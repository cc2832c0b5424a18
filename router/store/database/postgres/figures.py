"""Figures without hot rows: processes that end requests at the same moment add them up in rows of their own.

Each table of figures has a column more than on SQLite, the lane. Who adds takes the first lane that nobody is in until
its transaction ends: one process alone is always in the first, so that there are no more rows than on SQLite; four that
write at once are in four. Whoever reads adds up all lanes, as it adds up all rows of a period anyway.

Within a lane there is one writer at a time, so distributions are read, merged here, and written back: the server has no
function for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import psycopg

from router.store.database.statements import Addition, Sum

LANE_LOCK = 7_402
"""The class of the lanes' advisory locks; the lane is the second part of each."""

LANES = 8

_FREE_LANE = (
    f"SELECT lane FROM generate_series(0, {LANES - 1}) AS lane "
    f"WHERE pg_try_advisory_xact_lock({LANE_LOCK}, lane) LIMIT 1"
)
_WAIT_FOR_LANE = f"SELECT pg_advisory_xact_lock({LANE_LOCK}, pg_backend_pid() % {LANES}), pg_backend_pid() % {LANES}"
_ALL_LANES = f"SELECT pg_advisory_xact_lock({LANE_LOCK}, lane) FROM generate_series(0, {LANES - 1}) AS lane"

_Merge = Callable[[bytes, bytes], bytes]


def take_all_lanes(connection: psycopg.Connection[Any]) -> None:
    """Keep everybody from adding until the transaction's end."""
    connection.execute(_ALL_LANES)


def add_up(connection: psycopg.Connection[Any], sums: Sequence[Sum], merged: _Merge) -> None:
    """Add rows of figures to those that have the same key."""
    if not sums:
        return
    lane = _take_lane(connection)
    # All tables are asked before the first answer is waited for: within a pipeline that is one way there and back.
    asked = [(addition, rows, _ask_known(connection, addition, rows, lane)) for addition, rows in sums]
    for addition, rows, known in asked:
        merged_rows = rows if known is None else _with_known(addition, rows, known, merged)
        with connection.cursor() as cursor:
            cursor.executemany(_upsert(addition), [(lane, *row) for row in merged_rows])


def _take_lane(connection: psycopg.Connection[Any]) -> int:
    """The lane of this transaction: a lock that it has already is given again, so it is the same for all tables."""
    row = connection.execute(_FREE_LANE).fetchone()
    if row is None:
        row = connection.execute(_WAIT_FOR_LANE).fetchone()
    return int(row[-1])  # type: ignore[index]  # a SELECT of functions gives one row


def _ask_known(
    connection: psycopg.Connection[Any], addition: Addition, rows: Sequence[Sequence[Any]], lane: int
) -> psycopg.Cursor[Any] | None:
    """Ask for the distributions that the lane has under the keys of rows; None where the table has none."""
    if not addition.distributions:
        return None
    keys = [row[: len(addition.keys)] for row in rows]
    return connection.execute(_known(addition), (*map(list, zip(*keys, strict=True)), lane))


def _with_known(
    addition: Addition, rows: Sequence[Sequence[Any]], known: psycopg.Cursor[Any], merged: _Merge
) -> list[Sequence[Any]]:
    """The rows, with what the lane has merged into their distributions."""
    counted = len(addition.keys) + len(addition.counts)
    by_place = {place - 1: distributions for place, *distributions in known}
    return [
        (*row[:counted], *map(merged, by_place[place], row[counted:])) if place in by_place else row
        for place, row in enumerate(rows)
    ]


@lru_cache
def _known(addition: Addition) -> bytes:
    """The query for the rows of some keys, each key with its place from 1 on."""
    arrays = ", ".join(f"%s::{'bigint' if name == 'simulated' else 'text'}[]" for name in addition.keys)
    same = " AND ".join(f'known.{name} = wanted.{name} COLLATE "C"' if name != "simulated" else
                        f"known.{name} = wanted.{name}" for name in addition.keys)  # fmt: skip
    return (
        f"SELECT wanted.place, {', '.join(f'known.{name}' for name in addition.distributions)} "
        f"FROM unnest({arrays}) WITH ORDINALITY AS wanted ({', '.join(addition.keys)}, place) "
        f"JOIN {addition.table} AS known ON {same} AND known.lane = %s"
    ).encode()


@lru_cache
def _upsert(addition: Addition) -> bytes:
    written = [f"{name} = excluded.{name}" for name in addition.distributions]
    keys = (*addition.keys, "lane")
    return addition.upsert(keys, ("lane", *addition.columns), written).replace("?", "%s").encode()
