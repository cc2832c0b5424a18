"""Connections for quick reads by the router itself: one for each thread that reads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable


class Readers:
    """Opens a connection for each thread, and closes them all.

    Args:
        connect: opens one.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
            self._opened.append(found)
        return found

    def close(self) -> None:
        """Close them all."""
        for connection in self._opened:
            connection.close()
