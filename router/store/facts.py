"""What is known of accounts: their providers' lists of models, and what is left of their allowances."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from router.ports import Allowance, CatalogueRow
from router.store.readers import Readers
from router.store.times import epoch_of, stamp
from router.store.writer import Writer

_FIELDS = tuple(Allowance.__dataclass_fields__)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)  # quoted, for `limit` is a word of SQL
_PUT = f"INSERT OR REPLACE INTO allowances ({_COLUMNS}) VALUES ({', '.join('?' for _ in _FIELDS)})"
_LOAD = f"SELECT {_COLUMNS} FROM allowances WHERE account = ?"
_LATEST = 3_000  # attempts looked at when calls are counted: more than any free tier gives in a day
_CALLS = f"""
    SELECT started_at FROM (SELECT * FROM attempts ORDER BY id DESC LIMIT {_LATEST})
    WHERE account = ? AND started_at >= ? AND outcome != 'not_sent' ORDER BY started_at
"""


class StoredFacts:
    """`router.ports.CatalogueStore` and `QuotaStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._reader = readers.connection

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """The account's last list of models, or None."""
        sql = "SELECT fetched_at, models FROM catalogue WHERE account = ?"
        found = self._reader().execute(sql, (account,)).fetchone()
        return None if found is None else CatalogueRow(account, found[0], tuple(orjson.loads(found[1])))

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Queue an account's list of models."""
        values = row.account, row.fetched_at, orjson.dumps(list(row.models)).decode()
        sql = "INSERT OR REPLACE INTO catalogue (account, fetched_at, models) VALUES (?, ?, ?)"
        self._writer.submit(lambda batch: batch.connection.execute(sql, values))

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What the account's provider has stated."""
        return [Allowance(*row) for row in self._reader().execute(_LOAD, (account,))]

    def put_allowance(self, allowance: Allowance) -> None:
        """Queue an allowance."""
        values = tuple(getattr(allowance, name) for name in _FIELDS)
        self._writer.submit(lambda batch: batch.connection.execute(_PUT, values))

    def calls_since(self, account: str, since: float) -> Sequence[float]:
        """When the account's latest calls were made, oldest first."""
        return [epoch_of(row[0]) for row in self._reader().execute(_CALLS, (account, stamp(since)))]
