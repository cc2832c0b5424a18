"""Numbered, named, append-only migrations: the log outlives every version.

A migration that has been shipped is never changed; the next one mends it. All that are missing are applied in one
exclusive transaction, so several processes may open a new file at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from router.errors import ConfigurationError

_SCHEMA = Path(__file__).parent / "schema"
_Migration = tuple[str, Callable[[sqlite3.Connection], None]]


def _script(name: str) -> Callable[[sqlite3.Connection], None]:
    """A migration that is a file of statements, one a paragraph.

    They are executed one by one: `executescript` would commit ahead of them.
    """

    def change(connection: sqlite3.Connection) -> None:
        for statement in (_SCHEMA / name).read_text(encoding="utf-8").split("\n\n"):
            connection.execute(statement)

    return change


MIGRATIONS: tuple[_Migration, ...] = (
    ("first tables", _script("001_first_tables.sql")),
    ("failed attempts", _script("002_failed_attempts.sql")),
    ("sent, leases, scripts", _script("003_sent_leases_scripts.sql")),
    ("tool calls", _script("004_tool_calls.sql")),
    ("apps", _script("005_apps.sql")),
    ("saved prompts", _script("006_saved_prompts.sql")),
    ("request notes", _script("007_request_notes.sql")),
    ("authors", _script("008_authors.sql")),
    ("spans of allowances", _script("009_spans_of_allowances.sql")),
    ("evaluation", _script("010_evaluation.sql")),
    ("alerts", _script("011_alerts.sql")),
)
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
