"""The database file of one process: who has it open, and whether it still is the file that was opened.

What always holds:

- Nobody uses a connection but within `DatabaseFile.gate`, and nobody keeps one: `Link` gives it, and makes it anew
  where the file was deleted, replaced, or put away for a fork.
- A file that was deleted or replaced is opened anew, with its tables made, before the next statement; one that was
  truncated is not written to any more, until it is put right. Either is said in `LogError`.
- The journals beside it that were deleted are saved and begun anew; `journals` says how.
- One connection and one descriptor stay open as long as any: closing a descriptor of the file, or the last connection,
  takes locks off it that others rely on.
- No connection is open while the process forks: SQLite keeps its locks by process and knows nothing of children, so a
  child that inherits open connections would believe in locks that it has not.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool

from router.store.database.connections import Merge, Use
from router.store.database.gate import FORK_PATIENCE_SECONDS, Gate
from router.store.database.sqlite import dialect
from router.store.database.sqlite.dialect import SqliteConnection
from router.store.database.sqlite.journals import JournalFate, Journals
from router.store.database.sqlite.search_index import FileSearch

_Identity = tuple[int, int]
_FRESH_SECONDS = 0.005
_MENDING_PATIENCE_SECONDS = 0.5


class DatabaseFile:
    """One file, as this process has it open: `router.store.database.connections.Database`.

    Args:
        path: where it is; `prepare` is called with a connection to it now, and whenever another file is there.
        prepare: makes its tables, and enters this process among those that have it open.
        merged: makes one packed distribution of two.

    Raises:
        sqlite3.Error, OSError: it cannot be opened.
    """

    errors = dialect.ERRORS
    search = FileSearch()
    writes_at_once = True
    patience = 1.0
    # One request asks for several counters within a moment, and each query costs it a twentieth of its own time.
    counters_fresh = 0.002
    answers_at_once = True
    groups_by_key = True
    is_passing = is_slowness = staticmethod(dialect.is_locked)
    is_of_database = staticmethod(dialect.is_of_database)
    words_of = staticmethod(dialect.words_of)
    advice_on = staticmethod(dialect.advice_on)

    def __init__(self, path: Path, prepare: Callable[[SqliteConnection], None], merged: Merge) -> None:
        self.path = path
        self.name = str(path)
        self.generation = 0
        self.renewed: tuple[str, float] | None = None
        self._name = str(path)
        self._journals = Journals(self._name)
        self._anchor: SqliteConnection | None = None
        self._handle: int | None = None
        self._prepare = prepare
        self._merged = merged
        self._lock = threading.RLock()
        self.gate = Gate()
        self._identity: _Identity | None = None
        self._size = 0
        self._damage: str | None = None
        self._fresh_until = 0.0
        self._links: list[Callable[[], None]] = []
        self._is_left = self._is_put_away = False
        self._open_file()

    def connect(self, use: Use) -> SqliteConnection:
        """A connection to the file as it is; whoever asks closes it."""
        return dialect.connect(self._name, self._merged, use)

    def make_engine(self) -> Engine:
        """SQLAlchemy's pool of connections to the file as it is."""
        # Parameters are what people search for, and must not stand in an error that somebody prints.
        return create_engine(
            "sqlite+pysqlite://",
            creator=lambda: self.connect(Use.PAGES),
            poolclass=QueuePool,
            hide_parameters=True,
        )

    def was_committed(self, error: Exception) -> bool:
        """Never: a transaction that ended in an error left nothing in the file."""
        return False

    def verify(self) -> int:
        """Look whether the file still is the one that was opened; gives the generation of the connections to it.

        It is asked ahead of every transaction, so it looks at the file itself only every few milliseconds. At the
        journal's index it looks each time.

        Raises:
            sqlite3.Error, OSError: it cannot be used as it is.
        """
        if self._is_left:
            raise dialect.DatabaseGone("this process was forked from the one that opened the database")
        self._journals.mend_index()
        now = time.monotonic()
        if now < self._fresh_until:
            return self.generation
        identity, size = self._look_at_file()
        if identity != self._identity:
            self._renew_file(identity)
        elif size != self._size or self._damage is not None:
            self._check_size(size)
        if self._anchor is None:
            self._open_anchor_once()
        self._fresh_until = now + _FRESH_SECONDS
        return self.generation

    def _look_at_file(self) -> tuple[_Identity | None, int]:
        """Which file is there now, and its size in bytes; None where there is none."""
        try:
            status = os.stat(self._name)
        except FileNotFoundError:
            return None, 0
        return (status.st_dev, status.st_ino), status.st_size

    def feed_counters(self, read: Callable[[SqliteConnection], None]) -> None:
        """Nothing to do: asking a file for its counters takes some microseconds."""

    def when_released(self, release: Callable[[], None]) -> None:
        """Have a function called that closes connections, ahead of a fork."""
        self._links.append(release)

    def ahead_of_closing(self) -> None:
        """Ahead of whatever reads the journal's index, such as the end of a connection; see `Journals.mend_index`."""
        self._journals.mend_index()

    # --- what becomes of the file --------------------------------------------------------------------------------

    def _open_file(self) -> None:
        handle = dialect.open_privately(self.path)
        try:
            self._make_tables()
        except BaseException:
            os.close(handle)
            raise
        self._close_anchor()  # the others are closed by those who use them, as soon as they see the new generation
        self._handle = handle
        try:
            self._open_anchor()
        except BaseException:
            self._close_anchor()
            raise
        dialect.make_private(self.path)  # the journals too, which are there now
        self._identity, self._size = self._look_at_file()
        self._damage = None
        self.generation += 1

    def _make_tables(self) -> None:
        connection = self.connect(Use.LONG_WORK)
        try:
            self._prepare(connection)
        finally:
            connection.close()  # the last one: with it the tables come into the file, however little else does

    def _renew_file(self, seen: _Identity | None) -> None:
        with self._lock:
            identity, _ = self._look_at_file()
            if identity is not None and identity == self._identity:
                return  # another thread has been here
            happened = "deleted" if seen is None else "replaced"
            words = (
                f"the database file was {happened} while it was in use; the log goes on in the one that is there now"
            )
            self._identity = None  # where this fails, the next to look tries it again
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._journals.remove_ours()
            self._open_file()
            self.renewed = words, time.time()

    def _check_size(self, size: int) -> None:
        """A file that has shrunk was made smaller by SQLite itself, or truncated by somebody."""
        if size < self._size or self._damage is not None:
            missing = 0 if self._handle is None else dialect.missing_bytes(self._handle)
            self._damage = None
            if missing:
                self._damage = "the database file was truncated; move it away or put a copy of it in its place"
        if self._damage is not None:
            raise dialect.DatabaseGone(self._damage)
        self._size = size

    def is_answering(self, since: float) -> bool:
        """Not where nothing came back within `patience`: a lock is an error sooner, and what is left is a dead disk."""
        return time.monotonic() - since < self.patience

    def look_after(self) -> None:
        """Open everything anew where somebody has deleted or truncated a journal; outside of `gate`.

        Raises:
            sqlite3.Error, OSError: it cannot be done now.
        """
        if self._look_at_file()[0] != self._identity:
            return  # the journals beside it are another file's: `verify` opens that one, ahead of the next statement
        with self.gate:
            is_moved = os.path.realpath(self._name) != self._name  # and a link is in its place
            fate = JournalFate.LEFT if is_moved else self._journals.fate()
            if fate is None and self._anchor is not None:
                self._journals.note()
        if fate is None:
            return
        try:
            if self.gate.shut(_MENDING_PATIENCE_SECONDS):
                with self._lock:
                    self._replace_journals(fate)
        finally:
            self.gate.reopen()

    def _replace_journals(self, fate: JournalFate) -> None:
        if self._anchor is not None:
            self._journals.save(self._anchor, fate)
        self._close_connections()
        if fate is JournalFate.LEFT:
            self._name = os.path.realpath(self._name)  # beside which SQLite looks for the journals
            self._journals = Journals(self._name)
        self._open_anchor()
        self.generation += 1
        self.renewed = fate.value, time.time()

    # --- the connection that keeps the journals --------------------------------------------------------------------

    def _open_anchor(self) -> None:
        """A connection that nobody uses: as long as it is open, the journals stay, and can be saved by it."""
        anchor = self.connect(Use.LONG_WORK)
        if self._handle is None:
            self._handle = os.open(self._name, os.O_RDWR | os.O_CLOEXEC)
        anchor.execute("SELECT count(*) FROM sqlite_master").fetchall()  # only who reads opens the journal
        self._anchor = anchor
        # What is taken for ours is taken away when the file is gone: never another file's that came into its place.
        if self._identity in (None, self._look_at_file()[0]):
            self._journals.note()

    def _open_anchor_once(self) -> None:
        with self._lock:
            if self._anchor is None:  # it was closed for a fork
                self._open_anchor()

    def _close_connections(self) -> None:
        """Close every connection of this process, and with the last one the journals."""
        for release in self._links:
            release()
        self._close_anchor()

    def _close_anchor(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is not None:
            self._journals.mend_index()  # closing reads it too
            anchor.close()
        self._journals.forget()
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def close(self) -> None:
        """Have no connection open any more."""
        with self._lock:
            self._close_connections()

    # --- forks ----------------------------------------------------------------------------------------------------

    def put_away(self) -> bool:
        """Ahead of a fork: close every connection, as soon as nobody uses one; false where somebody goes on."""
        if not self.gate.shut(FORK_PATIENCE_SECONDS):
            return False
        self._lock.acquire()  # until the end of the fork: the writer may be about to replace the journals
        self._is_put_away = True
        self._close_connections()
        return True

    def take_up(self) -> None:
        """After a fork, in the process that forked: let everybody in again; connections are made anew as needed."""
        if self._is_put_away:
            self._is_put_away = False
            self._lock.release()
        self.gate.reopen()

    def leave_to_parent(self) -> None:
        """After a fork, in the child: this object is of no use here, and says so to whoever uses it."""
        self._is_left = True
        self.gate, self._lock = Gate(), threading.RLock()
