"""PostgreSQL as this store uses it: connections and transactions."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import adapters, pq
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.numeric import Int8Dumper

from router.store.database.connections import Merge, Use, Values
from router.store.database.postgres import figures
from router.store.database.postgres.server_errors import POOL_BETWEEN
from router.store.database.statements import Sum

# What it warns of when a connection is lost in a pipeline, the writer says in words of its own.
logging.getLogger("psycopg").setLevel(logging.ERROR)

TURN = 7_401
"""The advisory lock of those who change what all processes share; `figures` and the migrations have others."""

_CONNECT_SECONDS = 3
_SILENT_MILLISECONDS = 5_000  # so long data may stay unacknowledged, before a connection counts as lost

# The same at the server's end, which else keeps a vanished machine's transaction, and what it has locked, for hours: it
# is not told of a cable that was pulled, and has nothing to send that would stay unacknowledged. Five seconds: others
# who wait for that lock renew their leases with some seconds to spare, and no statement of theirs is given up.
_VANISHED = (
    "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2 "
    f"-c tcp_user_timeout={_SILENT_MILLISECONDS} "
    "-c idle_in_transaction_session_timeout=10000"
)
_MARK = "router.connection"

_LIMITS = {Use.ROUTING: 2_000, Use.WRITING: 10_000, Use.AT_ONCE: 10_000, Use.PAGES: 60_000, Use.LEAVING: 2_000}
"""Milliseconds after which the server gives a statement up."""

_NUMBERED = (
    b"SELECT table_name, column_name FROM information_schema.columns "
    b"WHERE is_identity = 'YES' AND table_schema = current_schema()"
)


class CommitUnknown(psycopg.OperationalError):
    """The connection was lost while a transaction was being committed: nobody knows yet whether it was.

    Attributes:
        transaction: its id, by which the server can be asked.
    """

    def __init__(self, transaction: str) -> None:
        super().__init__("the connection was lost at a commit")
        self.transaction = transaction


class _TruthDumper(Int8Dumper):
    """Truth is 1 or 0, as SQLite has it: one kind of column serves both databases."""

    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _WholeNumberLoader(Loader):
    """Sums of whole numbers are `numeric` in PostgreSQL, and whole numbers here."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdecimal() else float(text)


def _make_adapters() -> AdaptersMap:
    made = AdaptersMap(adapters)
    # All whole numbers of one type: by their size, one statement would be prepared in many forms.
    made.register_dumper(int, Int8Dumper)
    made.register_dumper(bool, _TruthDumper)
    made.register_loader("numeric", _WholeNumberLoader)
    return made


_ADAPTERS = _make_adapters()


class PostgresCursor:
    """What a statement came to; within a pipeline it is waited for when it is asked for."""

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any]) -> None:
        self._connection = connection
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        """Rows that were written."""
        pipeline = self._connection._pipeline
        if pipeline is not None:
            pipeline.sync()
        return self._cursor.rowcount

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


