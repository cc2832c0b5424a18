"""Connections for quick reads by the router itself: one for each thread that reads.

Pages run in threads that live for one look at the screen, so the connection of a thread that has ended is closed when
the next one is opened.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

_log = logging.getLogger("router.store")


class Readers:
    """Opens a connection for each thread, and closes those that are not used any more.

    Args:
        connect: opens one.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: dict[threading.Thread, sqlite3.Connection] = {}
        self._unreadable = False

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
            with self._lock:
                self._close_left()
                self._opened[threading.current_thread()] = found
        return found

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any] | None:
        """What a query gives; None where the database cannot be read now: routing goes on with what it knows."""
        try:
            found = self.connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if not self._unreadable:
                _log.error("the database cannot be read: %s", error)
            self._unreadable = True
            return None
        self._unreadable = False
        return found

    @property
    def open_count(self) -> int:
        """How many are open."""
        return len(self._opened)

    def _close_left(self) -> None:
        for thread in [thread for thread in self._opened if not thread.is_alive()]:
            self._opened.pop(thread).close()

    def close(self) -> None:
        """Close them all."""
        for connection in self._opened.values():
            connection.close()
