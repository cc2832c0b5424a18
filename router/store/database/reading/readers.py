"""Connections for quick reads by the router itself: one for each thread that reads.

Pages run in threads that live for one look at the screen, so the connection of a thread that has ended is closed when
the next one is opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from router.store.database.connections import Database, Link, SqlConnection, Use

_log = logging.getLogger("router.store")

_R = TypeVar("_R")


class Readers:
    """Opens a connection for each thread, and closes those that are not used any more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local = threading.local()
        self._lock = threading.Lock()
        self._links: dict[threading.Thread, Link] = {}
        self._unreadable = self._said_odd = False
        database.when_released(self.close)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any] | None:
        """What a query gives; None where the database cannot be read now: routing goes on with what it knows."""
        rows: list[Any] | None = self.run(_all_rows, sql, values)
        return rows

    def records(self, make: Callable[[Any], _R], sql: str, values: Sequence[Any] = ()) -> list[_R] | None:
        """What `make` makes of each row, without those that it cannot read; None where the database cannot be read.

        Other programs may write to the file, and SQLite takes a word where a number belongs. Such a row is worth a
        line in the program's log, and no request.
        """
        rows = self.rows(sql, values)
        return None if rows is None else self.made(make, rows)

    def made(self, make: Callable[[Any], _R], rows: Sequence[Any]) -> list[_R]:
        """What `make` makes of each row, without those that it cannot read."""
        return [record for row in rows for record in self._made(make, row)]

    def _made(self, make: Callable[[Any], _R], row: Any) -> list[_R]:
        try:
            return [make(row)]
        except (TypeError, ValueError):
            if not self._said_odd:
                _log.error("a row of the database is passed over: it holds what this version never writes")
            self._said_odd = True
            return []

    def run(self, read: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of a connection (and these arguments) gives; None where the database cannot be read now."""
        try:
            with self._database.gate:
                result = read(self._own_link().connection(), *arguments)
        except self._database.errors as error:
            self._note_failure(error)
            return None
        self._unreadable = False
        return result

    def run_beside(self, read: Callable[[SqlConnection], object]) -> None:
        """Have a function of a connection called soon, and keep no event loop waiting for it."""
        self.run(read)

    def work_beside(self, work: Callable[[], object]) -> None:
        """Have a function called soon that reads through this object, and keep no event loop waiting for it."""
        work()

    @property
    def open_count(self) -> int:
        """How many are open."""
        return len(self._links)

    def stop(self) -> None:
        """Read no more."""
        self.close()

    def _note_failure(self, error: Exception) -> None:
        if not self._unreadable:
            _log.error("the database cannot be read: %s", self._database.words_of(error))
        self._unreadable = True
        if not self._database.is_passing(error):
            self._release_own()

    def _release_own(self) -> None:
        self._own_link().release()  # a new connection sees what has become of the database

    def _own_link(self) -> Link:
        """This thread's connection."""
        link: Link | None = getattr(self._local, "link", None)
        if link is None:
            link = self._local.link = Link(self._database, Use.ROUTING)
            with self._lock:
                self._close_left()
                self._links[threading.current_thread()] = link
        return link

    def _close_left(self) -> None:
        for thread in [thread for thread in self._links if not thread.is_alive()]:
            self._links.pop(thread).release()

    def close(self) -> None:
        """Close them all; whoever reads again gets a new one."""
        for link in list(self._links.values()):
            link.release()


def _all_rows(connection: SqlConnection, sql: str, values: Sequence[Any]) -> list[Any]:
    return connection.execute(sql, values).fetchall()
