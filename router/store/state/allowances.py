"""What is left of the accounts' allowances, and the calls that were made on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ulid import ULID

from router.ports import Allowance, CallMade
from router.store.database import tables
from router.store.database.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.times import epoch_of, stamp
from router.store.database.values import storable
from router.store.database.writer import Writer

_FIELDS = tuple(Allowance.__dataclass_fields__)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)  # quoted, for `limit` is a word of SQL
_PUT = insert_or_update(tables.allowances, _FIELDS)
_LOAD = f"SELECT {_COLUMNS} FROM allowances WHERE account = ?"
_LATEST = 3_000  # calls that are looked at: more than any free tier gives in a day
_LONGEST_REQUEST = 3_600.0  # seconds: a request's id, which its attempts' ids begin with, is no older than this
_CALLS = f"""
    SELECT id, model, started_at FROM attempts
    WHERE id >= ? AND account = ? AND started_at >= ? AND coalesce(sent, 1) = 1 ORDER BY id DESC LIMIT {_LATEST}
"""


class StoredAllowances:
    """`router.ports.QuotaStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._records = readers.records

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What the account's provider has stated."""
        return self._records(_allowance_of, _LOAD, (account,)) or []

    def put_allowance(self, allowance: Allowance) -> None:
        """Queue an allowance."""
        values = tuple(storable(getattr(allowance, name)) for name in _FIELDS)
        self._writer.submit(lambda batch: batch.connection.execute(_PUT, values))

    def calls_since(self, account: str, since: float) -> Sequence[CallMade]:
        """The account's latest calls; those that are known never to have left are not among them."""
        oldest = str(ULID.from_timestamp(max(0.0, since - _LONGEST_REQUEST)))[:10]  # the part that tells the time
        return self._records(_call_of, _CALLS, (oldest, account, stamp(since))) or []


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
    id, model, started_at = row
    return CallMade(id, model, epoch_of(started_at))
