"""Rows that an operator keeps: written in the name of whoever is signed in, and there until somebody deletes them."""

from __future__ import annotations

from sqlalchemy import Table

from router.store.database.reading.read_connections import ReadConnections
from router.store.database.writing.authors import Authors
from router.store.database.writing.events import add_event
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer


class OperatorRows:
    """The rows of one table with an `id`."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors, *, table: Table) -> None:
        self._writer = writer
        self._reading = reading
        self._authors = authors
        self._name = table.name

    def delete(self, row_id: str) -> bool:
        """Delete one; False where that cannot be written now.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()

        def write(batch: Batch) -> None:
            if batch.connection.execute(f"DELETE FROM {self._name} WHERE id = ?", [row_id]).rowcount:
                add_event(batch.connection, f"row of {self._name} deleted", author, detail=row_id)

        return self._writer.perform(write)
