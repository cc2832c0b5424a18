"""The failure memory's holds, shared by all processes on one database.

What always holds: `load` gives the committed holds with this process's own changes laid over them that are queued, or
were committed after the holds were read; and `version` changes with either. So no router of this process ever sees a
state older than what one of them has put, and those of other processes see it as soon as it is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from router.ports import Cooldown
from router.store.database import tables
from router.store.database.owners import Owner
from router.store.database.reading.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.times import stamp
from router.store.database.writing.authors import Authors
from router.store.database.writing.progress import EXACT_SECONDS
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.state.counters import Counters

_Key = tuple[str, str, str]

_FIELDS = (
    "account",
    "provider",
    "scope",
    "model",
    "outcome",
    "reason",
    "since",
    "until",
    "strikes",
    "sick",
    "probe_until",
)
_SELECT = f"SELECT {', '.join(_FIELDS)} FROM holds"
_PUT = insert_or_update(tables.cooldowns, ("key", *_FIELDS))
_REMOVE = "DELETE FROM holds WHERE account = ? AND scope = ? AND key = ?"
_EVENT = "INSERT INTO events (at, kind, provider, model, detail, changed_by) VALUES (?, ?, ?, ?, ?, ?)"
# What began, or was claimed, later than now was so before the clock was set back, as `router.failures.memory` has it.
_CLAIM = (
    "UPDATE holds SET probe_until = ?, probe_owner = ? WHERE account = ? AND scope = ? AND key = ? "
    "AND (until <= ? OR since > ?) AND (probe_until IS NULL OR probe_until <= ? OR probe_until > ?)"
)
_SKEW_SECONDS = 5.0  # what two machines' clocks may differ by
_EXISTS = "SELECT 1 FROM holds WHERE account = ? AND scope = ? AND key = ?"
_CHANGED = "UPDATE counters SET value = value + 1 WHERE name = 'holds'"


@dataclass(frozen=True, slots=True)
class _OwnChange:
    """A cooldown that this process has put, or taken away.

    Attributes:
        committed_after: how many readings had begun when it was committed; None while it is queued.
    """

    number: int
    cooldown: Cooldown | None
    committed_after: int | None = None

    def is_in(self, reading: int) -> bool:
        """Whether a reading of that number has it."""
        return self.committed_after is not None and reading > self.committed_after


class StoredCooldowns:
    """`router.ports.CooldownStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers, owner: Owner, counters: Counters, authors: Authors) -> None:
        self._writer = writer
        self._readers = readers
        self._owner = owner
        self._counters = counters
        self._authors = authors
        self._last: Sequence[Cooldown] = ()
        self._lock = threading.Lock()
        self._changes: dict[_Key, _OwnChange] = {}
        self._number = 0
        counters.hold_rows("holds", _SELECT)

    def version(self) -> int:
        """A number that grows with every change that this process queues, and with every committed one of any."""
        return self._counters.value("holds") + (self._number << 32)

    def load(self) -> Sequence[Cooldown]:
        """All holds, with our own queued changes laid over them."""
        with self._lock:
            changes = dict(self._changes)
        read = self._counters.rows("holds")
        self._last = self._last if read.rows is None else self._readers.made(_cooldown_of, read.rows)
        cooldowns: dict[_Key, Cooldown | None] = {cooldown.key: cooldown for cooldown in self._last}
        for key, change in changes.items():
            if read.rows is not None and change.is_in(read.reading):
                self._forget(key, change)
            else:
                cooldowns[key] = change.cooldown
        return [cooldown for cooldown in cooldowns.values() if cooldown is not None]

    def _forget(self, key: _Key, change: _OwnChange) -> None:
        with self._lock:
            if self._changes.get(key) is change:
                del self._changes[key]

    def put(self, cooldown: Cooldown) -> None:
        """Queue a hold."""
        number = self._queue({cooldown.key: cooldown})
        self._writer.submit(lambda batch: self._put(batch, cooldown, number), urgent=True)

    def remove(self, keys: Iterable[_Key], *, reset_at: float | None = None) -> None:
        """Queue the end of some holds."""
        gone = list(keys)
        event = None if reset_at is None else (stamp(reset_at), self._authors.operator_address())
        number = self._queue(dict.fromkeys(gone))
        self._writer.submit(lambda batch: self._remove(batch, gone, number, event), urgent=True)

    def claim_probe(self, key: _Key, now: float, until: float) -> Awaitable[bool]:
        """Whether this caller, of all processes, is the one that probes; its claim ends with its process.

        Where the database cannot be written every process probes for itself: a full disk keeps no target out.
        """

        def write(batch: Batch) -> bool:
            return self._claim(batch, key, now, until)

        return self._writer.submit_and_wait(write, otherwise=lambda: True, longest=EXACT_SECONDS)

    def _queue(self, changes: dict[_Key, Cooldown] | dict[_Key, None]) -> int:
        with self._lock:
            self._number += 1
            self._changes.update({key: _OwnChange(self._number, cooldown) for key, cooldown in changes.items()})
            return self._number

    def _settle(self, keys: Iterable[_Key], number: int) -> None:
        """What was queued is committed: whatever reading begins from now on has it.

        It counts as a change: until now it lay over what another process may have committed since.
        """
        with self._lock:
            self._number += 1
            for key in keys:
                change = self._changes.get(key)
                if change is not None and change.number == number:
                    self._changes[key] = replace(change, committed_after=self._counters.readings)

    # --- in the writer's thread ----------------------------------------------------------------------------------

    def _claim(self, batch: Batch, key: _Key, now: float, until: float) -> bool:
        values = until, self._owner.id, *key, now, now + _SKEW_SECONDS, now, until + _SKEW_SECONDS
        batch.connection.take_turn()
        is_claimed = batch.connection.execute(_CLAIM, values).rowcount == 1
        batch.connection.execute(_CHANGED)
        return is_claimed or batch.connection.execute(_EXISTS, key).fetchone() is None

    def _put(self, batch: Batch, cooldown: Cooldown, number: int) -> None:
        batch.connection.take_turn()
        batch.connection.execute(_PUT, (cooldown.key[2], *(getattr(cooldown, name) for name in _FIELDS)))
        batch.connection.execute(_CHANGED)
        batch.after_commit.append(lambda: self._settle([cooldown.key], number))

    def _remove(self, batch: Batch, keys: list[_Key], number: int, event: tuple[str, str | None] | None) -> None:
        batch.connection.take_turn()
        batch.connection.executemany(_REMOVE, keys)
        batch.connection.execute(_CHANGED)
        if event is not None:
            at, address = event
            rows = [(at, "reset", key[0].partition("|")[0], key[2], key[1], address) for key in keys]
            batch.connection.executemany(_EVENT, rows)
        batch.after_commit.append(lambda: self._settle(keys, number))


def _cooldown_of(row: Sequence[Any]) -> Cooldown:
    account, provider, scope, model, outcome, reason, since, until, strikes, sick, probe_until = row
    return Cooldown(
        account=account,
        provider=provider,
        scope=scope,
        model=model,
        outcome=outcome,
        reason=reason,
        since=float(since),
        until=None if until is None else float(until),
        strikes=int(strikes),
        sick=bool(sick),
        probe_until=None if probe_until is None else float(probe_until),
    )
