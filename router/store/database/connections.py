"""What the store needs of a database, whichever it is; `sqlite` and `postgres` beside this file each give it.

Statements are written once: driver-level SQL with `?` (or `:name`) for values, of the kind that both databases read.
Executing them through SQLAlchemy Core takes seven times as long on SQLite (140 µs to 20 µs a row), and a request waits
for its row; so Core describes the tables and reads for pages, and the write path stays at the driver. What cannot be
said in the same words (turns, sums of distributions, overwriting, searching) is a method here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, FromClause

from router.store.database.gate import Gate
from router.store.database.search_terms import SearchTerms
from router.store.database.statements import Sum

Values = Sequence[Any] | Mapping[str, Any]
Merge = Callable[[bytes, bytes], bytes]
"""Makes one packed distribution of two; see `router.store.log.histograms`."""


SERVER_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
"""How URLs of servers begin; hosts that give one to a program write the second."""


def is_server(url: str) -> bool:
    """Whether a URL names a server, and not a file."""
    scheme, mark, _ = url.partition("://")
    return bool(mark) and scheme.lower() in SERVER_SCHEMES


class Use(Enum):
    """What a connection is for, which decides how long it waits."""

    AT_ONCE = "at once"
    WRITING = "writing"
    ROUTING = "routing"
    PAGES = "pages"
    LONG_WORK = "long work"
    LEAVING = "leaving"


class SqlCursor(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """Rows that were written."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class SqlConnection(Protocol):
    """A connection in autocommit mode, for one thread at a time."""

    def execute(self, sql: str, values: Values = (), /) -> SqlCursor:
        """Execute one statement."""
        ...

    def executemany(self, sql: str, rows: Iterable[Values], /) -> Any:
        """Execute one statement for each row of values."""
        ...

    def transaction(self, *, repeatable: bool = False) -> AbstractContextManager[None]:
        """A transaction that writes: committed at the end of the block, rolled back where that raises.

        Args:
            repeatable: whether all of it comes to the same if it is written again, in parts or as a whole. It may then
                be committed without a number by which it could be asked after, and in parts.
        """
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Reading within the block what was committed at its beginning, whatever others write meanwhile."""
        ...

    def stream(self, sql: str, /) -> Iterator[Any]:
        """Rows of a query, a few of which are in memory at a time; within `snapshot`."""
        ...

    def renumber(self) -> None:
        """Within a transaction: let new rows be numbered from behind those that were written with their numbers."""
        ...

    def take_turn(self) -> None:
        """Within a transaction: be the only one, until its end, that changes what all processes share.

        Whoever reads such rows, decides and writes calls it first; so does who writes several of them, or two
        processes could each wait for a row of the other's.
        """
        ...

    def add_up(self, sums: Sequence[Sum]) -> None:
        """Within a transaction: add rows of figures, of one table or of many, to those that have the same key."""
        ...

    def hold_figures(self) -> None:
        """Within a transaction: let nobody else add up figures until its end."""
        ...

    def overwrite_deleted(self) -> None:
        """Have deleted texts overwritten from now on, where the database leaves them readable."""
        ...

    def purge_search(self) -> None:
        """Take deleted words out of the search index, all of them; outside of a transaction."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True)
class IndexedTexts:
    """The texts that hold what is looked for.

    Attributes:
        source: what they are read from.
        clauses: what its rows have to be.
        order: the column in whose order, backwards, the latest come first.
        before: the clause for those of requests before one.
    """

    source: FromClause
    clauses: tuple[Any, ...]
    order: Any
    before: Callable[[Connection, str], Any]


class SearchIndex(Protocol):
    """The full-text index over `contents`."""

    @property
    def parts(self) -> Sequence[str]:
        """What deleted words are taken out of step by step, by name; nothing where the database sees to it."""
        ...

    def find_texts(self, connection: Connection, terms: SearchTerms) -> IndexedTexts:
        """Where the texts are that hold all of some terms."""
        ...

    def merge_step(self, connection: SqlConnection, part: str, *, is_first: bool = False) -> bool:
        """Make one step in one of `parts`; whether there is more to do."""
        ...


class CounterFeed(Protocol):
    """Has the counters read whenever a database tells that one has changed."""

    @property
    def is_live(self) -> bool:
        """Whether all changes so far were read, and the next would be told of."""
        ...

    def stop(self) -> None:
        """Listen no more."""
        ...


