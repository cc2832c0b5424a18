"""The requests one by one: pages of them, searching their texts, exporting them, deleting their texts.

A page is found by the id before it and never counted: reading one costs the same in a log of a thousand requests and
in one of a million, as long as most of what it passes matches.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, FromClause, Select, bindparam, exists, func, select, text
from ulid import ULID

from router.store.database import tables
from router.store.database.times import stamp
from router.store.database.writer import Batch, Writer
from router.store.log.figures import Filters, matching
from router.store.log.search_index import merge
from router.types import Target

SNIPPET = 200
"""Characters of a prompt that a list shows."""

_SLACK = 60.0  # seconds by which an id's time and the start that the log gives may differ
_EXPORTED = 500
_DELETED = 500
_WORD = re.compile(r'"([^"]+)"|(\S+)')
_EVENT = "INSERT INTO events (at, kind, model, detail) VALUES (?, 'content deleted', ?, ?)"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request as the log has it; `row` holds every column by name, times as text in UTC."""

    id: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which requests are meant.

    Attributes:
        status: `succeeded`, `failed`, ...; None means all.
        words: what their prompts or answers have to hold; empty means anything.
        outcome: what one of their attempts failed of (`rate_limited`, ...), whoever answered then; None means anything.
        tried: the target of that attempt; None means any. Only beside `outcome`.
    """

    filters: Filters = field(default_factory=Filters)
    status: str | None = None
    words: str = ""
    outcome: str | None = None
    tried: Target | None = None


class History:
    """Reads and forgets requests."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    def page(self, selection: Selection, *, before: str | None = None, limit: int = 50) -> list[RequestRow]:
        """Requests, the latest first, each with `prompt`, the beginning of its prompt.

        Args:
            before: the last id of the page before.
        """
        columns = *tables.requests.c, func.substr(tables.contents.c.prompt, 1, SNIPPET).label("prompt")
        with self._engine.connect() as connection:
            return _rows(connection, select(*columns), selection, before, limit)

    def export(self, selection: Selection) -> Iterator[Mapping[str, Any]]:
        """Every request that is meant, the latest first, with its texts; a few hundred are in memory at a time."""
        content = tables.contents.c
        query = select(*tables.requests.c, content.prompt, content.answer)
        before: str | None = None
        with self._engine.connect() as connection:
            while rows := _rows(connection, query, selection, before, _EXPORTED):
                yield from (row.row for row in rows)
                before = rows[-1].id

    def delete_content(self, request_id: str) -> bool:
        """Forget the prompt and the answer of one request; its figures stay. False where it could not be written."""
        self._writer.submit(lambda batch: _forget(batch, [request_id], "one request", request_id))
        self._purge()
        return self._writer.flush() and self._writer.error is None

    def delete_contents_before(self, epoch: float) -> int:
        """Forget the prompts and answers of all requests before a moment; gives how many there were."""
        deleted = 0
        while ids := self._contents_before(epoch):
            words = f"{len(ids)} requests before {stamp(epoch)}"
            self._writer.submit(lambda batch, ids=ids, words=words: _forget(batch, ids, words))  # type: ignore[misc]
            if not self._writer.flush() or self._writer.error is not None:
                break
            deleted += len(ids)
        self._purge()
        return deleted

    def _purge(self, *, first: bool = True) -> None:
        """Take the words of what is deleted out of the index, step by step, beside what else is written."""

        def step(batch: Batch) -> None:
            if merge(batch.connection, first=first):
                self._purge(first=False)

        self._writer.submit(step)

    def _contents_before(self, epoch: float) -> list[str]:
        own = tables.contents.c.request_id
        query = select(own).where(own < _first_id(epoch)).order_by(own).limit(_DELETED)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())


