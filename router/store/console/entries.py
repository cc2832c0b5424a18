"""A person's log: what the services have read out of their words, kept until they delete it.

It is their own, and no part of the log of requests: `ROUTER_LOG_CONTENT` and retention leave it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import Select

from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.statements import insert_or_update
from router.store.database.times import epoch_of, stamp
from router.store.database.values import storable
from router.store.database.writing.authors import Authors
from router.store.database.writing.events import add_event
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

_FIELDS = ("id", "at", "kind", "entry", "summary", "figures", "data", "simulated")
_PUT = insert_or_update(tables.entries, (*_FIELDS, "changed_by"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes:
        id: a ULID.
        at: when it was, in seconds since the epoch.
        kind: `meal`, `workout`, `activity`, `measurement`, `note`, `question` or `program`.
        entry: the person's own words.
        summary, figures: what it is and what was measured, in a line each.
        data: the service's whole result, as JSON.
        simulated: whether simulated providers had a part in it.
    """

    id: str
    at: float
    kind: str
    entry: str
    summary: str
    figures: str
    data: str
    simulated: bool


class StoredEntries:
    """The entries of a database."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors) -> None:
        self._writer = writer
        self._reading = reading
        self._authors = authors

    def put(self, entry: Entry) -> bool:
        """Write an entry, in place of the one with its id; done when it is committed. False where it could not be."""
        values = [stamp(entry.at) if name == "at" else storable(getattr(entry, name)) for name in _FIELDS]
        return self._write_now(_PUT, [*values, self._authors.signed_address()])

    def delete(self, entry_id: str) -> bool:
        """Delete one; done when it is gone. False where it could not be."""
        return self._write_now("DELETE FROM entries WHERE id = ?", [entry_id])

    def delete_all(self, kinds: Sequence[str] = ()) -> int:
        """Delete all, or all of some kinds; gives how many there were, 0 where they could not be deleted.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()
        count = self.count(kinds)
        places = ", ".join("?" for _ in kinds)
        sql = "DELETE FROM entries" + (f" WHERE kind IN ({places})" if kinds else "")

        def write(batch: Batch) -> None:
            batch.connection.execute(sql, list(kinds))
            add_event(batch.connection, "entries deleted", author, detail=f"{count} entries")

        return count if self._writer.perform(write) else 0

    def get(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        entries = self._read_entries(select(tables.entries).where(tables.entries.c.id == entry_id))
        return entries[0] if entries else None

    def latest(self, limit: int = 100, *, kinds: Sequence[str] = (), since: float | None = None) -> list[Entry]:
        """The latest entries, newest first.

        Args:
            kinds: only of these; all if left out.
            since: only from this moment on, in seconds since the epoch.
        """
        query = _of_kinds(select(tables.entries), kinds)
        if since is not None:
            query = query.where(tables.entries.c.at >= stamp(since))
        order = (tables.entries.c.at.desc(), tables.entries.c.id.desc())
        return self._read_entries(query.order_by(*order).limit(limit))

    def count(self, kinds: Sequence[str] = ()) -> int:
        """How many there are."""
        with self._reading.connect() as connection:
            return int(
                connection.execute(_of_kinds(select(func.count()).select_from(tables.entries), kinds)).scalar_one()
            )

    def _write_now(self, sql: str, values: list[Any]) -> bool:
        return self._writer.perform(lambda batch: batch.connection.execute(sql, values))

    def _read_entries(self, query: Select[Any]) -> list[Entry]:
        with self._reading.connect() as connection:
            return [_entry_of(dict(row._mapping)) for row in connection.execute(query)]


def _of_kinds(query: Select[Any], kinds: Sequence[str]) -> Select[Any]:
    return query.where(tables.entries.c.kind.in_(kinds)) if kinds else query


def _entry_of(row: dict[str, Any]) -> Entry:
    del row["changed_by"]
    return Entry(**{**row, "at": epoch_of(row["at"]), "simulated": bool(row["simulated"])})
