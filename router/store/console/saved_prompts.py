"""Prompts kept under a name, with their task and settings, until somebody deletes them.

They are an operator's own, and no part of the log of requests: `ROUTER_LOG_CONTENT` and retention leave them alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql import Select
from ulid import ULID

from router.store.console.operator_rows import OperatorRows
from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.times import stamp
from router.store.database.values import storable
from router.store.database.writing.authors import Authors
from router.store.database.writing.writer import Writer

# Under a name that is there, the new prompt takes the old one's place and keeps its id, and with it its address.
_PUT = (
    "INSERT INTO saved_prompts (id, name, task_type, controls, at, changed_by) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET task_type = excluded.task_type, controls = excluded.controls, "
    "at = excluded.at, changed_by = excluded.changed_by"
)


@dataclass(frozen=True, slots=True)
class SavedPrompt:
    """One prompt.

    Attributes:
        id: a ULID, by which an address names it.
        controls: the values of a page's controls, the prompt itself among them; what JSON can hold.
    """

    id: str
    name: str
    task_type: str
    controls: Mapping[str, Any]


class SavedPrompts(OperatorRows):
    """The saved prompts of a database."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors) -> None:
        super().__init__(writer, reading, authors, table=tables.saved_prompts)

    def put(self, name: str, task_type: str, controls: Mapping[str, Any]) -> SavedPrompt | None:
        """Keep a prompt under a name, in place of the one that has it; None where it cannot be written now.

        Raises:
            ValueError: the name is empty.
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()
        name = " ".join(name.split())
        if not name:
            raise ValueError("a saved prompt needs a name")
        text = json.dumps(dict(controls), ensure_ascii=False)
        values = [str(ULID()), storable(name), task_type, storable(text), stamp(time.time()), author]
        written = self._writer.perform(lambda batch: batch.connection.execute(_PUT, values))
        return self.named(name) if written else None

    def get(self, prompt_id: str) -> SavedPrompt | None:
        """The prompt with this id, or None."""
        return next(iter(self._read(select(_TABLE).where(_TABLE.c.id == prompt_id))), None)

    def named(self, name: str) -> SavedPrompt | None:
        """The prompt with this name, or None."""
        return next(iter(self._read(select(_TABLE).where(_TABLE.c.name == name))), None)

    def by_name(self) -> list[SavedPrompt]:
        """All of them, in the order of their names."""
        return self._read(select(_TABLE).order_by(_TABLE.c.name))

    def _read(self, query: Select[Any]) -> list[SavedPrompt]:
        with self._reading.connect() as connection:
            return [_prompt_of(dict(row._mapping)) for row in connection.execute(query)]


_TABLE = tables.saved_prompts


def _prompt_of(row: Mapping[str, Any]) -> SavedPrompt:
    return SavedPrompt(row["id"], row["name"], row["task_type"], json.loads(row["controls"]))
