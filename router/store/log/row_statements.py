"""The log's records as rows: each field of a record is the column of its name.

A new field needs no change here: `router/ports/log_records.py` says what it needs. The SQL is put together once, when
this is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

import orjson

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted, SkippedTarget
from router.store.database.times import stamp
from router.store.database.values import LARGEST_INTEGER, storable

CONTENT_FIELDS = frozenset({"content", "prompt", "text", "reasoning", "tool_calls"})
"""Fields of the records that are kept in the table `contents`, where they are kept at all."""


def skipped_json(skipped: tuple[SkippedTarget, ...]) -> str | None:
    """The targets that were passed over, as the log has them; None where there are none."""
    if not skipped:
        return None
    try:
        return orjson.dumps(skipped).decode()
    except TypeError:  # half a character in a name or a reason
        names = SkippedTarget.__dataclass_fields__
        return orjson.dumps([{name: storable(getattr(line, name)) for name in names} for line in skipped]).decode()


_WRITTEN: Mapping[str, Callable[[Any], Any]] = {"started_at": stamp, "skipped": skipped_json}
"""Fields that are written in another form than they have."""


class RecordRows:
    """How one kind of record is written.

    Args:
        record: the dataclass.
        fixed: columns that are no field of it and are always the same; as SQL.
        extra: columns whose values are given beside the record, in this order.
    """

    def __init__(self, record: type, *, fixed: Mapping[str, str] | None = None, extra: tuple[str, ...] = ()) -> None:
        names = [field.name for field in fields(record) if field.name not in CONTENT_FIELDS]
        self._fixed = dict(fixed or {})
        self._names = [name for name in names if name != "id"]
        self._extra = extra
        self._values_of = attrgetter(*self._names, "id")
        self._ways = [*(_WRITTEN.get(name, storable) for name in self._names), storable]

    def insert(self, table: str) -> str:
        """The statement that makes a row: the values are those of `values`."""
        columns = [*self._extra, *self._names, "id"]
        places = [*("?" for _ in columns), *self._fixed.values()]
        return f"INSERT INTO {table} ({', '.join([*columns, *self._fixed])}) VALUES ({', '.join(places)})"

    def update(self, table: str) -> str:
        """The statement that completes a row: the values are those of `values`."""
        changes = [f"{name} = ?" for name in [*self._extra, *self._names]]
        return f"UPDATE {table} SET {', '.join(changes)} WHERE id = ?"

    def values(self, record: object, *extra: Any) -> list[Any]:
        """A record's values, those of `extra` first and its id last."""
        pairs = zip(self._ways, self._values_of(record), strict=True)
        # Nearly all values are plain, and two calls for each of them would cost more than all else here.
        row = [
            value
            if value is None
            or (type(value) is str and value.isascii() and "\0" not in value)
            or (type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER)
            else int(value)
            if value is True or value is False
            else way(value)
            for way, value in pairs
        ]
        return [*extra, *row] if extra else row


REQUEST_STARTED = RecordRows(RequestStarted, fixed={"status": "'running'"}, extra=("owner",))
ATTEMPT_BEGUN = RecordRows(AttemptBegun, fixed={"outcome": "'pending'"})
ATTEMPT_ENDED = RecordRows(AttemptEnded)
REQUEST_ENDED = RecordRows(RequestEnded, extra=("attempts",))
