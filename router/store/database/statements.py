"""Statements that several stores need, put together once from a table's description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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


Sum = tuple["Addition", Sequence[Sequence[Any]]]
"""What is added to one table of figures: the table's, and its rows."""


@dataclass(frozen=True)
class Addition:
    """What is added up in a table of figures; its rows have the values of keys, counts and distributions in turn.

    Attributes:
        keys: the columns of the primary key.
        counts: columns of numbers, which are added.
        distributions: columns of packed distributions, which are merged.
    """

    table: str
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    distributions: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of a row."""
        return (*self.keys, *self.counts, *self.distributions)

    @cached_property
    def merging(self) -> str:
        """The statement for a database that can call `merged`."""
        spread = [f"{name} = merged({self.table}.{name}, excluded.{name})" for name in self.distributions]
        return self.upsert(self.keys, self.columns, spread)

    def upsert(self, keys: Sequence[str], columns: Sequence[str], distributions: Sequence[str]) -> str:
        """The statement, with what becomes of the distributions where the row is there already."""
        counts = [f"{name} = {self.table}.{name} + excluded.{name}" for name in self.counts]
        return (
            f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)}) "
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join((*counts, *distributions))}"
        )
