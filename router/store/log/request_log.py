"""The request log on the writer.

What a request's figures need is kept beside it until it ends, here and not in the writer's thread: so a record may be
written again, where the database failed the first time, and counts once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from dataclasses import dataclass, field

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted
from router.store.database.owners import Owner
from router.store.database.times import stamp
from router.store.database.values import storable_float, storable_integer, storable_text
from router.store.database.writing.queued_records import SMALL_RECORD_BYTES
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.log.rollups import OUT_OF_ACTION, EndedAttempt, EndedRequest
from router.store.log.row_statements import ATTEMPT_BEGUN, ATTEMPT_ENDED, REQUEST_ENDED, REQUEST_STARTED

# They may be written again, where a server's word that they are there was lost.
_ONCE = " ON CONFLICT DO NOTHING"
_INSERT_REQUEST = REQUEST_STARTED.insert("requests") + _ONCE
_INSERT_ATTEMPT = ATTEMPT_BEGUN.insert("attempts") + _ONCE
_END_ATTEMPT = ATTEMPT_ENDED.update("attempts")
_END_REQUEST = REQUEST_ENDED.update("requests")
_PROMPT = f"INSERT INTO contents (request_id, request, prompt) VALUES (?, ?, ?){_ONCE}"
_ANSWER = (
    "INSERT INTO contents (request_id, answer, reasoning, tool_calls) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (request_id) DO UPDATE SET answer = excluded.answer, reasoning = excluded.reasoning, "
    "tool_calls = excluded.tool_calls"
)


class _Settled:
    """An awaitable that is done; unlike a coroutine it may be dropped."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


@dataclass(slots=True)
class _OpenRequest:
    """A request that has not ended: what its figures will need, and no text."""

    started_at: str
    task_type: str
    source: str
    purpose: str
    app: str = ""
    targets: dict[str, tuple[str, str]] = field(default_factory=dict)
    attempts: list[EndedAttempt] = field(default_factory=list)


class StoredLog:
    """`router.ports.RequestLog` on a database.

    Args:
        owner: this process in the table `owners`.
    """

    def __init__(self, writer: Writer, owner: Owner) -> None:
        self._writer = writer
        self._owner = owner
        self._open: dict[str, _OpenRequest] = {}

    def begin(self, request: RequestStarted | None, attempt: AttemptBegun | None) -> Awaitable[None]:
        """Write the rows of a request and of an attempt; done when they are committed, or a second later."""
        weight = SMALL_RECORD_BYTES
        if request is not None:
            weight += 1 + len(request.content or "") + len(request.prompt)
            if not self._writer.backlog.has_room(weight):
                # Not in `_open`, so all that follows of this request is dropped too, and no half of it is written.
                self._writer.backlog.note_dropped()
                return _Settled()
            self._open[request.id] = _open_request(request)
        if attempt is not None:
            opened = self._open.get(attempt.request_id)
            if opened is None:
                return _Settled()
            opened.targets[attempt.id] = attempt.provider, attempt.model

        def write(batch: Batch) -> None:
            self._write_begin(batch, request, attempt)

        return self._writer.submit_and_wait(write, weight=weight, repeatable=True)

    def attempt_ended(self, record: AttemptEnded) -> None:
        """Write how an attempt ended."""
        opened = self._open.get(record.id.rpartition("-")[0])
        target = opened.targets.pop(record.id, None) if opened is not None else None
        if opened is None or target is None:
            return
        opened.attempts.append(EndedAttempt(*target, record.outcome, record.came_to))
        values = ATTEMPT_ENDED.values(record)
        self._writer.submit(lambda batch: batch.connection.execute(_END_ATTEMPT, values))

    def request_ended(self, record: RequestEnded) -> None:
        """Write how a request ended, and its figures."""
        opened = self._open.pop(record.id, None)
        if opened is None:
            return
        ended = _ended_request(opened, record)
        values = REQUEST_ENDED.values(record, len(opened.attempts))
        answer = None
        weight = SMALL_RECORD_BYTES
        calls = record.tool_calls
        texts = len(record.text or "") + len(record.reasoning or "") + len(calls or "")
        if record.text is not None and self._writer.backlog.has_room(weight + texts):
            weight += texts
            answer = record.id, storable_text(record.text), storable_text(record.reasoning or ""), calls

        def write(batch: Batch) -> None:
            batch.connection.execute(_END_REQUEST, values)
            if answer is not None:
                batch.connection.execute(_ANSWER, answer)
            batch.figures.add(ended)

        self._writer.submit(write, weight=weight)

    def _write_begin(self, batch: Batch, request: RequestStarted | None, attempt: AttemptBegun | None) -> None:
        if request is not None:
            batch.connection.execute(_INSERT_REQUEST, REQUEST_STARTED.values(request, self._owner.id))
            if request.content is not None:
                texts = request.id, storable_text(request.content), storable_text(request.prompt)
                batch.connection.execute(_PROMPT, texts)
        if attempt is not None:
            batch.connection.execute(_INSERT_ATTEMPT, ATTEMPT_BEGUN.values(attempt))


def _open_request(request: RequestStarted) -> _OpenRequest:
    return _OpenRequest(stamp(request.started_at), request.task_type, request.source, request.purpose, request.app)


def _ended_request(opened: _OpenRequest, record: RequestEnded) -> EndedRequest:
    return EndedRequest(
        started_at=opened.started_at,
        status=record.status,
        provider=storable_text(record.provider or ""),
        model=storable_text(record.model or ""),
        task_type=opened.task_type,
        source=opened.source,
        purpose=opened.purpose,
        simulated=int(record.simulated),
        latency_ms=_milliseconds(record.latency_ms),
        ttft_ms=_milliseconds(record.ttft_ms),
        prompt_tokens=storable_integer(record.prompt_tokens or 0),
        completion_tokens=storable_integer(record.completion_tokens or 0),
        cost_usd=storable_float(record.cost_usd or 0.0) or 0.0,
        attempts=tuple(opened.attempts),
        app=storable_text(opened.app),
        passed_over=any(target.state in OUT_OF_ACTION for target in record.skipped),
        cached=record.cached_from is not None,
    )


def _milliseconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else storable_float(milliseconds)
