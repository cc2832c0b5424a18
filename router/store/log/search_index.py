"""Takes the words of deleted texts out of the full-text index.

A deletion only marks a text in the index: its words stay in the segments they were written to, readable in the file,
until those are merged. Merging all at once holds the database for as long as the index is large, so it is done in
steps; others write between them.
"""

from __future__ import annotations

import sqlite3

PAGES = 50
"""About how many pages of the index one step writes."""

_MERGE = "INSERT INTO search (search, rank) VALUES ('merge', ?)"


def merge(connection: sqlite3.Connection, *, first: bool = False) -> bool:
    """Make one step; whether there is more to do.

    Args:
        first: take all segments together, also those that are merged already.
    """
    before = connection.total_changes
    connection.execute(_MERGE, (-PAGES if first else PAGES,))
    return connection.total_changes - before >= 2  # as SQLite's manual tells the end of it


def merge_all(connection: sqlite3.Connection) -> None:
    """Make all steps, each a transaction of its own, on a connection in autocommit mode."""
    first = True
    while merge(connection, first=first):
        first = False
