"""The providers' lists of models, as they came, by account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from router.ports import CatalogueRow
from router.store.database import tables
from router.store.database.reading.readers import Readers
from router.store.database.statements import insert_or_update
from router.store.database.writing.writer import Writer

_LOAD = "SELECT fetched_at, models FROM catalogue WHERE account = ?"
_PUT = insert_or_update(tables.catalogue, ("account", "fetched_at", "models"))


class StoredCatalogues:
    """`router.ports.CatalogueStore` on a database."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._records = readers.records

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """The account's last list of models, or None."""
        lists = self._records(lambda row: _list_of(account, row), _LOAD, (account,))
        return lists[0] if lists else None

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Queue an account's list of models."""
        models = _as_json(row)
        values = row.account, row.fetched_at, models
        self._writer.submit(lambda batch: batch.connection.execute(_PUT, values), weight=len(models))


def _list_of(account: str, row: Sequence[Any]) -> CatalogueRow:
    fetched_at, models = row
    return CatalogueRow(account, float(fetched_at), tuple(orjson.loads(models)))


def _as_json(row: CatalogueRow) -> str:
    """The list as JSON; an entry that is no JSON (half a character, a number of a hundred digits) is left out."""
    try:
        return orjson.dumps(list(row.models)).decode()
    except (TypeError, ValueError):
        return orjson.dumps([model for model in row.models if _is_json(model)]).decode()


def _is_json(model: object) -> bool:
    try:
        orjson.dumps(model)
    except (TypeError, ValueError):
        return False
    return True
