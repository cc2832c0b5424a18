"""Runs of many requests that one process makes at a time: taken by it, left by it, gone on with by any."""

from __future__ import annotations

from sqlalchemy import Table

from router.store.database.connections import SqlConnection
from router.store.database.owners import Owner, lives
from router.store.database.transactions import Batch
from router.store.database.writer import Writer


class OwnedRuns:
    """The runs of one table with `id`, `job` and `owner`.

    Args:
        alone: whether no two runs of the table are made at once, rather than no run twice.
    """

    def __init__(self, writer: Writer, owner: Owner, table: Table, *, alone: bool = False) -> None:
        self._writer = writer
        self._owner = owner
        self._table = table.name
        self._alone = alone

    def take(self, run_id: str) -> bool:
        """Take a run for this process to make; False where it is taken already, here or in another process."""
        is_ours = False

        def write(batch: Batch) -> None:
            nonlocal is_ours
            batch.connection.take_turn()
            is_ours = not self._is_taken(batch.connection, run_id)
            if is_ours:
                batch.connection.execute(
                    f"UPDATE {self._table} SET owner = ? WHERE id = ?",
                    (self._owner.id, run_id),
                )

        return self._writer.perform(write) and is_ours

    def release(self, run_id: str) -> None:
        """Leave a run to whoever goes on with it."""
        sql = f"UPDATE {self._table} SET owner = NULL WHERE id = ? AND owner = ?"
        # Urgent, so that it does not come behind a `take` of the same run.
        self._writer.submit(lambda batch: batch.connection.execute(sql, (run_id, self._owner.id)), urgent=True)

    def note_job(self, run_id: str, job_id: str) -> None:
        """Say which job does it now."""
        sql = f"UPDATE {self._table} SET job = ? WHERE id = ?"
        self._writer.submit(lambda batch: batch.connection.execute(sql, (job_id, run_id)))
        self.settle()

    def settle(self) -> None:
        """Wait until all that was put is written."""
        self._writer.flush()

    def _is_taken(self, connection: SqlConnection, run_id: str) -> bool:
        query = f"SELECT owner FROM {self._table} WHERE owner IS NOT NULL AND (? = 1 OR id = ?)"
        rows = connection.execute(query, (int(self._alone), run_id)).fetchall()
        return any(lives(connection, row[0]) for row in rows)