def search_terms(words: str) -> str:
    """What a person wrote as a query of the index: every word, the last one as a beginning, phrases in quotes."""
    found = [(phrase or word).replace('"', '""') for phrase, word in _WORD.findall(words.replace("\0", " "))]
    terms = [f'"{term}"' for term in found if any(character.isalnum() for character in term)]
    return " ".join(terms) + ("*" if terms and not words.rstrip().endswith('"') else "")


def _rows(
    connection: Connection, query: Select[Any], selection: Selection, before: str | None, limit: int
) -> list[RequestRow]:
    requests = tables.requests
    query = query.where(*_period(selection.filters), *matching(requests, selection.filters)).limit(limit)
    if selection.status is not None:
        query = query.where(requests.c.status == selection.status)
    if not selection.words.strip():
        found = connection.execute(_listed(query, selection, before))
    elif terms := search_terms(selection.words):
        found = connection.execute(_searched(connection, query, selection, before), {"terms": terms})
    else:
        return []
    return [RequestRow(row.id, dict(row._mapping)) for row in found]


def _period(filters: Filters) -> list[Any]:
    started_at = tables.requests.c.started_at
    clauses = [started_at >= stamp(max(filters.start, 0.0))]
    return clauses if filters.end is None else [*clauses, started_at < stamp(filters.end)]


def _listed(query: Select[Any], selection: Selection, before: str | None) -> Select[Any]:
    """The query over the requests, or over the attempts that failed as is meant: either is read in the order of ids."""
    requests, attempts, contents = tables.requests, tables.attempts, tables.contents
    own: Any = requests.c.id
    read: FromClause = requests
    if selection.outcome is not None:
        own, read = attempts.c.request_id, attempts.join(requests, attempts.c.request_id == requests.c.id)
        query = query.where(*_failed(selection)).group_by(own)
    query = query.select_from(read.outerjoin(contents, contents.c.request_id == requests.c.id))
    query = query.where(own >= _first_id(selection.filters.start - _SLACK))
    return (query if before is None else query.where(own < before)).order_by(own.desc())


def _failed(selection: Selection) -> list[Any]:
    """What attempts have to be, as the index over those that failed has them."""
    attempts, tried = tables.attempts.c, selection.tried
    clauses = [tables.FAILED, attempts.outcome == selection.outcome]
    return clauses if tried is None else [*clauses, attempts.provider == tried.provider, attempts.model == tried.model]


def _searched(connection: Connection, query: Select[Any], selection: Selection, before: str | None) -> Select[Any]:
    """The query over the index: its rows have the contents' numbers, which are in the order of the requests' starts."""
    requests, contents, search = tables.requests, tables.contents, tables.search
    joined = search.join(contents, contents.c.number == search.c.rowid)
    query = query.select_from(joined.join(requests, requests.c.id == contents.c.request_id))
    query = query.where(text("search MATCH :terms").bindparams(bindparam("terms")))
    if selection.outcome is not None:
        own_attempts = tables.attempts.c.request_id == requests.c.id
        query = query.where(exists().where(own_attempts, *_failed(selection)))
    if before is not None:
        own = contents.c.request_id
        last = select(contents.c.number).where(own < before).order_by(own.desc()).limit(1)
        query = query.where(search.c.rowid <= (connection.execute(last).scalar() or 0), requests.c.id < before)
    return query.order_by(search.c.rowid.desc())


def _first_id(epoch: float) -> str:
    """The least id that a request begun at a moment can have."""
    milliseconds = min(max(int(epoch * 1000), 0), 2**48 - 1)
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + bytes(10)))


def _forget(batch: Batch, ids: list[str], words: str, request_id: str | None = None) -> None:
    # What is deleted is overwritten in the file, and does not stay readable in it.
    batch.connection.execute("PRAGMA secure_delete = ON")
    places = ", ".join("?" for _ in ids)
    batch.connection.execute(f"DELETE FROM contents WHERE request_id IN ({places})", ids)
    batch.connection.execute(_EVENT, (stamp(time.time()), request_id, words))
