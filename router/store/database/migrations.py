"""Numbered, named, append-only migrations: the log outlives every version.

A migration that has been shipped is never changed; the next one mends it. All that are missing are applied in one
transaction that nobody else has at the same time, so several processes may open a new database at once: one migrates,
and the others wait for it.

They are written for SQLite; a database that reads other words gives its own (`read_script`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from router.errors import ConfigurationError
from router.store.database.connections import SqlConnection
from router.store.database.times import stamp

SCHEMA = Path(__file__).parent / "schema"
MIGRATIONS = (
    ("first tables", "001_first_tables.sql"),
    ("failed attempts", "002_failed_attempts.sql"),
    ("sent, leases, scripts", "003_sent_leases_scripts.sql"),
    ("tool calls", "004_tool_calls.sql"),
    ("apps", "005_apps.sql"),
    ("saved prompts", "006_saved_prompts.sql"),
    ("request notes", "007_request_notes.sql"),
    ("authors", "008_authors.sql"),
    ("spans of allowances", "009_spans_of_allowances.sql"),
    ("evaluation", "010_evaluation.sql"),
    ("alerts", "011_alerts.sql"),
    ("judgements", "012_judgements.sql"),
    ("cached answers", "013_cached_answers.sql"),
    ("client retries", "014_client_retries.sql"),
)
"""Every migration in order, its name and its file; its number is its place, from 1 on."""


class Scripts(Protocol):
    """What differs between databases when they are migrated."""

    def begin(self, connection: SqlConnection) -> None:
        """Within the transaction: wait until nobody else migrates."""
        ...

    def statements(self, number: int, file: str) -> Sequence[str]:
        """Those of one migration."""
        ...


class FileScripts:
    """The files as they are."""

    def begin(self, connection: SqlConnection) -> None:
        """Nothing to do: of SQLite's transactions that write there is one at a time."""

    def statements(self, number: int, file: str) -> Sequence[str]:
        """One a paragraph; they are executed one by one, for `executescript` would commit ahead of them."""
        return (SCHEMA / file).read_text(encoding="utf-8").split("\n\n")


def migrate(connection: SqlConnection, place: str, scripts: Scripts) -> None:
    """Bring a database up to date.

    Args:
        place: the setting and its value, for the error.

    Raises:
        ConfigurationError: the database was written by a newer version.
    """
    with connection.transaction():
        scripts.begin(connection)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)"
        )
        done = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0]
        if done > len(MIGRATIONS):
            raise ConfigurationError(
                f"{place} was written by a newer version (migration {done}, this one knows {len(MIGRATIONS)}); "
                "update the console, or name another database"
            )
        for number, (name, file) in enumerate(MIGRATIONS[done:], start=done + 1):
            for statement in scripts.statements(number, file):
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, stamp(time.time())))
