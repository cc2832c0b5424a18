"""Answers that may be given again, shared by all processes on one database.

What always holds: there are never more than `MOST_ANSWERS`, nor of more than `MOST_CHARACTERS` together; what has
expired is given to nobody, and is deleted within seconds while any process has the database open. What this process has
kept is found by it at once, be it committed or not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.ports.cached_answers import CachedAnswer
from router.store.database import tables
from router.store.database.connections import SqlConnection
from router.store.database.reading.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.times import stamp
from router.store.database.values import storable_text
from router.store.database.writing.authors import Authors
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

MOST_ANSWERS = 5_000
"""Answers: a free tier gives some thousand a day."""

MOST_CHARACTERS = 50_000_000
"""Characters of all of them together."""

_EVICTED_SHARE = 20
"""Where there is no room, this part of the answers goes, so that not every one that is kept has to look for room."""

_FIELDS = ("key", "app", "request_id", "answered_at", "expires_at", "document")
_FIND = f"SELECT {', '.join(_FIELDS)} FROM cached_answers WHERE key = ? AND expires_at > ?"
_KEEP = insert_or_update(tables.cached_answers, (*_FIELDS, "size"))
_HAS_EXPIRED = "SELECT 1 FROM cached_answers WHERE expires_at <= ? LIMIT 1"
_EXPIRED = "DELETE FROM cached_answers WHERE expires_at <= ?"
_SIZES = "SELECT count(*), coalesce(sum(size), 0) FROM cached_answers"
_EVICT = "DELETE FROM cached_answers WHERE key IN (SELECT key FROM cached_answers ORDER BY expires_at LIMIT ?)"
_ALL = "DELETE FROM cached_answers"
_EVENT = "INSERT INTO events (at, kind, detail, changed_by) VALUES (?, 'cache emptied', ?, ?)"


@dataclass(frozen=True, slots=True)
class CacheSize:
    """How much is kept.

    Attributes:
        characters: of all answers together.
    """

    answers: int = 0
    characters: int = 0


class StoredAnswers:
    """`router.ports.cached_answers.AnswerStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers, authors: Authors) -> None:
        self._writer = writer
        self._readers = readers
        self._authors = authors
        self._lock = threading.Lock()
        self._queued: dict[str, CachedAnswer] = {}

    def find_answer(self, key: str, now: float) -> CachedAnswer | None:
        """The answer with this key that has not expired; None where there is none, or the database does not answer."""
        with self._lock:
            queued = self._queued.get(key)
        if queued is not None:
            return queued if queued.expires_at > now else None
        answers = self._readers.records(_answer_of, _FIND, (key, now))
        return answers[0] if answers else None

    def keep_answer(self, answer: CachedAnswer) -> None:
        """Keep an answer, in place of an earlier one with its key; returns at once.

        Where the database cannot be written now it waits for its turn, as long as there is room in memory for it.
        """
        weight = len(answer.document)
        if not self._writer.backlog.has_room(weight):
            return
        with self._lock:
            self._queued[answer.key] = answer
        # Urgent, as all deletions are: it would else be written after one that came later.
        self._writer.submit(lambda batch: self._write(batch, answer), urgent=True, weight=weight)

    def size(self) -> CacheSize:
        """How much is kept, by all processes."""
        rows = self._readers.rows(_SIZES)
        return CacheSize(*map(int, rows[0])) if rows else CacheSize()

    def clear(self) -> int | None:
        """Forget all of them, in every process; gives how many there were, or None where they could not be deleted.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()
        deleted: list[int] = []

        def write(batch: Batch) -> None:
            count = _delete_all(batch)
            batch.connection.execute(_EVENT, (stamp(time.time()), f"{count} answers", author))
            deleted.append(count)

        # The last word counts: a batch that failed is written once more.
        return deleted[-1] if self._writer.perform(write) and deleted else None

    def drop_all(self) -> None:
        """Queue the end of all of them: the settings say that no texts are kept."""
        self._writer.submit(_delete_all, urgent=True)

    def _write(self, batch: Batch, answer: CachedAnswer) -> None:
        batch.connection.take_turn()  # a group may keep several, and two groups in different orders
        delete_expired(batch.connection, answer.answered_at)
        values = [storable_text(value) if isinstance(value, str) else value for value in _values_of(answer)]
        batch.connection.execute(_KEEP, (*values, len(answer.document)))
        _make_room(batch.connection)
        batch.after_commit.append(lambda: self._settle(answer))

    def _settle(self, answer: CachedAnswer) -> None:
        """It is committed, and is read from the database from now on."""
        with self._lock:
            if self._queued.get(answer.key) is answer:
                del self._queued[answer.key]


def delete_expired(connection: SqlConnection, now: float) -> None:
    """Delete what nobody is given any more, within the open transaction."""
    if connection.execute(_HAS_EXPIRED, (now,)).fetchone() is not None:
        connection.overwrite_deleted()
        connection.execute(_EXPIRED, (now,))


def _make_room(connection: SqlConnection) -> None:
    """Let go of those that expire soonest, where there are too many."""
    while True:
        count, characters = connection.execute(_SIZES).fetchone()
        if count <= MOST_ANSWERS and characters <= MOST_CHARACTERS:
            return
        connection.execute(_EVICT, (max(count // _EVICTED_SHARE, 1),))


def _delete_all(batch: Batch) -> int:
    batch.connection.take_turn()
    batch.connection.overwrite_deleted()
    count = batch.connection.execute(_SIZES).fetchone()[0]
    batch.connection.execute(_ALL)
    return int(count)


def _values_of(answer: CachedAnswer) -> list[Any]:
    return [getattr(answer, name) for name in _FIELDS]


def _answer_of(row: Sequence[Any]) -> CachedAnswer:
    key, app, request_id, answered_at, expires_at, document = row
    return CachedAnswer(key, app, request_id, float(answered_at), float(expires_at), str(document))
