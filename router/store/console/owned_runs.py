"""Runs of many requests that one process makes at a time: taken by it, left by it, gone on with by any."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import Table
from ulid import ULID

from router.store.database.connections import SqlConnection
from router.store.database.owners import Owner, lives
from router.store.database.reading.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.times import stamp
from router.store.database.values import storable
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer


class RunStep(Protocol):
    """A step of a run: a dataclass whose fields are columns of the steps' table."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


_Step = TypeVar("_Step", bound=RunStep)


class OwnedRuns(Generic[_Step]):
    """The runs of one table with `id`, `started_at`, `job` and `owner`, and their steps in another.

    Args:
        run_table, step_table: where the runs and their steps are.
        step_type: what a step is.
        alone: whether no two runs of the table are made at once, rather than no run twice.
    """

    def __init__(
        self,
        writer: Writer,
        readers: Readers,
        owner: Owner,
        *,
        run_table: Table,
        step_table: Table,
        step_type: type[_Step],
        alone: bool = False,
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._owner = owner
        self._table = run_table.name
        self._step_columns = tuple(step_type.__dataclass_fields__)
        self._put_step = insert_or_update(step_table, ("run_id", *self._step_columns))
        self._alone = alone

    def put(self, run_id: str, step: _Step) -> None:
        """Write how a step went."""
        values = self._step_values(run_id, step)
        self._writer.submit(lambda batch: batch.connection.execute(self._put_step, values))

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

    def _write_run(
        self,
        values: Mapping[str, object],
        steps: Sequence[_Step],
        write_more: Callable[[Batch, str], None] | None = None,
    ) -> str:
        """Write down a new run with all its steps, in one transaction; gives its id.

        Args:
            values: by column, beside its id and when it was begun.
            write_more: what belongs to the run beside its steps, by the run's id.
        """
        run_id = str(ULID())
        columns = {"id": run_id, "started_at": stamp(time.time()), "job": "", **values}
        places = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {self._table} ({', '.join(columns)}) VALUES ({places})"

        def write(batch: Batch) -> None:
            batch.connection.execute(insert, tuple(columns.values()))
            batch.connection.executemany(self._put_step, [self._step_values(run_id, step) for step in steps])
            if write_more is not None:
                write_more(batch, run_id)

        self._writer.submit(write)
        self.settle()
        return run_id

    def _step_values(self, run_id: str, step: _Step) -> tuple[object, ...]:
        return run_id, *(storable(getattr(step, name)) for name in self._step_columns)

    def _is_made_by(self, owner: str | None) -> bool:
        """Whether a run with this owner is being made, here or in another process."""
        return owner is not None and bool(self._readers.run(lives, owner))

    def _is_taken(self, connection: SqlConnection, run_id: str) -> bool:
        query = f"SELECT owner FROM {self._table} WHERE owner IS NOT NULL AND (? = 1 OR id = ?)"
        rows = connection.execute(query, (int(self._alone), run_id)).fetchall()
        return any(lives(connection, row[0]) for row in rows)
