"""The requests one by one: pages of them, searching their texts, exporting them, deleting their texts.

A page is found by the id before it and never counted: reading one costs the same in a log of a thousand requests and
in one of a million, as long as most of what it passes matches.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, FromClause, Select, exists, func, select

from router.ports.log_records import TURN_MARK
from router.store.database import tables
from router.store.database.connections import IndexedTexts
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.search_terms import read_terms
from router.store.database.times import stamp
from router.store.database.writing.authors import Authors
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.log.figures import Filters, matching
from router.store.log.record_ids import first_id
from router.store.log.search_hits import SearchHit, find_hit
from router.types import Target

SNIPPET = 200
"""Characters of a prompt that a list shows."""

COUNT_LIMIT = 1_000
"""Requests that are counted one by one, where no figures have their number."""

ANY_FAILURE = "any"
"""The outcome of a selection's attempts where any failure will do."""

_TEXTS = ("prompt", "answer")
_SEARCHED = 50_000  # characters of each text that a hit is looked for in
_SLACK = 60.0  # seconds by which an id's time and the start that the log gives may differ
_EXPORTED = 500
_DELETED = 500
_EVENT = "INSERT INTO events (at, kind, model, detail, changed_by) VALUES (?, 'content deleted', ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request as the log has it.

    Attributes:
        row: every column by name, times as text in UTC.
        hit: where the searched words stand in its texts; None where nothing was searched for, or accents hide them.
    """

    id: str
    row: Mapping[str, Any]
    hit: SearchHit | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which requests are meant.

    Attributes:
        status: `succeeded`, `failed`, ...; None means all.
        words: what their prompts or answers have to hold; empty means anything.
        outcome: what one of their attempts failed of (`rate_limited`, or `ANY_FAILURE`), whoever answered then; None
            means that none has to have failed.
        tried: the target of that attempt; None means any. Only beside `outcome`.
    """

    filters: Filters = field(default_factory=Filters)
    status: str | None = None
    words: str = ""
    outcome: str | None = None
    tried: Target | None = None


class History:
    """Reads and forgets requests."""

    def __init__(self, reading: ReadConnections, writer: Writer, authors: Authors) -> None:
        self._reading = reading
        self._writer = writer
        self._authors = authors

    def page(self, selection: Selection, *, before: str | None = None, limit: int = 50) -> list[RequestRow]:
        """Requests, the latest first, each with `prompt`, the beginning of what was asked last.

        Args:
            before: the last id of the page before.
        """
        contents, words = tables.contents.c, selection.words.strip()
        columns = [*tables.requests.c, func.substr(contents.prompt, 1, SNIPPET).label("prompt")]
        if words:
            columns += [func.substr(contents[name], 1, _SEARCHED).label(f"whole_{name}") for name in _TEXTS]
        with self._reading.connect() as connection:
            rows = self._selected_rows(connection, select(*columns), selection, before=before, limit=limit)
        asked = [_as_listed(row) for row in rows]
        return [_with_hit(row, words) for row in asked] if words else asked

    def count(self, selection: Selection, *, most: int = COUNT_LIMIT) -> int:
        """How many requests match; `most` + 1 where there are more, which are not counted on."""
        query = select(tables.requests.c.id)
        with self._reading.connect() as connection:
            return len(self._selected_rows(connection, query, selection, before=None, limit=most + 1))

    def export(self, selection: Selection) -> Iterator[Mapping[str, Any]]:
        """Every request that is meant, the latest first, with its texts; a few hundred are in memory at a time."""
        content = tables.contents.c
        query = select(*tables.requests.c, content.prompt, content.answer, content.tool_calls)
        before: str | None = None
        with self._reading.connect() as connection:
            while rows := self._selected_rows(connection, query, selection, before=before, limit=_EXPORTED):
                yield from (_as_exported(row) for row in rows)
                before = rows[-1].id

    def delete_content(self, request_id: str) -> bool:
        """Forget the prompt and the answer of one request; its figures stay. False where it could not be written.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        event = "one request", self._authors.operator_address()
        was_forgotten = self._writer.perform(lambda batch: _forget_texts(batch, [request_id], event))
        self._purge_indexes()
        return was_forgotten

    def count_contents_before(self, epoch: float) -> int:
        """Of how many requests before a moment prompts and answers are kept, counted up to `COUNT_LIMIT` and one."""
        request_id = tables.contents.c.request_id
        kept = select(request_id).where(request_id < first_id(epoch)).limit(COUNT_LIMIT + 1).subquery()
        with self._reading.connect() as connection:
            return connection.execute(select(func.count()).select_from(kept)).scalar_one()

    def delete_contents_before(self, epoch: float) -> int:
        """Forget the prompts and answers of all requests before a moment; gives how many there were.

        Raises:
            ChangeRefused: whoever is signed in may change nothing.
        """
        author = self._authors.operator_address()
        deleted = 0
        while ids := self._contents_before(epoch):
            event = f"{len(ids)} requests before {stamp(epoch)}", author
            if not self._writer.perform(lambda batch, ids=ids, event=event: _forget_texts(batch, ids, event)):  # type: ignore[misc]
                break
            deleted += len(ids)
        self._purge_indexes()
        return deleted

    def _selected_rows(
        self, connection: Connection, query: Select[Any], selection: Selection, *, before: str | None, limit: int
    ) -> list[RequestRow]:
        requests = tables.requests
        query = query.where(*_period_clauses(selection.filters), *matching(requests, selection.filters)).limit(limit)
        if selection.status is not None:
            query = query.where(requests.c.status == selection.status)
        if selection.words.strip():
            terms = read_terms(selection.words)
            if not terms:
                return []
            texts = self._reading.search.find_texts(connection, terms)
            query = _searched_query(query, texts, selection)
            if before is not None:
                query = query.where(texts.before(connection, before), tables.requests.c.id < before)
        else:
            query = self._listed_query(query, selection, before)
        return [RequestRow(row.id, dict(row._mapping)) for row in connection.execute(query)]

    def _listed_query(self, query: Select[Any], selection: Selection, before: str | None) -> Select[Any]:
        """The query over the requests, or over the attempts that failed as is meant: either is read by ids in order."""
        requests, attempts, contents = tables.requests, tables.attempts, tables.contents
        request_id: Any = requests.c.id
        read: FromClause = requests
        if selection.outcome is not None and self._reading.groups_by_key:
            request_id, read = attempts.c.request_id, attempts.join(requests, attempts.c.request_id == requests.c.id)
            query = query.where(*_failed_clauses(selection)).group_by(request_id)
        elif selection.outcome is not None:
            query = query.where(_has_failed_attempt(selection))
        query = query.select_from(read.outerjoin(contents, contents.c.request_id == requests.c.id))
        query = query.where(request_id >= first_id(selection.filters.start - _SLACK))
        return (query if before is None else query.where(request_id < before)).order_by(request_id.desc())

    def _purge_indexes(self) -> None:
        """Take the words of what is deleted out of the indexes, step by step, beside what else is written."""
        for part in self._reading.search.parts:
            self._purge_step(part, is_first=True)

    def _purge_step(self, part: str, *, is_first: bool) -> None:
        def write(batch: Batch) -> None:
            if self._reading.search.merge_step(batch.connection, part, is_first=is_first):
                self._purge_step(part, is_first=False)

        self._writer.submit(write)

    def _contents_before(self, epoch: float) -> list[str]:
        request_id = tables.contents.c.request_id
        query = select(request_id).where(request_id < first_id(epoch)).order_by(request_id).limit(_DELETED)
        with self._reading.connect() as connection:
            return list(connection.execute(query).scalars())


def _as_listed(request: RequestRow) -> RequestRow:
    """A row with what was asked last alone: an earlier answer behind it would read as the person's own words."""
    prompt = request.row["prompt"]
    return replace(request, row={**request.row, "prompt": prompt and prompt.partition(TURN_MARK)[0]})


