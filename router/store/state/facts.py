"""What is known of accounts: their providers' lists of models, and what is left of their allowances."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from ulid import ULID

from router.ports import Allowance, CallMade, CatalogueRow
from router.store.database.readers import Readers
from router.store.database.times import epoch_of, stamp
from router.store.database.writer import Writer

_FIELDS = tuple(Allowance.__dataclass_fields__)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)  # quoted, for `limit` is a word of SQL
_PUT = f"INSERT OR REPLACE INTO allowances ({_COLUMNS}) VALUES ({', '.join('?' for _ in _FIELDS)})"
_LOAD = f"SELECT {_COLUMNS} FROM allowances WHERE account = ?"
_LATEST = 3_000  # calls that are looked at: more than any free tier gives in a day
_LONGEST_REQUEST = 3_600.0  # seconds: a request's id, which its attempts' ids begin with, is no older than this
_CALLS = f"""
    SELECT id, model, started_at FROM attempts
    WHERE id >= ? AND account = ? AND started_at >= ? AND outcome != 'not_sent' ORDER BY id DESC LIMIT {_LATEST}
"""


class StoredFacts:
    """`router.ports.CatalogueStore` and `QuotaStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._rows = readers.rows

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """The account's last list of models, or None."""
        sql = "SELECT fetched_at, models FROM catalogue WHERE account = ?"
        found = self._rows(sql, (account,))
        return CatalogueRow(account, found[0][0], tuple(orjson.loads(found[0][1]))) if found else None

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Queue an account's list of models."""
        values = row.account, row.fetched_at, orjson.dumps(list(row.models)).decode()
        sql = "INSERT OR REPLACE INTO catalogue (account, fetched_at, models) VALUES (?, ?, ?)"
        self._writer.submit(lambda batch: batch.connection.execute(sql, values))

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What the account's provider has stated."""
        return [Allowance(*row) for row in self._rows(_LOAD, (account,)) or ()]

    def put_allowance(self, allowance: Allowance) -> None:
        """Queue an allowance."""
        values = tuple(getattr(allowance, name) for name in _FIELDS)
        self._writer.submit(lambda batch: batch.connection.execute(_PUT, values))

    def calls_since(self, account: str, since: float) -> Sequence[CallMade]:
        """The account's latest calls."""
        oldest = str(ULID.from_timestamp(max(0.0, since - _LONGEST_REQUEST)))[:10]  # the part that tells the time
        rows = self._rows(_CALLS, (oldest, account, stamp(since)))
        return [CallMade(row[0], row[1], epoch_of(row[2])) for row in rows or ()]
