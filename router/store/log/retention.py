"""Deletes rows by age; the figures made of them stay.

Whole days (UTC) are deleted, and the day from which on there are rows is written down: so a day's figures are made
either of all its rows or of none that is left, and making them anew touches only the former.
"""

from __future__ import annotations

import time

from router.store.database.connections import SqlConnection
from router.store.database.times import stamp
from router.store.log.rollups import trim_hours

_GROUP = 1_000
_DAY = 86_400.0


def delete_before(connection: SqlConnection, days: float) -> int:
    """Delete requests, attempts and contents of the days that ended more than `days` ago, in small transactions."""
    connection.overwrite_deleted()
    limit, deleted = (time.time() - days * _DAY) // _DAY * _DAY, 0
    _note_limit(connection, int(limit))
    while ids := _oldest_ids(connection, stamp(limit)):
        with connection.transaction():
            for request_id in ids:
                connection.execute("DELETE FROM attempts WHERE id > ? AND id < ?", (f"{request_id}-", f"{request_id}."))
            places = ", ".join("?" for _ in ids)
            connection.execute(f"DELETE FROM contents WHERE request_id IN ({places})", ids)
            connection.execute(f"DELETE FROM request_notes WHERE request_id IN ({places})", ids)
            connection.execute(f"DELETE FROM requests WHERE id IN ({places})", ids)
        deleted += len(ids)
    connection.execute("DELETE FROM cached_answers WHERE answered_at < ?", (limit,))
    connection.purge_search()
    trim_hours(connection)
    return deleted


def _note_limit(connection: SqlConnection, limit: int) -> None:
    """Written ahead of the first deletion, so that a deletion that is cut short loses no figure."""
    sql = (
        "INSERT INTO counters (name, value) VALUES ('rows_since', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > counters.value"
    )
    connection.execute(sql, (limit,))


def _oldest_ids(connection: SqlConnection, limit: str) -> list[str]:
    sql = "SELECT id FROM (SELECT id, started_at FROM requests ORDER BY id LIMIT ?) AS oldest WHERE started_at < ?"
    return [row[0] for row in connection.execute(sql, (_GROUP, limit))]