def _as_exported(request: RequestRow) -> Mapping[str, Any]:
    """A row whose prompt has all its texts, a line each: other programs do not know our mark."""
    prompt = request.row["prompt"]
    return {**request.row, "prompt": prompt and prompt.replace(TURN_MARK, "\n")}


def _with_hit(request: RequestRow, words: str) -> RequestRow:
    texts = [request.row[f"whole_{name}"] for name in _TEXTS]
    row = {name: value for name, value in request.row.items() if not name.startswith("whole_")}
    return RequestRow(request.id, row, find_hit(texts, words))


def _period_clauses(filters: Filters) -> list[Any]:
    started_at = tables.requests.c.started_at
    clauses = [started_at >= stamp(max(filters.start, 0.0))]
    return clauses if filters.end is None else [*clauses, started_at < stamp(filters.end)]


def _failed_clauses(selection: Selection) -> list[Any]:
    """What attempts have to be, as the index over those that failed has them."""
    attempts, tried = tables.attempts.c, selection.tried
    clauses = [tables.FAILED]
    if selection.outcome != ANY_FAILURE:
        clauses.append(attempts.outcome == selection.outcome)
    return clauses if tried is None else [*clauses, attempts.provider == tried.provider, attempts.model == tried.model]


def _has_failed_attempt(selection: Selection) -> Any:
    own_attempts = tables.attempts.c.request_id == tables.requests.c.id
    return exists().where(own_attempts, *_failed_clauses(selection))


def _searched_query(query: Select[Any], texts: IndexedTexts, selection: Selection) -> Select[Any]:
    """The query over an index."""
    requests = tables.requests
    query = query.select_from(texts.source.join(requests, requests.c.id == tables.contents.c.request_id))
    query = query.where(*texts.clauses)
    if selection.outcome is not None:
        query = query.where(_has_failed_attempt(selection))
    return query.order_by(texts.order.desc())


def _forget_texts(batch: Batch, ids: list[str], event: tuple[str, str | None]) -> None:
    batch.connection.overwrite_deleted()
    places = ", ".join("?" for _ in ids)
    batch.connection.execute(f"DELETE FROM contents WHERE request_id IN ({places})", ids)
    # An answer that was given again would else be given on, whichever of its requests is forgotten.
    batch.connection.execute(f"DELETE FROM cached_answers WHERE request_id IN ({places})", ids)
    repeated = f"SELECT cached_from FROM requests WHERE id IN ({places})"
    batch.connection.execute(f"DELETE FROM cached_answers WHERE request_id IN ({repeated})", ids)
    batch.connection.execute(_EVENT, (stamp(time.time()), ids[0] if len(ids) == 1 else None, *event))
