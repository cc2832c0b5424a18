"""SQLite's journal of a database file and the journal's index, as this process has them open, and what befalls them.

Somebody who tidies a folder takes them for rubbish. What is committed stands in the journal alone until it is carried
over into the file, and connections go on using a journal that was deleted: nobody else sees what they write, and a
process that is killed takes it along. So both are looked at, again and again.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import suppress
from enum import Enum

from router.store.database.sqlite import dialect

# https://sqlite.org/walformat.html
_HEADER_COPY_BYTES = 48
_INDEX_HEADER_BYTES = 136  # two copies of the header, and the checkpoint's marks
_JOURNAL_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_JOURNAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")

_Identity = tuple[int, int]


class JournalFate(Enum):
    """What has become of a journal."""

    DELETED = "the database's journal was deleted while it was in use; what stood in it is saved"
    LEFT = "the database file was moved while it was in use, and a link leads to it; what stood in its journal is saved"
    REPLACED = "the database's journal was replaced while it was in use; the latest rows may be lost"
    TRUNCATED = "the database's journal was truncated while it was in use; the latest rows may be lost"


class Journals:
    """The two files beside a database file; noted while a connection of ours has them open.

    Args:
        path: the database file.
    """

    def __init__(self, path: str) -> None:
        self._journal, self._index = (f"{path}{ending}" for ending in dialect.JOURNALS)
        self._noted_journal: _Identity | None = None  # inode and size
        self._noted_index: _Identity | None = None
        self._index_handle: int | None = None
        self._is_cut = False

    def note(self) -> None:
        """Take them as they are for ours: a connection has just been opened, or nothing has befallen them."""
        self._noted_journal = _larger(_identity_of(self._journal), self._noted_journal)
        self._noted_index = _larger(_identity_of(self._index), self._noted_index)
        if self._index_handle is None:
            with suppress(OSError):
                self._index_handle = os.open(self._index, os.O_RDWR | os.O_CLOEXEC)

    def forget(self) -> None:
        """No connection has them open any more: whoever closes the last one takes them away."""
        self._noted_journal = self._noted_index = None
        self._is_cut = False
        handle, self._index_handle = self._index_handle, None
        if handle is not None:
            os.close(handle)  # not earlier: it takes all locks of this process off the index

    def fate(self) -> JournalFate | None:
        """What somebody has done to them; None where they are as they should be, or where they are not open.

        Raises:
            OSError: they cannot be looked at.
        """
        journal, index = self._noted_journal, self._noted_index
        if journal is None or index is None:
            return None
        journal_now, index_now = _identity_of(self._journal), _identity_of(self._index)
        if journal_now is None or journal_now[0] != journal[0]:
            return JournalFate.REPLACED if journal_now and journal_now[1] else JournalFate.DELETED
        if index_now is None or index_now[0] != index[0]:
            # The journal can be read without it, but processes would not know of each other's locks.
            return JournalFate.DELETED
        return JournalFate.TRUNCATED if self._is_cut or self._misses_frames() else None

    def _misses_frames(self) -> bool:
        """Whether the journal is shorter than its index says, or has lost its beginning.

        Its size alone tells nothing: whoever carries it over into the file may shorten it, and a write behind the end
        of a truncated one fills it up with zeros.
        """
        header = b"" if self._index_handle is None else os.pread(self._index_handle, 2 * _HEADER_COPY_BYTES, 0)
        first, second = header[:_HEADER_COPY_BYTES], header[_HEADER_COPY_BYTES:]
        if len(second) < _HEADER_COPY_BYTES or first != second:
            return False  # it is being written
        page_size, frames = struct.unpack_from("=HI", first, 14)
        if not frames:
            return False
        least = _JOURNAL_HEADER_BYTES + frames * (_FRAME_HEADER_BYTES + (65_536 if page_size == 1 else page_size))
        size = _identity_of(self._journal)
        return size is None or size[1] < least or not self._has_beginning()

    def _has_beginning(self) -> bool:
        # SQLite has no locks on the journal itself, so that it may be closed again.
        with open(self._journal, "rb") as journal:
            return journal.read(4) in _JOURNAL_MAGIC

    def save(self, connection: sqlite3.Connection, fate: JournalFate) -> None:
        """Save what can be saved, by a connection from before; nobody else may use one meanwhile.

        Raises:
            sqlite3.Error, OSError: it cannot be done now.
        """
        if fate in (JournalFate.DELETED, JournalFate.LEFT):
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            if busy:
                raise sqlite3.OperationalError("another process reads in the journal")
        elif fate is JournalFate.TRUNCATED:
            self._void_index()
        # What others have written into a journal of their own rests on the file as it is: a page of ours that came
        # into it now would make the two contradict each other.

    def _void_index(self) -> None:
        """It leads to places of the journal that are gone. Without a header it is made anew from what is there."""
        if self._index_handle is not None:
            os.pwrite(self._index_handle, bytes(_INDEX_HEADER_BYTES), 0)

    def mend_index(self) -> None:
        """Give the index its size back where somebody has truncated it; ahead of every use of a connection.

        It is mapped by SQLite in any case, and touching a page of it that is gone would end the process by SIGBUS.
        Filled with zeros it is no valid index, and SQLite makes it anew from the journal.
        """
        noted = self._noted_index
        if noted is None:
            return
        try:
            status = os.stat(self._index)
            if status.st_ino == noted[0] and status.st_size < noted[1]:
                # With the journal cut too, the new index will say nothing of what is missing.
                self._is_cut = self._is_cut or self._has_shrunk()
                os.truncate(self._index, noted[1])
        except OSError:
            return  # there is none while nobody has the file open

    def _has_shrunk(self) -> bool:
        current, noted = _identity_of(self._journal), self._noted_journal
        return current is not None and noted is not None and current[1] < noted[1]

    def remove_ours(self) -> None:
        """Take away those of a file that is gone, unless another process has begun new ones already."""
        current = _identity_of(self._index)
        if current is None:
            return
        if self._noted_index is not None and current[0] == self._noted_index[0]:
            for path in (self._journal, self._index):
                with suppress(FileNotFoundError):
                    os.unlink(path)


def _identity_of(path: str) -> _Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size


def _larger(current: _Identity | None, noted: _Identity | None) -> _Identity | None:
    """A file grows; one of the same inode that is smaller was truncated since it was last looked at."""
    if current is None or noted is None or current[0] != noted[0]:
        return current
    return current[0], max(current[1], noted[1])
