"""Edits of the routing table, shared by all processes on one database; each keeps its row, also when it is undone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from router.store.database.reading.readers import Readers
from router.store.database.times import epoch_of, stamp
from router.store.database.writing.authors import Authors
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.state.counters import Counters

_LATEST = "SELECT {} FROM edits WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
_IS_LATEST = f"coalesce(({_LATEST.format('id')}), 0) = coalesce(?, ({_LATEST.format('id')}), 0)"
_KEEP = f"INSERT INTO edits (at, changed_by, edits, note) SELECT ?, ?, ?, ? WHERE {_IS_LATEST}"
_UNDO = f"UPDATE edits SET undone_at = ?, undone_by = ? WHERE id = ({_LATEST.format('id')}) AND {_IS_LATEST}"
_CHANGED = "UPDATE counters SET value = value + 1 WHERE name = 'edits'"
_EVENT = "INSERT INTO events (at, kind, detail, changed_by) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """One row: its number, when it was kept (seconds since the epoch), what it was about, and when it was undone."""

    number: int
    at: float
    note: str
    undone_at: float | None


class StoredEdits:
    """`router.ports.EditStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers, counters: Counters, authors: Authors) -> None:
        self._writer = writer
        self._rows = readers.rows
        self._counters = counters
        self._authors = authors
        self._last: str | None = None
        counters.hold_rows("edits", _LATEST.format("edits"))

    def version(self) -> int:
        """A number that grows with every committed change."""
        return self._counters.value("edits")

    def load(self) -> str | None:
        """The edits that hold."""
        rows = self._counters.rows("edits").rows
        if rows is not None:  # None: it cannot be read now, and the edits that were read last go on holding
            self._last = str(rows[0][0]) if rows else None
        return self._last

    def keep(self, edits: str, note: str, *, over: int | None = None) -> bool:
        """Keep edits in place of those that hold, if those are `over`."""
        return self._change(_KEEP, (edits, note, over), note)

    def undo(self, *, over: int | None = None) -> bool:
        """Take the latest edits back, if those are `over`."""
        return self.latest() is not None and self._change(_UNDO, (over,), None)

    def _change(self, statement: str, values: tuple[object, ...], note: str | None) -> bool:
        written: list[bool] = []
        values = (self._authors.operator_address(), *values)
        done = self._writer.perform(lambda batch: written.append(_write_change(batch, statement, values, note)))
        self._counters.expire()  # whoever has changed the table looks at once whether it has changed
        # The last word counts: a batch that failed is written once more.
        return done and bool(written) and written[-1]

    def latest(self) -> KeptEdit | None:
        """The edit that an undo would take back, or None."""
        rows = self._rows(_LATEST.format("id, at, note, undone_at"))
        return _kept_edit(rows[0]) if rows else None

    def history(self, limit: int = 20) -> Sequence[KeptEdit]:
        """The edits that were kept, the latest first, undone ones among them."""
        rows = self._rows("SELECT id, at, note, undone_at FROM edits ORDER BY id DESC LIMIT ?", (limit,))
        return [_kept_edit(row) for row in rows or ()]


def _kept_edit(row: tuple[int, str, str, str | None]) -> KeptEdit:
    number, at, note, undone_at = row
    return KeptEdit(number, epoch_of(at), note, None if undone_at is None else epoch_of(undone_at))


def _write_change(batch: Batch, statement: str, values: tuple[object, ...], note: str | None) -> bool:
    """Write it, and say whether it was the turn of what it was made from; one statement decides that and writes."""
    now = stamp(time.time())
    batch.connection.take_turn()
    if batch.connection.execute(statement, (now, *values)).rowcount < 1:
        return False
    batch.connection.execute(_CHANGED)
    batch.connection.execute(
        _EVENT, (now, "routing edit undone" if note is None else "routing edited", note, values[0])
    )
    return True
