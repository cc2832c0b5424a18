"""The gateway's keys, and what each has used of its limits, shared by all processes on one database.

A limit is checked and taken in one statement: whoever comes second finds the count already raised. Windows are whole
minutes and days of UTC. A process whose clock is a little behind counts in the later window that another has begun, so
that two clocks cannot begin the same window twice by turns.

While the database is away each process keeps the limits by itself, from what it last saw used: so a key is given its
limit once more by each process at the most, however long that lasts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from router.ports import AppKey
from router.store.database.connections import SqlCursor
from router.store.database.reading.readers import Readers
from router.store.database.values import storable_text
from router.store.database.writing.authors import Authors
from router.store.database.writing.events import add_event
from router.store.database.writing.progress import EXACT_SECONDS
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.state.counters import Counters

_MINUTE, _DAY = 60, 86_400
_FIELDS = (
    "id", "name", "digest", "start", "created_at", "expires_at", "revoked_at", "last_used_at", "per_minute", "per_day",
    "tasks",
)  # fmt: skip
_NEW = _FIELDS[1:]
_LOAD = f"SELECT {', '.join(_FIELDS)}, minute, minute_used, day, day_used, used FROM apps ORDER BY id"
_ADD = f"INSERT INTO apps (created_by, {', '.join(_NEW)}) VALUES (?, {', '.join('?' for _ in _NEW)})"
_REVOKE = "UPDATE apps SET revoked_by = ?, revoked_at = ? WHERE name = ? AND revoked_at IS NULL"
_UPDATE = "UPDATE apps SET expires_at = ?, per_minute = ?, per_day = ?, tasks = ? WHERE id = ? AND revoked_at IS NULL"
_FORGET = "DELETE FROM cached_answers WHERE app = ?"
_CHANGED = "UPDATE counters SET value = value + 1 WHERE name = 'apps'"

_LAG = 2
"""Windows that a clock may be behind another's; one that is further ahead was set wrong, and its window is left."""


def _is_same(window: str) -> str:
    """Whether a row's window is the one of now, or a later one that a faster clock has begun."""
    return f"({window} >= :{window} AND {window} <= :{window} + {_LAG})"


def _counted(window: str) -> str:
    return (
        f"{window}_used = CASE WHEN {_is_same(window)} THEN {window}_used + 1 ELSE 1 END, "
        f"{window} = CASE WHEN {_is_same(window)} THEN {window} ELSE :{window} END"
    )


def _has_room(window: str) -> str:
    return f"(per_{window} IS NULL OR per_{window} > CASE WHEN {_is_same(window)} THEN {window}_used ELSE 0 END)"


_USED = "SELECT minute, minute_used, day, day_used FROM apps WHERE id = ?"
_TAKE = (
    f"UPDATE apps SET {_counted('minute')}, {_counted('day')}, used = used + 1, last_used_at = :now "
    f"WHERE id = :id AND revoked_at IS NULL AND {_has_room('minute')} AND {_has_room('day')}"
)


@dataclass(frozen=True, slots=True)
class _WindowUse:
    """How much of a limit is used in a minute or a day; `window` is its number since the epoch."""

    window: int = 0
    used: int = 0

    def now_in(self, window: int) -> _WindowUse:
        """The use of the window of now: this one, also where a faster clock has begun it, or a new one."""
        return self if window <= self.window <= window + _LAG else _WindowUse(window)

    def plus_one(self) -> _WindowUse:
        """With one request more."""
        return _WindowUse(self.window, self.used + 1)

    def has_room(self, limit: int | None) -> bool:
        """Whether a limit allows for one more."""
        return limit is None or self.used < limit