class PostgresConnection:
    """`router.store.database.connections.SqlConnection` on the driver's.

    A transaction is a pipeline: its statements are sent one behind another, and waited for where somebody asks for
    what one came to, and at the end.

    Args:
        note_answer: called when the server has answered.
    """

    def __init__(self, raw: psycopg.Connection[Any], merged: Merge, note_answer: Callable[[], None]) -> None:
        self.raw = raw
        self._merged = merged
        self._note_answer = note_answer

    def execute(self, sql: str, values: Values = (), /) -> PostgresCursor:
        """Execute one statement."""
        # Without values the driver reads no places, and leaves a percent sign as it is.
        sent = self.raw.execute(translated(sql), values) if values else self.raw.execute(sql.encode())
        if self.raw._pipeline is None:
            self._note_answer()
        return PostgresCursor(self.raw, sent)

    def executemany(self, sql: str, rows: Iterable[Values], /) -> None:
        """Execute one statement for each row of values."""
        with self.raw.cursor() as cursor:
            cursor.executemany(translated(sql), list(rows))

    @contextmanager
    def transaction(self, *, repeatable: bool = False) -> Iterator[None]:
        """Commit at the end of the block, or roll back.

        Raises:
            CommitUnknown: the connection was lost at the commit.
        """
        if repeatable:
            # Without a BEGIN, what a pipeline sends up to its end is one transaction: one way there and back for the
            # row that a request waits for, and not two.
            with self.raw.pipeline():
                yield
            self._note_answer()
            return
        try:
            with self.raw.pipeline() as pipeline:
                self.raw.execute("BEGIN")
                number = self.raw.execute("SELECT pg_current_xact_id()::text")
                yield
                pipeline.sync()
                transaction = str(number.fetchone()[0])  # type: ignore[index]
        except BaseException:
            self._roll_back()
            raise
        try:
            self.raw.execute("COMMIT", prepare=False)
        except psycopg.Error as error:
            if self.raw.broken or self.raw.closed:
                raise CommitUnknown(transaction) from error
            raise
        self._note_answer()

    def _roll_back(self) -> None:
        try:
            if self.raw.info.transaction_status not in (pq.TransactionStatus.IDLE, pq.TransactionStatus.UNKNOWN):
                self.raw.execute("ROLLBACK")
        except psycopg.Error:
            return  # the connection is of no use any more, and is made anew

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read what was committed at the beginning."""
        self.raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    def stream(self, sql: str, /) -> Iterator[Any]:
        """Rows of a query, by a cursor of the server's."""
        with self.raw.cursor(name="rows") as cursor:
            yield from cursor.execute(sql.encode())

    def renumber(self) -> None:
        """Let columns that number their rows go on behind the largest number that is there."""
        for table, column in self.raw.execute(_NUMBERED).fetchall():
            sql = f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false)"
            self.raw.execute(f"{sql} FROM {table}".encode())

    def take_turn(self) -> None:
        """Be the only one, until the transaction's end, that changes what all processes share."""
        self.raw.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))

    def hold_figures(self) -> None:
        """Let nobody else add up figures until the transaction's end."""
        figures.take_all_lanes(self.raw)

    def add_up(self, sums: Sequence[Sum]) -> None:
        """Add rows of figures to those that have the same key."""
        figures.add_up(self.raw, [(addition, rows) for addition, rows in sums if rows], self._merged)

    def overwrite_deleted(self) -> None:
        """Nothing to do: what is deleted is gone for whoever asks the server, and its space is used again."""

    def purge_search(self) -> None:
        """Nothing to do: an index's entries go with their rows."""

    def close(self) -> None:
        """Close it, whatever has become of the server."""
        try:
            self.raw.close()
        except (psycopg.Error, OSError):
            return


def connect(conninfo: str, merged: Merge, use: Use, note_answer: Callable[[], None]) -> PostgresConnection:
    """A connection as all of ours are: in autocommit mode, and lost soon where the network is.

    Args:
        note_answer: called when the server has answered.

    Raises:
        psycopg.Error, OSError: there is none to be had.
    """
    raw = open_raw(conninfo, use)
    return PostgresConnection(raw, merged, note_answer)


def open_raw(conninfo: str, use: Use) -> psycopg.Connection[Any]:
    """The driver's own connection.

    Raises:
        psycopg.Error, OSError: there is none to be had.
    """
    settings = [
        "-c timezone=UTC",
        f"-c {_MARK}=1",
        f"-c statement_timeout={_LIMITS.get(use, 0)}",
        *([_VANISHED] if use in _LIMITS else []),  # long work waits for the database that it copies from or to
        # As SQLite's journal: a commit survives the end of any process; of a crash of the server's machine the last
        # half second may be lost. Waiting for its disk would cost every request some milliseconds.
        "-c synchronous_commit=off",
    ]
    options = {
        "connect_timeout": str(_CONNECT_SECONDS),
        "tcp_user_timeout": str(_SILENT_MILLISECONDS),
        "keepalives_idle": "5",
        "keepalives_interval": "2",
        "keepalives_count": "3",
        "application_name": f"router {use.value}",
        "client_encoding": "utf8",
    }
    given = psycopg.conninfo.conninfo_to_dict(conninfo)
    options |= {name: str(value) for name, value in given.items()}  # what the URL says goes ahead of ours
    options["options"] = " ".join([*settings, str(given.get("options") or "")]).strip()
    return psycopg.connect(psycopg.conninfo.make_conninfo(**options), autocommit=True, context=_Context())


def require_settings(connection: PostgresConnection) -> None:
    """Make sure that a connection is ours alone and has the settings that it was opened with.

    Raises:
        psycopg.OperationalError: a pool stands between that drops them. One that gives each transaction another
            connection would lose signals and prepared statements too.
    """
    if connection.execute(f"SELECT current_setting('{_MARK}', true)").fetchone()[0] != "1":
        raise psycopg.OperationalError(f"{POOL_BETWEEN}: options")


class _Context:
    """How values are written and read on a connection."""

    adapters = _ADAPTERS
    connection = None


@lru_cache(maxsize=1_000)
def translated(sql: str) -> str:
    """A statement with its places as the driver has them: `?` and `:name` become `%s` and `%(name)s`."""
    text = sql.replace("%", "%%")
    return _NAMED.sub(r"%(\1)s", text) if _NAMED.search(text) else text.replace("?", "%s")


_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)\b")
