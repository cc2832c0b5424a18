"""An operator's own cases for evaluations, kept until somebody deletes them.

Like saved prompts they are no part of the log of requests: `ROUTER_LOG_CONTENT` and retention leave them alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from router.store.console.operator_rows import OperatorRows
from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.statements import insert_or_update
from router.store.database.times import epoch_of, stamp
from router.store.database.values import storable
from router.store.database.writing.authors import Authors
from router.store.database.writing.writer import Writer

_TABLE = tables.evaluation_cases
_COLUMNS = ("id", "at", "task_type", "document")
_WRITTEN = (*_COLUMNS, "author")
_PUT = insert_or_update(_TABLE, _WRITTEN)


@dataclass(frozen=True, slots=True)
class KeptCase:
    """One case: its task, what it holds as plain values, and when it was kept (seconds since the epoch)."""

    id: str
    at: float
    task_type: str
    document: Mapping[str, Any]


class KeptCases(OperatorRows):
    """The own cases of a database."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors) -> None:
        super().__init__(writer, reading, authors, table=tables.evaluation_cases)

    def put(self, documents: Sequence[Mapping[str, Any]]) -> bool:
        """Keep cases, each in place of the one that has its `id`; all or none. False where that cannot be now.

        Args:
            documents: each with its `id` and its `task`.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author, now = self._authors.operator_address(), stamp(time.time())
        rows = [
            (
                storable(document["id"]),
                now,
                str(document["task"]),
                storable(json.dumps(document, ensure_ascii=False)),
                author,
            )
            for document in documents
        ]
        return self._writer.perform(lambda batch: batch.connection.executemany(_PUT, rows))

    def all(self) -> list[KeptCase]:
        """All of them, by task and in the order in which they were kept."""
        query = select(*(_TABLE.c[name] for name in _COLUMNS)).order_by(_TABLE.c.task_type, _TABLE.c.at, _TABLE.c.id)
        with self._reading.connect() as connection:
            rows = connection.execute(query).all()
        return [KeptCase(row[0], epoch_of(row[1]), row[2], json.loads(row[3])) for row in rows]
