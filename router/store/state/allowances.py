"""What is left of the accounts' allowances, and the calls that are counted, shared by all processes on one database.

A call is counted and its limits are checked in one statement: whoever comes second finds it counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from router.ports import Allowance, CallMade, CallRoom
from router.store.database import tables
from router.store.database.reading.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.values import storable
from router.store.database.writing.progress import EXACT_SECONDS
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

_FIELDS = tuple(Allowance.__dataclass_fields__)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)  # quoted, for `limit` is a word of SQL
_PUT = insert_or_update(tables.allowances, _FIELDS)
_LOAD = f"SELECT {_COLUMNS} FROM allowances WHERE account = ?"
_LATEST = 3_000  # calls that are looked at: more than any free tier gives in a day
_KEPT_SECONDS = 3 * 86_400.0  # no limit that calls are counted for is about a longer time
_CALLS = f"SELECT id, model, at FROM counted_calls WHERE account = ? AND at >= ? ORDER BY at DESC LIMIT {_LATEST}"
_TAKE = "INSERT INTO counted_calls (id, account, model, at) SELECT ?, ?, ?, ? WHERE {} ON CONFLICT (id) DO NOTHING"
_HAS_ROOM = "(SELECT count(*) FROM counted_calls WHERE account = ? AND at >= ?) < ?"
_MODEL_HAS_ROOM = "(SELECT count(*) FROM counted_calls WHERE account = ? AND at >= ? AND model = ?) < ?"
_GIVE_BACK = "DELETE FROM counted_calls WHERE id = ?"
_FORGET = "DELETE FROM counted_calls WHERE account = ? AND at < ?"
_FORGET_ALL = "DELETE FROM counted_calls WHERE account = ?"


class StoredAllowances:
    """`router.ports.QuotaStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._records = readers.records

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What the account's provider has stated."""
        return self._records(_allowance_of, _LOAD, (account,)) or []

    def put_allowance(self, allowance: Allowance) -> None:
        """Queue an allowance."""
        values = tuple(storable(getattr(allowance, name)) for name in _FIELDS)
        key = "allowances", *map(str, allowance.key)
        self._writer.submit(lambda batch: batch.write_last(key, _PUT, values))

    def calls_since(self, account: str, since: float) -> Sequence[CallMade] | None:
        """The account's latest calls that were taken; None where they cannot be read now."""
        return self._records(_call_of, _CALLS, (account, since))

    def take_call(
        self, account: str, call: CallMade, rooms: Sequence[CallRoom], *, patience: float = EXACT_SECONDS
    ) -> Awaitable[Sequence[CallMade] | None]:
        """Count a call if there is room for it; where the database cannot be written, nobody is held up."""

        def write(batch: Batch) -> Sequence[CallMade] | None:
            return _take(batch, account, call, rooms)

        return self._writer.submit_and_wait(write, longest=min(patience, EXACT_SECONDS), repeatable=True)

    def give_back_call(self, call_id: str) -> None:
        """Queue the end of a call that does not count."""
        self._writer.submit(lambda batch: batch.connection.execute(_GIVE_BACK, (call_id,)))

    def forget_calls(self, account: str) -> None:
        """Queue the end of all calls of an account."""
        self._writer.submit(lambda batch: batch.connection.execute(_FORGET_ALL, (account,)), urgent=True)

    def read_beside(self, work: Callable[[], object]) -> None:
        """Have a function called that reads, and keep no event loop waiting for it."""
        self._readers.work_beside(work)


def _take(batch: Batch, account: str, call: CallMade, rooms: Sequence[CallRoom]) -> Sequence[CallMade] | None:
    connection = batch.connection
    connection.take_turn()  # two that counted at the same time would both find room for one
    conditions = [_MODEL_HAS_ROOM if room.model else _HAS_ROOM for room in rooms]
    values: list[Any] = [call.id, account, call.model, call.at]
    for room in rooms:
        values += [account, room.since, *([room.model] if room.model else []), room.limit]
    taken = connection.execute(_TAKE.format(" AND ".join(conditions) or "1 = 1"), values)
    # Sent ahead of the question what that came to, for which a server's answer is waited for.
    connection.execute(_FORGET, (account, call.at - _KEPT_SECONDS))
    if taken.rowcount == 1 or not rooms:
        return None
    rows = connection.execute(_CALLS, (account, min(room.since for room in rooms))).fetchall()
    made = [_call_of(row) for row in rows]
    # It may have been written before, and the word of that lost.
    return None if any(other.id == call.id for other in made) else made


def _allowance_of(row: Sequence[Any]) -> Allowance:
    account, provider, model, unit, span, limit, remaining, resets_at, seen_at = row
    return Allowance(
        account=account,
        provider=provider,
        model=model,
        unit=unit,
        span=float(span),
        limit=int(limit),
        remaining=int(remaining),
        resets_at=float(resets_at),
        seen_at=float(seen_at),
    )


def _call_of(row: Sequence[Any]) -> CallMade:
    id, model, at = row
    return CallMade(id, model, float(at))
