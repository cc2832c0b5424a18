"""Rows for pages and reports, beside the figures. Plain values: no frame of a data library is made below a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, and_, select

from router.store.database import tables
from router.store.log.figures import Figures


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """One request with all that belongs to it; content is None where it was not kept.

    Attributes:
        tool_calls: what the answer calls, each with `id`, `name` and `arguments`; empty where it calls nothing.
    """

    row: Mapping[str, Any]
    attempts: Sequence[Mapping[str, Any]]
    skipped: Sequence[Mapping[str, Any]]
    request: Mapping[str, Any] | None
    answer: str | None
    reasoning: str | None
    tool_calls: Sequence[Mapping[str, Any]] = ()


class Statistics(Figures):
    """Reads the log and its roll-ups."""

    def request(self, request_id: str) -> RequestDetail | None:
        """One request with its attempts and its content, or None."""
        with self._reading.connect() as connection:
            row = connection.execute(select(tables.requests).where(tables.requests.c.id == request_id)).first()
            if row is None:
                return None
            ids = tables.attempts.c.id
            of_request = and_(ids > f"{request_id}-", ids < f"{request_id}.")
            attempts = connection.execute(
                select(tables.attempts).where(of_request).order_by(tables.attempts.c.ordinal)
            ).all()
            content = connection.execute(select(tables.contents).where(tables.contents.c.request_id == request_id))
            return _request_detail(row, attempts, content.first())

    def events(self, limit: int = 50, kind: str | None = None) -> list[Mapping[str, Any]]:
        """Resets and the like, the latest first; of one kind where it is named."""
        query = select(tables.events).order_by(tables.events.c.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(tables.events.c.kind == kind)
        with self._reading.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]


def _request_detail(row: Row[Any], attempts: Sequence[Row[Any]], content: Row[Any] | None) -> RequestDetail:
    values = dict(row._mapping)
    return RequestDetail(
        row=values,
        attempts=[dict(attempt._mapping) for attempt in attempts],
        skipped=orjson.loads(values["skipped"]) if values["skipped"] else [],
        request=orjson.loads(content.request) if content is not None and content.request else None,
        answer=content.answer if content is not None else None,
        reasoning=content.reasoning if content is not None else None,
        tool_calls=orjson.loads(content.tool_calls) if content is not None and content.tool_calls else [],
    )
