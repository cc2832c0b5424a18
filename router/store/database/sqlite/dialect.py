"""SQLite as this store uses it: how a file is opened, who may read it, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from router.store.database.connections import Merge, Use
from router.store.database.sqlite import search_index
from router.store.database.statements import Sum

PATIENT_SECONDS = 5.0
"""How long a connection waits for another one's lock, where nothing else is said."""

PRIVATE = 0o600
JOURNALS = ("-wal", "-shm")
_HEADER_BYTES = 32  # the file's size in pages is the last number in them

ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
"""What SQLite and the file raise where they cannot be used."""

_LOCKED_MILLISECONDS = 200  # a lock is waited for in short turns, so that the writer can do what else is due

_SETTINGS: dict[Use, tuple[str, ...]] = {
    # Without patience, and without checkpoints, which write to the disk: an event loop stands still meanwhile.
    Use.AT_ONCE: ("PRAGMA busy_timeout = 0", "PRAGMA wal_autocheckpoint = 0"),
    Use.WRITING: (f"PRAGMA busy_timeout = {_LOCKED_MILLISECONDS}",),
    # Figures read whole stretches of their tables again and again; pages are not mapped (see `connect`).
    Use.PAGES: ("PRAGMA cache_size = -32000",),
    Use.LEAVING: ("PRAGMA busy_timeout = 500",),  # the next to open the file does it too
}
"""What each kind of connection begins with."""

_WORDS = {
    "SQLITE_BUSY": "another program has locked the database",
    "SQLITE_LOCKED": "another program has locked the database",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_CORRUPT": "the database file is damaged",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_READONLY": "the database file cannot be written to",
    "SQLITE_CANTOPEN": "the database file cannot be opened",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_PERM": "the database file may not be opened",
    "SQLITE_AUTH": "the database file may not be opened",
    "SQLITE_SCHEMA": "the database's tables are not those that this version makes",
    "SQLITE_ERROR": "the database's tables are not those that this version makes",
    "SQLITE_NOMEM": "there is no memory left",
    "SQLITE_CONSTRAINT": "it contradicts what is there",
    "SQLITE_TOOBIG": "it is larger than a row can be",
    "SQLITE_MISMATCH": "a value is of the wrong kind",
}


_WHAT_TO_DO = {
    "SQLITE_BUSY": "wait until it is done, or close it",
    "SQLITE_LOCKED": "wait until it is done, or close it",
    "SQLITE_FULL": "free some space",
    "SQLITE_CORRUPT": "move it away, or put a copy in its place; the log goes on in what is there then",
    "SQLITE_NOTADB": "move it away, or put a copy in its place; the log goes on in what is there then",
    "SQLITE_READONLY": "let this user write to it and to its folder",
    "SQLITE_CANTOPEN": "let this user read and write it and its folder",
    "SQLITE_PERM": "let this user read and write it and its folder",
    "SQLITE_IOERR": "look after the disk",
}


class DatabaseGone(sqlite3.DatabaseError):
    """The file is not what the connections were made to any more; the words are ours and fit for a page."""


class SqliteConnection(sqlite3.Connection):
    """A connection of SQLite's own with what `router.store.database.connections.SqlConnection` has beside it."""

    @contextmanager
    def transaction(self, *, repeatable: bool = False) -> Iterator[None]:
        """Commit at the end of the block, or roll back."""
        try:
            # IMMEDIATE: a transaction that only later finds out that it writes fails where another one has written.
            self.execute("BEGIN IMMEDIATE")
            yield
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            if self.in_transaction:
                self.execute("ROLLBACK")
        except sqlite3.Error:
            return  # the connection is of no use any more, and is made anew

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read what was committed at the beginning."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def stream(self, sql: str) -> Iterator[Any]:
        """Rows of a query."""
        return iter(self.execute(sql))

    def renumber(self) -> None:
        """Nothing to do: the next number is the largest that is there and one."""

    def take_turn(self) -> None:
        """Nothing to do: of SQLite's transactions that write there is one at a time."""

    def hold_figures(self) -> None:
        """Nothing to do, for the same reason."""

    def add_up(self, sums: Sequence[Sum]) -> None:
        """Add rows of figures to those that have the same key."""
        for addition, rows in sums:
            self.executemany(addition.merging, rows)

    def overwrite_deleted(self) -> None:
        """Have what is deleted overwritten in the file, so that it does not stay readable in it."""
        self.execute("PRAGMA secure_delete = ON")

    def purge_search(self) -> None:
        """Take deleted words out of the indexes."""
        search_index.merge_all(self)

    def close(self) -> None:
        """Close it, whatever has become of its file: what it could not write is lost either way."""
        try:
            super().close()
        except sqlite3.Error:
            return


