"""Downloads straight from the database: `/export/requests.csv` and `.json`, a few hundred rows in memory at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pages.components.console.files import safe_cell
from pages.components.console.runtime import runtime
from pages.components.log.filter_choice import NOBODY, PURPOSES, ROWS
from pages.components.log.filters import dated_address
from router.errors import ConfigurationError
from router.store import Filters, Selection
from router.types import Target

COLUMNS = (
    "id", "started_at", "task_type", "source", "app", "purpose", "simulated", "streamed", "status", "provider", "model",
    "latency_ms", "ttft_ms", "prompt_tokens", "completion_tokens", "cost_usd", "error", "finish_reason", "degraded",
    "attempts", "skipped", "prompt", "answer",
    "tool_calls", "cached_from", "client_retries",
)  # fmt: skip
"""What a row has, in order."""

_FLAGS = ("simulated", "streamed", "degraded")
_LISTS = ("skipped", "tool_calls")
_CHUNK = 100
_YEARS = 1970, 2100
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def export_link(selection: Selection, kind: str) -> str:
    """The address that exports a selection as `csv` or `json`; relative, since the console may stand under a path."""
    searched = {
        "status": selection.status,
        "q": selection.words,
        "outcome": selection.outcome,
        "tried": selection.tried,
    }
    named = {name: str(value) for name, value in searched.items() if value}
    return f"export/requests.{kind}?{urlencode(dated_address(selection.filters, **named))}"


def selection_of(parameters: Mapping[str, str]) -> Selection:
    """The selection that such an address names.

    Raises:
        ValueError: a moment or a target that is none, or a moment out of all bounds.
    """
    provider, purpose, app = (parameters.get(name) for name in ("provider", "purpose", "app"))
    filters = Filters(
        start=_epoch_of(parameters.get("since")) or 0.0,
        end=_epoch_of(parameters.get("until")),
        provider="" if provider == NOBODY else provider,
        model=parameters.get("model"),
        task_type=parameters.get("task"),
        source=parameters.get("source"),
        app="" if app == NOBODY else app,
        purpose=PURPOSES.get(purpose or "all", purpose),
        simulated=ROWS.get(parameters.get("rows", ""), False),  # never mixed unasked
    )
    tried = Target.parse(parameters["tried"]) if parameters.get("tried") else None
    return Selection(
        filters, parameters.get("status") or None, parameters.get("q", ""), parameters.get("outcome") or None, tried
    )


def _epoch_of(text: str | None) -> float | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    # Rounded to the database's milliseconds, the last moment that Python knows is one that it does not know.
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"{text} is not in the years {_YEARS[0]} to {_YEARS[1]}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def as_csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Rows as CSV; a cell that a spreadsheet would take for a formula has an apostrophe in front."""
    yield f"\ufeff{_csv_line(COLUMNS)}"  # without the mark, a spreadsheet reads UTF-8 as Latin-1
    for row in rows:
        yield _csv_line([_cell_of(name, row.get(name)) for name in COLUMNS])


def _csv_line(cells: Iterable[Any]) -> str:
    place = io.StringIO()
    csv.writer(place).writerow(cells)
    return place.getvalue()


def _cell_of(name: str, value: Any) -> Any:
    if name == "simulated":
        return "simulated" if value else "live"
    return safe_cell(value)


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Rows as one JSON array of objects."""
    between = "["
    for row in rows:
        yield between + "\n" + json.dumps(_document_of(row), ensure_ascii=False)
        between = ","
    yield "[]\n" if between == "[" else "\n]\n"


def _document_of(row: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {name: row.get(name) for name in COLUMNS}
    record |= {name: bool(record[name]) for name in _FLAGS}
    # Not by orjson: a model may write a whole number of more than 64 bits, which the log keeps as it is.
    lists = {name: json.loads(record[name] or "[]") for name in _LISTS}
    return record | lists


def _in_chunks(lines: Iterator[str]) -> Iterator[str]:
    while chunk := "".join(islice(lines, _CHUNK)):
        yield chunk


async def export_requests(request: Request) -> Response:
    """Stream what is asked for."""
    kind = request.path_params["kind"]
    if kind not in _TYPES:
        return PlainTextResponse("There are exports as .csv and as .json.", 404)
    try:
        selection = selection_of(request.query_params)
    except ValueError as error:
        return PlainTextResponse(f"This export cannot be made: {error}.", 400)
    try:
        rows = runtime().store.history.export(selection)
    except ConfigurationError as error:
        return PlainTextResponse(f"This console cannot start with these settings: {error}.", 503)
    name = f"requests-{datetime.now(UTC):%Y-%m-%d-%H%M}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    lines = as_csv(rows) if kind == "csv" else as_json(rows)
    return StreamingResponse(_in_chunks(lines), media_type=_TYPES[kind], headers=headers)


ROUTES = [Route("/export/requests.{kind}", export_requests)]
"""For the launcher."""
