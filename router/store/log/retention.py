"""Deletes rows by age; the figures made of them stay.

Whole days (UTC) are deleted, and the day from which on there are rows is written down: so a day's figures are made
either of all its rows or of none that is left, and making them anew touches only the former.
"""

from __future__ import annotations

import sqlite3
import time

from router.store.database.search_index import merge_all
from router.store.database.times import stamp
from router.store.log.rollups import trim_hours

_GROUP = 1_000
_DAY = 86_400.0


def delete_before(connection: sqlite3.Connection, days: float) -> int:
    """Delete requests, attempts and contents of the days that ended more than `days` ago, in small transactions."""
    connection.execute("PRAGMA secure_delete = ON")
    limit, deleted = (time.time() - days * _DAY) // _DAY * _DAY, 0
    _note_limit(connection, int(limit))
    while ids := _oldest_ids(connection, stamp(limit)):
        connection.execute("BEGIN IMMEDIATE")
        for request_id in ids:
            connection.execute("DELETE FROM attempts WHERE id > ? AND id < ?", (f"{request_id}-", f"{request_id}."))
        places = ", ".join("?" for _ in ids)
        connection.execute(f"DELETE FROM contents WHERE request_id IN ({places})", ids)
        connection.execute(f"DELETE FROM request_notes WHERE request_id IN ({places})", ids)
        connection.execute(f"DELETE FROM requests WHERE id IN ({places})", ids)
        connection.execute("COMMIT")
        deleted += len(ids)
    merge_all(connection)
    trim_hours(connection)
    return deleted


def _note_limit(connection: sqlite3.Connection, limit: int) -> None:
    """Written ahead of the first deletion, so that a deletion that is cut short loses no figure."""
    sql = (
        "INSERT INTO counters (name, value) VALUES ('rows_since', ?) "
        "ON CONFLICT DO UPDATE SET value = max(value, excluded.value)"
    )
    connection.execute(sql, (limit,))


def _oldest_ids(connection: sqlite3.Connection, limit: str) -> list[str]:
    sql = "SELECT id FROM (SELECT id, started_at FROM requests ORDER BY id LIMIT ?) WHERE started_at < ?"
    return [row[0] for row in connection.execute(sql, (_GROUP, limit))]
