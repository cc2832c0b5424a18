"""Edits of the routing table, shared by all processes on one database; each keeps its row, also when it is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from router.store.database.readers import Readers
from router.store.database.times import epoch_of, stamp
from router.store.database.transactions import Batch
from router.store.database.writer import Writer
from router.store.state.counters import Counters

_LATEST = "SELECT {} FROM edits WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
_KEEP = "INSERT INTO edits (at, edits, note) VALUES (?, ?, ?)"
_UNDO = f"UPDATE edits SET undone_at = ? WHERE id = ({_LATEST.format('id')})"
_CHANGED = "UPDATE counters SET value = value + 1 WHERE name = 'edits'"
_EVENT = "INSERT INTO events (at, kind, detail) VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """One row: when it was kept (seconds since the epoch), what it was about, and when it was undone."""

    at: float
    note: str
    undone_at: float | None


class StoredEdits:
    """`router.ports.EditStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers, counters: Counters) -> None:
        self._writer = writer
        self._rows = readers.rows
        self._counters = counters
        self._last: str | None = None

    def version(self) -> int:
        """A number that grows with every committed change."""
        return self._counters.value("edits")

    def load(self) -> str | None:
        """The edits that hold."""
        rows = self._rows(_LATEST.format("edits"))
        if rows is not None:  # None: it cannot be read now, and the edits that were read last go on holding
            self._last = str(rows[0][0]) if rows else None
        return self._last

    def keep(self, edits: str, note: str) -> bool:
        """Keep edits in place of those that hold."""
        return self._change(lambda batch: _write_edit(batch, edits, note))

    def undo(self) -> bool:
        """Take the latest edits back."""
        return self.latest() is not None and self._change(_write_undo)

    def _change(self, write: Callable[[Batch], None]) -> bool:
        done = self._writer.perform(write)
        self._counters.expire()  # whoever has changed the table looks at once whether it has changed
        return done

    def latest(self) -> KeptEdit | None:
        """The edit that an undo would take back, or None."""
        rows = self._rows(_LATEST.format("at, note, undone_at"))
        return _kept_edit(rows[0]) if rows else None

    def history(self, limit: int = 20) -> Sequence[KeptEdit]:
        """The edits that were kept, the latest first, undone ones among them."""
        rows = self._rows("SELECT at, note, undone_at FROM edits ORDER BY id DESC LIMIT ?", (limit,))
        return [_kept_edit(row) for row in rows or ()]


def _kept_edit(row: tuple[str, str, str | None]) -> KeptEdit:
    return KeptEdit(epoch_of(row[0]), row[1], None if row[2] is None else epoch_of(row[2]))


def _write_edit(batch: Batch, edits: str, note: str) -> None:
    now = stamp(time.time())
    batch.connection.execute(_KEEP, (now, edits, note))
    batch.connection.execute(_CHANGED)
    batch.connection.execute(_EVENT, (now, "routing edited", note))


def _write_undo(batch: Batch) -> None:
    now = stamp(time.time())
    batch.connection.execute(_UNDO, (now,))
    batch.connection.execute(_CHANGED)
    batch.connection.execute(_EVENT, (now, "routing edit undone", None))
