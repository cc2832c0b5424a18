"""A database of a server, as this process has it open.

What always holds:

- Nobody waits for a server that is silent: `Readers` of the router ask it from threads of their own, and whoever routes
  a request waits for them a fifth of a second, once; while nothing comes back, the next are told at once that nothing
  can be read.
- Whoever needs an exact answer (an app's limit, the last call of a day, a probe) waits longer for a server that is
  there and only slow; one that says nothing for a second, or refuses, is away, and nobody waits for it any more.
- A connection that was lost is made anew by who needs it next; nothing else has to be done after a restart.
- A transaction whose commit got no answer is asked after by its number before it is written again.
- No connection is open while the process forks: two processes that read from one would each get a part of the answers.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool

from router.store.database.connections import Merge, SqlConnection, Use
from router.store.database.gate import FORK_PATIENCE_SECONDS, Gate
from router.store.database.postgres import dialect, server_errors
from router.store.database.postgres.address import Address
from router.store.database.postgres.dialect import CommitUnknown, PostgresConnection
from router.store.database.postgres.pulse import Pulse
from router.store.database.postgres.search_index import ServerSearch
from router.store.database.postgres.signals import CounterSignals


class Server:
    """`router.store.database.connections.Database` on a server.

    Args:
        prepare: makes the tables, and enters this process among those that have the database open.
        merged: makes one packed distribution of two.

    Raises:
        psycopg.Error, OSError: it cannot be opened.
    """

    errors = server_errors.ERRORS
    search = ServerSearch()
    writes_at_once = False
    patience = 0.2
    counters_fresh = 0.1
    answers_at_once = False
    groups_by_key = False
    is_passing = staticmethod(server_errors.is_passing)
    is_slowness = staticmethod(server_errors.is_slowness)
    is_of_database = staticmethod(server_errors.is_of_database)
    words_of = staticmethod(server_errors.words_of)
    advice_on = staticmethod(server_errors.advice_on)

    def __init__(self, address: Address, prepare: Callable[[SqlConnection], None], merged: Merge) -> None:
        self.name = address.name
        self.gate = Gate()
        self.generation = 0
        self.renewed: tuple[str, float] | None = None
        self._address = address
        self._merged = merged
        self._releases: list[Callable[[], None]] = []
        self._is_left = False
        self._pulse = Pulse()
        self.is_answering = self._pulse.is_beating
        connection = self.connect(Use.LONG_WORK)
        try:
            dialect.require_settings(connection)
            prepare(connection)
        finally:
            connection.close()

    def connect(self, use: Use) -> PostgresConnection:
        """A new connection; whoever asks closes it."""
        return dialect.connect(self._address.conninfo, self._merged, use, self._pulse.note_answer)

    def make_engine(self) -> Engine:
        """SQLAlchemy's pool of connections, each asked whether it still is one before it is used again."""
        # Parameters are what people search for, and must not stand in an error that somebody prints.
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: dialect.open_raw(self._address.conninfo, Use.PAGES),
            poolclass=QueuePool,
            pool_pre_ping=True,
            pool_timeout=10,
            hide_parameters=True,
        )

    def verify(self) -> int:
        """The generation of the connections.

        Raises:
            psycopg.OperationalError: this process is the child of the one that opened them.
        """
        if self._is_left:
            raise psycopg.OperationalError("this process was forked from the one that opened the database")
        return self.generation

    def feed_counters(self, read: Callable[[SqlConnection], None]) -> CounterSignals:
        """Have the counters read when one has changed."""
        feed = CounterSignals(lambda: self.connect(Use.ROUTING), read, self.gate, self._pulse)
        self.when_released(feed.release)
        return feed

    def when_released(self, release: Callable[[], None]) -> None:
        """Have a function called that closes connections, ahead of a fork."""
        self._releases.append(release)

    def ahead_of_closing(self) -> None:
        """Nothing to do."""

    def look_after(self) -> None:
        """Nothing to do: what befalls a connection is met by who uses it."""

    def was_committed(self, error: Exception) -> bool:
        """Whether the transaction that ended in this error was committed all the same.

        Raises:
            psycopg.Error, OSError: the server cannot be asked now, or the transaction is not over.
        """
        if not isinstance(error, CommitUnknown):
            return False
        connection = self.connect(Use.WRITING)
        try:
            row = connection.execute("SELECT pg_xact_status(?::xid8)", (error.transaction,)).fetchone()
        finally:
            connection.close()
        if row[0] == "in progress":  # the server has not noticed yet that nobody is there any more
            raise error
        return bool(row[0] == "committed")

    def put_away(self) -> bool:
        """Ahead of a fork: close every connection, as soon as nobody uses one; false where somebody goes on."""
        if not self.gate.shut(FORK_PATIENCE_SECONDS):
            return False
        self.close()
        return True

    def take_up(self) -> None:
        """After a fork, in the process that forked: let everybody in again; connections are made anew as needed."""
        self.gate.reopen()

    def leave_to_parent(self) -> None:
        """After a fork, in the child: this object is of no use here, and says so to whoever uses it."""
        self._is_left = True
        self.gate = Gate()

    def close(self) -> None:
        """Have no connection open any more."""
        for release in self._releases:
            release()
