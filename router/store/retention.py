"""Deletes rows by age; the figures made of them stay."""

from __future__ import annotations

import sqlite3
import time

from router.store.rollups import HOURS_KEPT
from router.store.times import hour, stamp

_GROUP = 1_000


def delete_before(connection: sqlite3.Connection, days: float) -> int:
    """Delete requests, attempts and contents older than `days`, in small transactions that hold up no writer."""
    limit, deleted = stamp(time.time() - days * 86_400.0), 0
    while ids := _oldest(connection, limit):
        connection.execute("BEGIN IMMEDIATE")
        for request_id in ids:
            connection.execute("DELETE FROM attempts WHERE id > ? AND id < ?", (f"{request_id}-", f"{request_id}."))
        places = ", ".join("?" for _ in ids)
        connection.execute(f"DELETE FROM contents WHERE request_id IN ({places})", ids)
        connection.execute(f"DELETE FROM requests WHERE id IN ({places})", ids)
        connection.execute("COMMIT")
        deleted += len(ids)
    oldest_hour = hour(stamp(time.time() - HOURS_KEPT * 86_400.0))
    connection.execute("DELETE FROM rollup_hours WHERE bucket < ?", (oldest_hour,))
    return deleted


def _oldest(connection: sqlite3.Connection, limit: str) -> list[str]:
    sql = "SELECT id FROM (SELECT id, started_at FROM requests ORDER BY id LIMIT ?) WHERE started_at < ?"
    return [row[0] for row in connection.execute(sql, (_GROUP, limit))]
