"""Copies everything in one database into another, empty one: from a file to a server, and back.

It is one transaction in the target: whole, or nothing of it. Where others write meanwhile, what was committed at its
beginning is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Table

from router.errors import ConfigurationError
from router.store.database import tables
from router.store.database.connections import SqlConnection
from router.store.log.rollups import ADDITIONS

LEFT_OUT = frozenset({"owners"})
"""Tables of who has a database open, which is not the other one's matter."""

BEGUN_WITH = frozenset({"counters"})
"""Tables that have rows in an empty database too: those are replaced."""

NoteProgress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows are copied, now and then."""

_GROUP = 2_000

# Who had them running does not have the copy open.
_MARK_INTERRUPTED = (
    "UPDATE attempts SET outcome = 'interrupted' WHERE outcome = 'pending'",
    "UPDATE requests SET status = 'interrupted' WHERE status = 'running'",
)


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """How many rows of a table there are in the database that was copied, and in the copy."""

    name: str
    here: int
    there: int


def copied_tables() -> list[Table]:
    """The tables that are copied."""
    return [table for table in tables.metadata.sorted_tables if table.name not in LEFT_OUT]


def copy_rows(reading: SqlConnection, writing: SqlConnection, note_progress: NoteProgress) -> list[CopiedTable]:
    """Copy the rows of all tables.

    Raises:
        ConfigurationError: the target has rows; none is copied.
    """
    with reading.snapshot(), writing.transaction():
        _require_empty(writing)
        copied = [_copy_table(reading, writing, table, note_progress) for table in copied_tables()]
        for statement in _MARK_INTERRUPTED:
            writing.execute(statement)
        writing.renumber()
    return copied


def _require_empty(writing: SqlConnection) -> None:
    for table in copied_tables():
        is_asked = table.name not in BEGUN_WITH
        if is_asked and writing.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone() is not None:
            raise ConfigurationError(
                f"the database that --to names is not empty (there are rows in {table.name}); nothing was copied; "
                "name an empty one"
            )


def _copy_table(reading: SqlConnection, writing: SqlConnection, table: Table, note: NoteProgress) -> CopiedTable:
    names = [f'"{column.name}"' for column in table.columns]
    if table.name in BEGUN_WITH:
        writing.execute(f"DELETE FROM {table.name}")
    rows, count = reading.stream(f"SELECT {', '.join(names)} FROM {table.name}"), 0
    while group := list(islice(rows, _GROUP)):
        _write_rows(writing, table, names, group)
        count += len(group)
        note(table.name, count)
    return CopiedTable(table.name, _count_rows(reading, table), _count_rows(writing, table))


def _write_rows(writing: SqlConnection, table: Table, names: Sequence[str], rows: Sequence[Any]) -> None:
    addition = ADDITIONS.get(table.name)
    if addition is not None:  # several rows on a server may be one in a file: see `postgres.figures`
        order = [table.columns.keys().index(name) for name in addition.columns]
        writing.add_up([(addition, [[row[place] for place in order] for row in rows])])
        return
    places = ", ".join("?" for _ in names)
    writing.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", rows)


def _count_rows(connection: SqlConnection, table: Table) -> int:
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    counted = connection.execute(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {table.name}) AS counted")
    return int(counted.fetchone()[0])
