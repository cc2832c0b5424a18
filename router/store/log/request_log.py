"""The request log on the writer."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field

import orjson

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted, SkippedTarget
from router.store.database.times import stamp
from router.store.database.writer import Batch, Writer
from router.store.log.rollups import OUT_OF_ACTION, Ended

_INSERT_REQUEST = (
    "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status, skipped, owner) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)"
)
_INSERT_ATTEMPT = (
    "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')"
)
_END_ATTEMPT = (
    "UPDATE attempts SET outcome = ?, http_status = ?, latency_ms = ?, ttft_ms = ?, error = ?, prompt_tokens = ?, "
    "completion_tokens = ?, cost_usd = ? WHERE id = ?"
)
_END_REQUEST = (
    "UPDATE requests SET status = ?, provider = ?, model = ?, latency_ms = ?, ttft_ms = ?, prompt_tokens = ?, "
    "completion_tokens = ?, cost_usd = ?, error = ?, finish_reason = ?, simulated = ?, degraded = ?, attempts = ?, "
    "skipped = ? WHERE id = ?"
)
_CONTENT = (
    "INSERT INTO contents (request_id, answer, reasoning) VALUES (?, ?, ?) "
    "ON CONFLICT (request_id) DO UPDATE SET answer = excluded.answer, reasoning = excluded.reasoning"
)


@dataclass(slots=True)
class _Open:
    """A request that has not ended: what its figures will need."""

    started: RequestStarted
    targets: dict[str, tuple[str, str]] = field(default_factory=dict)
    outcomes: list[tuple[str, str, str]] = field(default_factory=list)


class StoredLog:
    """`router.ports.RequestLog` on a database.

    Args:
        owner: the id of this process in the table `owners`.
    """

    def __init__(self, writer: Writer, owner: str) -> None:
        self._writer = writer
        self._owner = owner
        self._open: dict[str, _Open] = {}

    def begin(self, request: RequestStarted | None, attempt: AttemptBegun | None) -> Awaitable[None]:
        """Write the rows of a request and of an attempt; done when they are committed."""
        return self._writer.submit_and_wait(lambda batch: self._begin(batch, request, attempt))

    def attempt_ended(self, record: AttemptEnded) -> None:
        """Write how an attempt ended."""
        self._writer.submit(lambda batch: self._attempt_ended(batch, record))

    def request_ended(self, record: RequestEnded) -> None:
        """Write how a request ended, and its figures."""
        self._writer.submit(lambda batch: self._request_ended(batch, record))

    # --- in the writer's thread; a group that failed may run these once more ------------------------------------------

    def _begin(self, batch: Batch, request: RequestStarted | None, attempt: AttemptBegun | None) -> None:
        if request is not None:
            self._insert_request(batch, request)
        if attempt is not None:
            opened = self._open.get(attempt.request_id)
            if opened is not None:
                opened.targets[attempt.id] = attempt.provider, attempt.model
            values = (attempt.id, attempt.request_id, attempt.ordinal, attempt.provider, attempt.model, attempt.account)
            batch.connection.execute(_INSERT_ATTEMPT, (*values, stamp(attempt.started_at)))

    def _insert_request(self, batch: Batch, request: RequestStarted) -> None:
        self._open[request.id] = _Open(request)
        batch.connection.execute(
            _INSERT_REQUEST,
            (
                request.id,
                stamp(request.started_at),
                request.task_type,
                request.source,
                request.purpose,
                request.simulated,
                request.streamed,
                _skipped(request.skipped),
                self._owner,
            ),
        )
        if request.content is not None:
            sql = "INSERT INTO contents (request_id, request, prompt) VALUES (?, ?, ?)"
            batch.connection.execute(sql, (request.id, request.content, _storable(request.prompt)))

    def _attempt_ended(self, batch: Batch, record: AttemptEnded) -> None:
        opened = self._open.get(record.id.rpartition("-")[0])
        if opened is not None and record.id in opened.targets:
            opened.outcomes.append((*opened.targets.pop(record.id), record.outcome))
        batch.connection.execute(
            _END_ATTEMPT,
            (
                record.outcome,
                record.http_status,
                record.latency_ms,
                record.ttft_ms,
                record.error,
                record.prompt_tokens,
                record.completion_tokens,
                record.cost_usd,
                record.id,
            ),
        )

    def _request_ended(self, batch: Batch, record: RequestEnded) -> None:
        opened = self._open.get(record.id)
        if opened is not None:
            batch.figures.add(_figures(opened, record))
            batch.committed.append(lambda: self._open.pop(record.id, None))
        batch.connection.execute(
            _END_REQUEST,
            (
                record.status,
                record.provider,
                record.model,
                record.latency_ms,
                record.ttft_ms,
                record.prompt_tokens,
                record.completion_tokens,
                record.cost_usd,
                record.error,
                record.finish_reason,
                record.simulated,
                record.degraded,
                len(opened.outcomes) if opened is not None else 0,
                _skipped(record.skipped),
                record.id,
            ),
        )
        if record.text is not None:
            values = (record.id, _storable(record.text), _storable(record.reasoning or ""))
            batch.connection.execute(_CONTENT, values)


def _figures(opened: _Open, record: RequestEnded) -> Ended:
    started = opened.started
    return Ended(
        started_at=stamp(started.started_at),
        status=record.status,
        provider=record.provider or "",
        model=record.model or "",
        task_type=started.task_type,
        source=started.source,
        purpose=started.purpose,
        simulated=int(record.simulated),
        latency_ms=record.latency_ms,
        ttft_ms=record.ttft_ms,
        prompt_tokens=record.prompt_tokens or 0,
        completion_tokens=record.completion_tokens or 0,
        cost_usd=record.cost_usd or 0.0,
        outcomes=tuple(opened.outcomes),
        held=any(one.state in OUT_OF_ACTION for one in record.skipped),
    )


def _skipped(skipped: tuple[SkippedTarget, ...]) -> str | None:
    return orjson.dumps(skipped).decode() if skipped else None


def _storable(text: str) -> str:
    """Half a character, which no database takes, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
