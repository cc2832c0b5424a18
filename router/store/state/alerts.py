"""Conditions that stand, shared by all processes on one database: what was told of them, and who is telling now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.store.database.reading.readers import Readers
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

CLAIM_SECONDS = 60.0
"""A telling that was claimed so long ago has died with its process, and is anybody's again."""

_COLUMNS = "key, kind, subject, message, began_at, seen_at, told_at"
_NOTE = "UPDATE alerts SET message = ?, seen_at = ? WHERE key = ?"
_ADD = f"INSERT INTO alerts ({_COLUMNS}, claimed_at) VALUES (?, ?, ?, ?, ?, ?, NULL, NULL) ON CONFLICT (key) DO NOTHING"
_CLAIM = "UPDATE alerts SET claimed_at = ? WHERE key = ? AND (claimed_at IS NULL OR claimed_at < ? OR claimed_at > ?)"
_TOLD = "UPDATE alerts SET told_at = ?, claimed_at = NULL WHERE key = ?"
_RELEASE = "UPDATE alerts SET claimed_at = NULL WHERE key = ?"
_REMOVE = "DELETE FROM alerts WHERE key = ?"


@dataclass(frozen=True, slots=True)
class StandingAlert:
    """One condition; times in seconds since the epoch.

    Attributes:
        key: what there is one of.
        began_at, seen_at: when it was first and last seen.
        told_at: when it was told; None where it was not yet.
    """

    key: str
    kind: str
    subject: str
    message: str
    began_at: float
    seen_at: float
    told_at: float | None


class StoredAlerts:
    """All of them; a database that cannot be written tells nothing twice, and says so in the log."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._rows = readers.rows

    def all(self) -> Sequence[StandingAlert]:
        """Those that stand, and those that are not over for long, the oldest first."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM alerts ORDER BY began_at, key")
        return [StandingAlert(*row) for row in rows or ()]

    def note(self, key: str, kind: str, subject: str, message: str, *, now: float) -> None:
        """It is seen."""

        def write(batch: Batch) -> None:
            if batch.connection.execute(_NOTE, (message, now, key)).rowcount < 1:
                batch.connection.execute(_ADD, (key, kind, subject, message, now, now))

        self._writer.perform(write)

    def claim(self, key: str, *, now: float) -> bool:
        """Whether it is this caller's to tell: true for one of all processes."""
        return self._changed(_CLAIM, (now, key, now - CLAIM_SECONDS, now + CLAIM_SECONDS))

    def mark_told(self, key: str, *, now: float) -> None:
        """It has been told."""
        self._changed(_TOLD, (now, key))

    def release(self, key: str) -> None:
        """The telling failed: anybody may try again."""
        self._changed(_RELEASE, (key,))

    def remove(self, key: str) -> None:
        """It is over, and that has been told."""
        self._changed(_REMOVE, (key,))

    def _changed(self, statement: str, values: tuple[object, ...]) -> bool:
        written: list[bool] = []

        def write(batch: Batch) -> None:
            written.append(batch.connection.execute(statement, values).rowcount > 0)

        # The last word counts: a batch that failed is written once more.
        return self._writer.perform(write) and bool(written) and written[-1]
