"""Numbered, named, append-only migrations: the log outlives every version.

A migration that has been shipped is never changed; the next one mends it. All that are missing are applied in one
exclusive transaction, so several processes may open a new file at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from router.errors import ConfigurationError
from router.store import tables

_Migration = tuple[str, Callable[[sqlite3.Connection], None]]


def _first_tables(connection: sqlite3.Connection) -> None:
    dialect = sqlite.dialect()
    for table in tables.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    for statement in tables.SEARCH:
        connection.execute(statement)
    connection.execute("INSERT INTO counters (name, value) VALUES ('holds', 1), ('edits', 1)")


MIGRATIONS: tuple[_Migration, ...] = (("first tables", _first_tables),)
"""Every migration in order; its number is its place, from 1 on."""


def migrate(connection: sqlite3.Connection, place: str) -> None:
    """Bring a database up to date.

    Args:
        connection: in autocommit mode.
        place: the setting and its value, for the error.

    Raises:
        ConfigurationError: the database was written by a newer version.
    """
    connection.execute("BEGIN EXCLUSIVE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)"
        )
        done = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0]
        if done > len(MIGRATIONS):
            raise ConfigurationError(
                f"{place} was written by a newer version (migration {done}, this one knows {len(MIGRATIONS)}); "
                "update the console, or name another file"
            )
        for number, (name, change) in enumerate(MIGRATIONS[done:], start=done + 1):
            change(connection)
            stamp = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
            connection.execute(f"INSERT INTO migrations VALUES (?, ?, {stamp})", (number, name))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