def connect(path: str, merged: Merge, use: Use = Use.LONG_WORK, *, create: bool = False) -> SqliteConnection:
    """A connection as all of ours are: WAL, patient, in autocommit mode.

    Args:
        merged: what statements call to make one distribution of two.
        create: whether to make an empty database where there is no file.

    Raises:
        sqlite3.Error: there is no such file, or it is no database.
    """
    # A path whose file was deleted must not become an empty database that has no tables.
    location = f"file:{quote(path)}?mode={'rwc' if create else 'rw'}"
    connection = sqlite3.connect(
        location,
        uri=True,
        timeout=PATIENT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteConnection,
    )
    try:
        # Mapped pages end the whole process by SIGBUS where somebody truncates the file; some builds map by default.
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for setting in _SETTINGS.get(use, ()):
            connection.execute(setting)
        connection.create_function("merged", 2, merged, deterministic=True)
    except BaseException:
        connection.close()
        raise
    return connection


def open_privately(path: Path) -> int:
    """Make the file where there is none, and let nobody but its owner read it or its journals.

    Returns:
        A descriptor of the file. As long as connections to it are open it must stay so too: closing any descriptor of
        a file takes all locks of the process off it (https://sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        OSError: the file cannot be made.
    """
    # SQLite gives the journals the mode of the file; it would give the file itself what the umask leaves.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    make_private(path)
    return handle


def make_private(path: Path) -> None:
    """Let nobody but its owner read a database file or its journals."""
    for name in (path, *(Path(f"{path}{end}") for end in JOURNALS)):
        try:
            mode = stat.S_IMODE(name.stat().st_mode)
            if mode & ~PRIVATE or not mode & stat.S_IWUSR:
                name.chmod(PRIVATE)
        except OSError:
            continue  # no journal yet, or another user's file: what they allow is theirs to say


def missing_bytes(handle: int) -> int:
    """By how much a file is shorter than it says in its own header; 0 for a whole one.

    Raises:
        OSError: it cannot be read.
    """
    header, size = os.pread(handle, _HEADER_BYTES, 0), os.fstat(handle).st_size
    if len(header) < _HEADER_BYTES:
        return _HEADER_BYTES - len(header)
    page = int.from_bytes(header[16:18], "big")
    stated = (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")  # 1 stands for 65,536
    return max(stated - size, 0)


def is_locked(error: BaseException) -> bool:
    """Whether an error says that somebody else holds the database, so that it passes by itself."""
    return _name_of(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def is_of_database(error: BaseException) -> bool:
    """Whether an error is about the database as it is now, and not about what was to be written."""
    if isinstance(error, sqlite3.Error):
        # Precisely these: the subclasses are about a statement's own values (a constraint, a number too large).
        return isinstance(error, DatabaseGone) or type(error) in (
            sqlite3.OperationalError,
            sqlite3.DatabaseError,
            sqlite3.InternalError,
        )
    return isinstance(error, OSError)


def words_of(error: BaseException) -> str:
    """What an error means, in words that quote nothing: SQLite's own may hold a piece of what was to be written."""
    if isinstance(error, DatabaseGone):
        return str(error)
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    name = _name_of(error)
    for beginning, words in _WORDS.items():
        if name.startswith(beginning):
            return words
    return "a value cannot be stored" if isinstance(error, ValueError | TypeError | OverflowError) else "of a fault"


def advice_on(error: BaseException) -> str:
    """What a person can do about an error; empty where nobody knows, or where its words say it."""
    name = _name_of(error)
    return next((advice for beginning, advice in _WHAT_TO_DO.items() if name.startswith(beginning)), "")


def _name_of(error: BaseException) -> str:
    """`SQLITE_BUSY_SNAPSHOT` and the like; empty where SQLite did not raise it."""
    return getattr(error, "sqlite_errorname", None) or ""
