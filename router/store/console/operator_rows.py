"""Rows that an operator keeps: written in the name of whoever is signed in, and there until somebody deletes them."""

from __future__ import annotations

from sqlalchemy import Table

from router.store.database.authors import Authors
from router.store.database.read_connections import ReadConnections
from router.store.database.writer import Writer


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
        self._authors.operator_address()
        query = f"DELETE FROM {self._name} WHERE id = ?"
        return self._writer.perform(lambda batch: batch.connection.execute(query, [row_id]))
