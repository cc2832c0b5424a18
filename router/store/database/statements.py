"""Statements that several stores need, put together once from a table's description."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table


def insert_or_update(table: Table, columns: Sequence[str]) -> str:
    """The statement that makes a row, or changes the one with its primary key; its values are those of `columns`."""
    names = [f'"{name}"' for name in columns]  # quoted, for `limit` and `key` are words of SQL
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)}) "
        f"ON CONFLICT ({keys}) DO UPDATE SET {changes}"
    )
