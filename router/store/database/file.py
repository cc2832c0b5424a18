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
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from router.store.database import sqlite
from router.store.database.journals import JournalFate, Journals

_Identity = tuple[int, int]
_FRESH_SECONDS = 0.005
_MENDING_PATIENCE_SECONDS = 0.5
FORK_PATIENCE_SECONDS = 1.0
"""How long a fork waits for those who are using a connection."""


class Gate:
    """Lets everybody through, but for the moments in which one closes it."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._shutters = 0

    def __enter__(self) -> None:
        """Go in; waits while it is shut."""
        with self._changed:
            while self._shutters:
                self._changed.wait()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        """Go out again."""
        with self._changed:
            self._inside -= 1
            if self._shutters:
                self._changed.notify_all()

    def shut(self, seconds: float) -> bool:
        """Let nobody in any more, and wait until nobody is inside; false where somebody stays for too long."""
        limit = time.monotonic() + seconds
        with self._changed:
            self._shutters += 1
            return self._changed.wait_for(lambda: self._inside == 0, max(limit - time.monotonic(), 0.0))

    def reopen(self) -> None:
        """Let everybody in again; whoever has called `shut` does it, also where that was in vain."""
        with self._changed:
            self._shutters -= 1
            self._changed.notify_all()


class DatabaseFile:
    """One file, as this process has it open.

    Args:
        path: where it is; `prepare` is called with a connection to it now, and whenever another file is there.
        prepare: makes its tables, and enters this process among those that have it open.
        functions: what statements call beside what SQLite has.

    Attributes:
        gate: whoever reads or writes does so within it, so that a fork can wait for the end of it.
        generation: grows whenever connections have to be made anew.
        renewed: what happened to the file, and when (seconds since the epoch); None where nothing did.

    Raises:
        sqlite3.Error, OSError: it cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        functions: Sequence[sqlite.SqlFunction] = (),
    ) -> None:
        self.path = path
        self.generation = 0
        self.renewed: tuple[str, float] | None = None
        self._name = str(path)
        self._journals = Journals(self._name)
        self._anchor: sqlite3.Connection | None = None
        self._handle: int | None = None
        self._prepare = prepare
        self._functions = functions
        self._lock = threading.RLock()
        self.gate = Gate()
        self._identity: _Identity | None = None
        self._size = 0
        self._damage: str | None = None
        self._fresh_until = 0.0
        self._links: list[Callable[[], None]] = []
        self._is_left = self._is_put_away = False
        self._open_file()

    def connect(self) -> sqlite3.Connection:
        """A connection to the file as it is; whoever asks closes it."""
        return sqlite.connect(self._name, self._functions)

    def verify(self) -> int:
        """Look whether the file still is the one that was opened; gives the generation of the connections to it.

        It is asked ahead of every transaction, so it looks at the file itself only every few milliseconds. At the
        journal's index it looks each time.

        Raises:
            sqlite3.Error, OSError: it cannot be used as it is.
        """
        if self._is_left:
            raise sqlite.DatabaseGone("this process was forked from the one that opened the database")
        self._journals.mend_index()
        now = time.monotonic()
        if now < self._fresh_until:
            return self.generation
        try:
            status = os.stat(self._name)
            identity: _Identity | None = (status.st_dev, status.st_ino)
            size = status.st_size
        except FileNotFoundError:
            identity, size = None, 0
        if identity != self._identity:
            self._renew_file(identity)
        elif size != self._size or self._damage is not None:
            self._check_size(size)
        if self._anchor is None:
            self._open_anchor_once()
        self._fresh_until = now + _FRESH_SECONDS
        return self.generation

    def when_released(self, release: Callable[[], None]) -> None:
        """Have a function called that closes connections, ahead of a fork."""
        self._links.append(release)

    def mend_index(self) -> None:
        """Ahead of whatever reads the journal's index, such as the end of a connection; see `Journals.mend_index`."""
        self._journals.mend_index()

    # --- what becomes of the file --------------------------------------------------------------------------------

    def _open_file(self) -> None:
        handle = sqlite.open_privately(self.path)
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
        sqlite.make_private(self.path)  # the journals too, which are there now
        status = os.stat(self._name)
        self._identity, self._size = (status.st_dev, status.st_ino), status.st_size
        self._damage = None
        self.generation += 1

    def _make_tables(self) -> None:
        connection = self.connect()
        try:
            self._prepare(connection)
        finally:
            connection.close()  # the last one: with it the tables come into the file, however little else does

    def _renew_file(self, seen: _Identity | None) -> None:
        with self._lock:
            status = self.path.stat() if self.path.exists() else None
            if status is not None and (status.st_dev, status.st_ino) == self._identity:
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
            missing = 0 if self._handle is None else sqlite.missing_bytes(self._handle)
            self._damage = None
            if missing:
                self._damage = "the database file was truncated; move it away or put a copy of it in its place"
        if self._damage is not None:
            raise sqlite.DatabaseGone(self._damage)
        self._size = size

    def mend_journals(self) -> None:
        """Open everything anew where somebody has deleted or truncated a journal; outside of `gate`.

        Raises:
            sqlite3.Error, OSError: it cannot be done now.
        """
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
        anchor = self.connect()
        if self._handle is None:
            self._handle = os.open(self._name, os.O_RDWR | os.O_CLOEXEC)
        anchor.execute("SELECT count(*) FROM sqlite_master").fetchall()  # only who reads opens the journal
        self._anchor = anchor
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
            close_quietly(anchor)
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


class Link:
    """One connection to a file for one user after another, made anew whenever it leads to another file than it should.

    Args:
        settings: statements that each new connection begins with.
    """

    def __init__(self, file: DatabaseFile, settings: Sequence[str] = ()) -> None:
        self._file = file
        self._settings = settings
        self._connection: sqlite3.Connection | None = None
        self._generation = 0

    def connection(self) -> sqlite3.Connection:
        """The connection; only within `DatabaseFile.gate`.

        Raises:
            sqlite3.Error, OSError: there is none to be had now.
        """
        generation = self._file.verify()
        if self._connection is None or generation != self._generation:
            self.release()
            connection = self._file.connect()
            for statement in self._settings:
                connection.execute(statement)
            self._connection, self._generation = connection, generation
        return self._connection

    def release(self) -> None:
        """Close it; the next to ask gets a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._file.mend_index()  # closing reads it too
            close_quietly(connection)


def close_quietly(connection: sqlite3.Connection) -> None:
    """Close a connection whatever has become of its file: what it could not write is lost either way."""
    try:
        connection.close()
    except sqlite3.Error:
        return
