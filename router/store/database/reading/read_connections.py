"""What pages and reports read through: SQLAlchemy's pool of connections, kept to the database as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from router.errors import ConfigurationError
from router.store.database.connections import Database, SearchIndex


class ReadConnections:
    """Connections to read from.

    Attributes:
        engine: SQLAlchemy's own, for those who watch over it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._errors: tuple[type[Exception], ...] = (*database.errors, DBAPIError)
        self._generation = database.generation
        self.engine: Engine = database.make_engine()
        database.when_released(self.close)

    @property
    def search(self) -> SearchIndex:
        """The full-text index that they read."""
        return self._database.search

    @property
    def groups_by_key(self) -> bool:
        """As `Database.groups_by_key`."""
        return self._database.groups_by_key

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection until the end of the block.

        Raises:
            ConfigurationError: the database cannot be read now; in words fit for a page.
        """
        database = self._database
        try:
            with database.gate:
                self._follow_database()
                with self.engine.connect() as connection:
                    yield connection
        except self._errors as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            if not database.is_passing(cause):
                self.close()  # new connections see what has become of the database
            # Without the cause, whose text holds the statement.
            words = ": ".join(filter(None, [database.words_of(cause), database.advice_on(cause)]))
            raise ConfigurationError(f"{database.name} cannot be read: {words}") from None

    def _follow_database(self) -> None:
        generation = self._database.verify()
        if generation != self._generation:
            self.close()
            self._generation = generation

    def close(self) -> None:
        """Close what is open; whoever reads again gets a new connection."""
        self._database.ahead_of_closing()
        self.engine.dispose()
