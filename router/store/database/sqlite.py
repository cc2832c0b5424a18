"""SQLite as this store uses it: how a file is opened, who may read it, and what its errors mean.

All that is true of SQLite alone stands here and in the migrations; what another database would share does not.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

PATIENT_SECONDS = 5.0
"""How long a connection waits for another one's lock, where nothing else is said."""

PRIVATE = 0o600
JOURNALS = ("-wal", "-shm")
_HEADER_BYTES = 32  # the file's size in pages is the last number in them

SqlFunction = tuple[str, int, Callable[..., Any]]
"""A function of ours that statements call: its name, how many arguments it takes, and itself."""

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


def connect(path: str, functions: Sequence[SqlFunction] = (), *, create: bool = False) -> sqlite3.Connection:
    """A connection as all of ours are: WAL, patient, in autocommit mode.

    Args:
        functions: what statements call beside what SQLite has.
        create: whether to make an empty database where there is no file.

    Raises:
        sqlite3.Error: there is no such file, or it is no database.
    """
    # A path whose file was deleted must not become an empty database that has no tables.
    location = f"file:{quote(path)}?mode={'rwc' if create else 'rw'}"
    connection = sqlite3.connect(
        location, uri=True, timeout=PATIENT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        # Mapped pages end the whole process by SIGBUS where somebody truncates the file; some builds map by default.
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for name, arguments, function in functions:
            connection.create_function(name, arguments, function, deterministic=True)
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
