"""What pages and reports read through: SQLAlchemy's pool of connections, kept to the file as it is now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from router.errors import ConfigurationError
from router.store.database import sqlite
from router.store.database.file import DatabaseFile


class ReadConnections:
    """Connections to read from.

    Attributes:
        engine: SQLAlchemy's own, for those who watch over it.
    """

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._generation = file.generation
        # Parameters are what people search for, and must not stand in an error that somebody prints.
        self.engine: Engine = create_engine(
            "sqlite+pysqlite://", creator=self._open_connection, poolclass=QueuePool, hide_parameters=True
        )
        file.when_released(self.close)

    def _open_connection(self) -> sqlite3.Connection:
        connection = self._file.connect()
        # Figures read whole stretches of their tables again and again; pages are not mapped (see `sqlite.connect`).
        connection.execute("PRAGMA cache_size = -32000")
        return connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection until the end of the block.

        Raises:
            ConfigurationError: the database cannot be read now; in words fit for a page.
        """
        try:
            with self._file.gate:
                self._follow_file()
                with self.engine.connect() as connection:
                    yield connection
        except (sqlite3.Error, OSError, DBAPIError) as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            if not sqlite.is_locked(cause):
                self.close()  # new connections see what has become of the file
            # Without the cause, whose text holds the statement.
            words = ": ".join(filter(None, [sqlite.words_of(cause), sqlite.advice_on(cause)]))
            raise ConfigurationError(f"{self._file.path} cannot be read: {words}") from None

    def _follow_file(self) -> None:
        generation = self._file.verify()
        if generation != self._generation:
            self.close()
            self._generation = generation

    def close(self) -> None:
        """Close what is open; whoever reads again gets a new connection."""
        self._file.mend_index()  # closing reads it too
        self.engine.dispose()