@dataclass(slots=True)
class _SeenUse:
    """What this process has last seen of a key's use."""

    minute: _WindowUse = _WindowUse()
    day: _WindowUse = _WindowUse()

    def take(self, key: AppKey, now: float) -> bool:
        """Whether the key's limits allow for one more request, which is then counted here."""
        minute, day = self.minute.now_in(int(now // _MINUTE)), self.day.now_in(int(now // _DAY))
        is_taken = minute.has_room(key.per_minute) and day.has_room(key.per_day)
        if is_taken:
            self.minute, self.day = minute.plus_one(), day.plus_one()
        return is_taken


class StoredApps:
    """The keys on a database."""

    def __init__(self, writer: Writer, readers: Readers, counters: Counters, authors: Authors) -> None:
        self._writer = writer
        self._rows = readers.rows
        self._counters = counters
        self._authors = authors
        self._last: Sequence[AppKey] = ()
        self._used: dict[int, _SeenUse] = {}
        counters.hold_rows("apps", _LOAD)

    def version(self) -> int:
        """A number that grows with every change of a key by any process; cheap enough to ask at every request."""
        return self._counters.value("apps")

    def load(self) -> Sequence[AppKey]:
        """All keys, with the windows as they were counted at some time: `usage` has those of now."""
        rows = self._counters.rows("apps").rows
        if rows is not None:  # None: it cannot be read now, and the keys that were read last go on holding
            self._last = [_key_of(row) for row in rows]
        return self._last

    def usage(self, now: float) -> Sequence[AppKey]:
        """All keys, with what is used of the minute and the day that `now` is in."""
        rows = self._rows(_LOAD) or ()
        return [_with_windows(_key_of(row), row[len(_FIELDS) :], now) for row in rows]

    def take(self, key: AppKey, now: float) -> Awaitable[bool]:
        """Whether the key's limits allow for one more request, which is then counted: both in one statement.

        A database that is slow is waited for, some seconds. Where it cannot be written, the limits are kept by what
        this process has last seen: as with the log, a full disk keeps no answer from anybody.
        """
        is_refused = False

        def take_unseen() -> bool:
            nonlocal is_refused
            is_refused = not self._used.setdefault(key.id, _SeenUse()).take(key, now)
            return not is_refused

        def write(batch: Batch) -> bool:
            return is_refused or self._take(batch, key.id, now)  # what was refused meanwhile was not made

        return self._writer.submit_and_wait(write, otherwise=take_unseen, longest=EXACT_SECONDS)

    def _take(self, batch: Batch, key_id: int, now: float) -> bool:
        values = {"id": key_id, "now": now, "minute": int(now // _MINUTE), "day": int(now // _DAY)}
        batch.connection.take_turn()  # a group may count for several keys, and two groups in different orders
        taken = batch.connection.execute(_TAKE, values)
        row = batch.connection.execute(_USED, (key_id,)).fetchone()
        if row is not None:
            self._used[key_id] = _SeenUse(_WindowUse(*row[:2]), _WindowUse(*row[2:]))
        return _was_one(taken)

    def add(self, key: AppKey) -> bool:
        """Keep a new key, whose `id` is chosen here; False where it could not be written.

        Raises:
            ValueError: a key of that name is in force.
        """
        if any(known.name == key.name and known.revoked_at is None for known in self.load()):
            raise ValueError(f"an app named {key.name!r} has a key in force; revoke that one, or take another name")
        return self._change(_ADD, _values_of(key))

    def update(self, key: AppKey) -> bool:
        """Keep the limits, the tasks and the end that `key` has, for all processes at once; an event tells of it.

        What was used stays counted. False where the key was revoked, or it cannot be written.

        Raises:
            ChangeRefused: this person may look and run, and no more.
        """
        author, written = self._authors.operator_address(), [False]
        is_done = self._writer.perform(lambda batch: written.append(_write_terms(batch, key, author)))
        self._counters.expire()
        return is_done and written[-1]  # the last word counts: a batch that failed is written once more

    def revoke(self, name: str, now: float) -> bool:
        """End the key of that name, for all processes at once; False where there is none, or it cannot be written.

        What the cache holds for it goes too: the next key of that name may be somebody else's.
        """
        is_there = any(known.name == name and known.revoked_at is None for known in self.load())
        return is_there and self._change(_REVOKE, (now, name), forgotten=name)

    def _change(self, sql: str, values: Sequence[Any], *, forgotten: str | None = None) -> bool:
        author = self._authors.operator_address()

        def write(batch: Batch) -> None:
            batch.connection.take_turn()
            batch.connection.execute(sql, (author, *values))
            batch.connection.execute(_CHANGED)
            if forgotten is not None:
                batch.connection.execute(_FORGET, (forgotten,))

        is_done = self._writer.perform(write)
        self._counters.expire()
        return is_done


def _write_terms(batch: Batch, key: AppKey, author: str | None) -> bool:
    values = (key.expires_at, key.per_minute, key.per_day, _tasks_text(key), key.id)
    batch.connection.take_turn()
    if not _was_one(batch.connection.execute(_UPDATE, values)):
        return False
    batch.connection.execute(_CHANGED)
    add_event(batch.connection, "app changed", author, detail=storable_text(key.name))
    return True


def _was_one(cursor: SqlCursor) -> bool:
    return cursor.rowcount == 1


def _values_of(key: AppKey) -> list[Any]:
    values = {name: getattr(key, name) for name in _NEW}
    values["name"] = storable_text(key.name)
    values["tasks"] = _tasks_text(key)
    return [values[name] for name in _NEW]


def _tasks_text(key: AppKey) -> str | None:
    return None if key.tasks is None else ",".join(key.tasks)


def _key_of(row: Sequence[Any]) -> AppKey:
    values = dict(zip(_FIELDS, row, strict=False))
    tasks = values.pop("tasks")
    return AppKey(**values, tasks=None if tasks is None else tuple(tasks.split(",")))


def _with_windows(key: AppKey, windows: Sequence[int], now: float) -> AppKey:
    minute, minute_used, day, day_used, used = windows
    this_minute, this_day = int(now // _MINUTE), int(now // _DAY)
    return replace(
        key,
        minute_used=minute_used if this_minute <= minute <= this_minute + _LAG else 0,
        day_used=day_used if this_day <= day <= this_day + _LAG else 0,
        used=used,
    )
