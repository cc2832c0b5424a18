"""Notes on requests: what an operator wants to remember of one. They outlive its texts and go with its row."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.statements import insert_or_update
from router.store.database.times import stamp
from router.store.database.values import storable_text
from router.store.database.writing.authors import Authors
from router.store.database.writing.events import add_event
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

LONGEST = 4_000
"""Characters of a note that are kept."""

_PUT = insert_or_update(tables.request_notes, ("request_id", "at", "note", "changed_by"))
_REMOVE = "DELETE FROM request_notes WHERE request_id = ?"


class RequestNotes:
    """Writes and reads notes, one a request."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors) -> None:
        self._writer = writer
        self._reading = reading
        self._authors = authors

    def put_note(self, request_id: str, note: str) -> bool:
        """Keep a note in place of the one before; an empty one removes it. False where it could not be written.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()
        text = storable_text(note.strip()[:LONGEST])
        if not text:
            return self._writer.perform(lambda batch: _remove_note(batch, request_id, author))
        values = request_id, stamp(time.time()), text, author
        return self._writer.perform(lambda batch: batch.connection.execute(_PUT, values))

    def read_notes(self, request_ids: Sequence[str]) -> Mapping[str, str]:
        """The notes on some requests, by request; those without one are left out."""
        table = tables.request_notes.c
        query = select(table.request_id, table.note).where(table.request_id.in_(request_ids))
        with self._reading.connect() as connection:
            return {row.request_id: row.note for row in connection.execute(query)}


def _remove_note(batch: Batch, request_id: str, author: str | None) -> None:
    if batch.connection.execute(_REMOVE, (request_id,)).rowcount:
        add_event(batch.connection, "note removed", author, detail=request_id)
