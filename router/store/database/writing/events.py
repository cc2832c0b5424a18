"""Changes that no table of its own keeps, such as what was deleted: each with who made it."""

from __future__ import annotations

import time

from router.store.database.connections import SqlConnection
from router.store.database.times import stamp
from router.store.database.writing.authors import Authors
from router.store.database.writing.writer import Writer

_ADD = "INSERT INTO events (at, kind, provider, detail, changed_by) VALUES (?, ?, ?, ?, ?)"


def add_event(
    connection: SqlConnection, kind: str, author: str | None, *, provider: str | None = None, detail: str | None = None
) -> None:
    """Write a change within the open transaction.

    Args:
        kind: what it was, such as `settings saved`.
        author: who made it.
        provider: whom it is about, where it is about one.
        detail: more of it; never a key or another value.
    """
    connection.execute(_ADD, (stamp(time.time()), kind, provider, detail, author))


class ChangeEvents:
    """Changes that do not pass the store: of settings, and of the providers there are."""

    def __init__(self, writer: Writer, authors: Authors) -> None:
        self._writer = writer
        self._authors = authors

    def note(self, kind: str, *, provider: str | None = None, detail: str | None = None) -> None:
        """Queue a change that was made, as `add_event` writes it.

        Raises:
            ChangeRefused: this person may look and run, and no more.
        """
        author = self._authors.operator_address()
        self._writer.submit(lambda batch: add_event(batch.connection, kind, author, provider=provider, detail=detail))