class Database(Protocol):
    """A database as this process has it open.

    Attributes:
        name: for error texts: a path, or a host and a database, without a password.
        gate: whoever reads or writes does so within it, so that a fork can wait for the end of it.
        generation: grows whenever connections have to be made anew.
        renewed: what happened to the database, and when (seconds since the epoch); None where nothing did.
        errors: what its calls raise where it cannot be used.
        writes_at_once: whether a commit is so quick that an event loop may wait for it.
        patience: seconds that a request waits for its row, and for anything else of a database that does not answer.
        counters_fresh: seconds that a reading of the counters serves.
        answers_at_once: whether an event loop may wait for an answer; where not, threads ask, for a limited time.
        groups_by_key: whether rows may be grouped by one table's key and read with all columns of others; where not, a
            list by attempts asks of each request whether it has one.
    """

    name: str
    gate: Gate
    generation: int
    renewed: tuple[str, float] | None
    errors: tuple[type[Exception], ...]
    writes_at_once: bool
    patience: float
    counters_fresh: float
    answers_at_once: bool
    groups_by_key: bool

    @property
    def search(self) -> SearchIndex:
        """The full-text index."""
        ...

    def connect(self, use: Use) -> SqlConnection:
        """A new connection; whoever asks closes it."""
        ...

    def make_engine(self) -> Engine:
        """SQLAlchemy's pool of connections, for pages and reports."""
        ...

    def verify(self) -> int:
        """Look whether it still is what was opened; gives the generation of the connections to it."""
        ...

    def feed_counters(self, read: Callable[[SqlConnection], None]) -> CounterFeed | None:
        """Have the counters read when one has changed; None where asking for them costs nothing."""
        ...

    def when_released(self, release: Callable[[], None]) -> None:
        """Have a function called that closes connections, ahead of a fork."""
        ...

    def ahead_of_closing(self) -> None:
        """Called ahead of the end of a connection."""
        ...

    def is_answering(self, since: float) -> bool:
        """Whether it is there and only slow, as far as that can be known.

        Args:
            since: when it was asked for what somebody waits for (`time.monotonic`).
        """
        ...

    def is_slowness(self, error: BaseException) -> bool:
        """Whether an error says that the database is there, and others kept it from answering in time."""
        ...

    def look_after(self) -> None:
        """Mend what has befallen it meanwhile; called now and then by the writer, outside of `gate`."""
        ...

    def was_committed(self, error: Exception) -> bool:
        """Whether the transaction that ended in this error was committed all the same.

        Raises:
            Exception: one of `errors`: it cannot be known now.
        """
        ...

    def put_away(self) -> bool:
        """Ahead of a fork: close every connection, as soon as nobody uses one; false where somebody goes on."""
        ...

    def take_up(self) -> None:
        """After a fork, in the process that forked: let everybody in again."""
        ...

    def leave_to_parent(self) -> None:
        """After a fork, in the child: this object is of no use here, and says so to whoever uses it."""
        ...

    def close(self) -> None:
        """Have no connection open any more."""
        ...

    def is_passing(self, error: BaseException) -> bool:
        """Whether an error passes by itself within moments, and the connection that met it can be used again."""
        ...

    def is_of_database(self, error: BaseException) -> bool:
        """Whether an error is about the database as it is now, and not about what was to be written."""
        ...

    def words_of(self, error: BaseException) -> str:
        """What an error means, in words that quote nothing: a database's own may hold what was to be written."""
        ...

    def advice_on(self, error: BaseException) -> str:
        """What a person can do about an error; empty where nobody knows, or where its words say it."""
        ...


class Link:
    """One connection for one user after another, made anew whenever it leads elsewhere than it should."""

    def __init__(self, database: Database, use: Use) -> None:
        self._database = database
        self._use = use
        self._connection: SqlConnection | None = None
        self._generation = 0

    def connection(self) -> SqlConnection:
        """The connection; only within `Database.gate`.

        Raises:
            Exception: one of `Database.errors`: there is none to be had now.
        """
        generation = self._database.verify()
        if self._connection is None or generation != self._generation:
            self.release()
            self._connection, self._generation = self._database.connect(self._use), generation
        return self._connection

    def release(self) -> None:
        """Close it; the next to ask gets a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._database.ahead_of_closing()
            connection.close()
