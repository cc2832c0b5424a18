"""One span for a request, one for each of its attempts, and their histograms.

Attempts are told of by their ending, like everything else that hears of them. A request is told of by the log's own
records, so that a trace and the log never differ.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.metrics import Histogram
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from router.engine.recording.listeners import AttemptEnding
from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestLog, RequestStarted
from router.telemetry import names
from router.telemetry.content import input_messages, output_messages
from router.telemetry.exporting import Exporters
from router.types import Source

_MOST_OPEN = 10_000
"""Requests under way whose spans are kept: each ends, and a fault that lost one may not fill the memory."""

_Attributes = dict[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class _OpenSpan:
    """A request under way."""

    span: Span
    started: RequestStarted


class OtelTelemetry:
    """Spans and metrics of one router.

    Args:
        with_content: whether prompts and answers go along, as far as the log keeps them.
    """

    def __init__(self, exporters: Exporters, *, with_content: bool) -> None:
        self._exporters = exporters
        self._with_content = with_content
        self._tracer = exporters.tracer
        self._open: OrderedDict[str, _OpenSpan] = OrderedDict()
        self._operations = self._histogram(names.OPERATION_DURATION, "s", "Calls to targets.")
        self._first_chunks = self._histogram(names.OPERATION_FIRST_CHUNK, "s", "The first piece of streamed calls.")
        self._requests = self._histogram(names.REQUEST_DURATION, "s", "Requests over all their attempts.")
        self._first_tokens = self._histogram(names.REQUEST_FIRST_TOKEN, "s", "The first piece of streamed answers.")
        self._tokens = self._histogram(names.TOKEN_USAGE, "{token}", "Tokens as the providers counted them.")

    def _histogram(self, name: str, unit: str, words: str) -> Histogram:
        bounds = names.SECONDS if unit == "s" else names.TOKENS
        return self._exporters.meter.create_histogram(
            name, unit=unit, description=words, explicit_bucket_boundaries_advisory=bounds
        )

    def watched(self, log: RequestLog) -> RequestLog:
        """A log that tells of requests as well as writing them down."""
        return _WatchedLog(log, self)

    def close(self) -> None:
        """Send what is left; a collector that does not answer is waited for some seconds."""
        self._exporters.close()

    # --- attempts ----------------------------------------------------------------------------------------------------

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Tell of an attempt; returns at once."""
        request = self._open.get(ending.request_id)
        about = _about_attempt(ending)
        span = self._tracer.start_span(
            f"{names.CHAT} {ending.target.model}",
            context=None if request is None else set_span_in_context(request.span),
            kind=SpanKind.CLIENT,
            start_time=_nanoseconds(ending.started_at),
            attributes=about | _result_of_attempt(ending),
        )
        if ending.failed:
            span.set_status(Status(StatusCode.ERROR, ending.error))
        span.end(_nanoseconds(ending.ended_at))
        self._measure_attempt(ending, about)

    def _measure_attempt(self, ending: AttemptEnding, about: _Attributes) -> None:
        labels = {name: about[name] for name in _ATTEMPT_LABELS if name in about}
        self._operations.record(ending.latency_ms / 1000, labels)
        if ending.ttft_ms is not None:
            self._first_chunks.record(ending.ttft_ms / 1000, labels)
        if ending.usage is not None and not ending.failed and not ending.usage_is_estimated:
            self._tokens.record(ending.usage.prompt_tokens, labels | {names.TOKEN_TYPE: "input"})
            self._tokens.record(ending.usage.completion_tokens, labels | {names.TOKEN_TYPE: "output"})

    # --- requests ----------------------------------------------------------------------------------------------------

    def request_started(self, record: RequestStarted) -> None:
        """Begin a request's span; it belongs to the span that its caller is in, where there is one."""
        attributes = _about_request(record) | {names.PURPOSE: record.purpose, names.REQUEST_STREAM: record.streamed}
        if self._with_content and record.content is not None:
            attributes[names.INPUT_MESSAGES] = input_messages(record.content)
        span = self._tracer.start_span(
            f"{names.CHAT} {record.task_type}",
            kind=SpanKind.SERVER if record.source == Source.GATEWAY else SpanKind.INTERNAL,
            start_time=_nanoseconds(record.started_at),
            attributes=attributes,
        )
        self._open[record.id] = _OpenSpan(span, record)
        while len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)[1].span.end()

    def request_ended(self, record: RequestEnded) -> None:
        """End a request's span."""
        request = self._open.pop(record.id, None)
        if request is None:
            return
        span = request.span
        span.set_attributes(_result_of_request(record))
        if self._with_content and record.text is not None:
            span.set_attribute(names.OUTPUT_MESSAGES, output_messages(record))
        if record.status == "failed":
            span.set_status(Status(StatusCode.ERROR, record.error))
        span.end(_nanoseconds(request.started.started_at + record.latency_ms / 1000))
        self._measure_request(request.started, record)

    def _measure_request(self, started: RequestStarted, record: RequestEnded) -> None:
        labels = _about_request(started) | {names.STATUS: record.status}
        labels |= {names.ERROR_TYPE: record.status} if record.status == "failed" else {}
        labels |= {} if record.provider is None else {names.PROVIDER: record.provider}
        self._requests.record(record.latency_ms / 1000, labels)
        if record.ttft_ms is not None:
            self._first_tokens.record(record.ttft_ms / 1000, labels)


class _WatchedLog:
    """A log whose records are told of."""

    def __init__(self, log: RequestLog, telemetry: OtelTelemetry) -> None:
        self._log = log
        self._telemetry = telemetry

    def begin(self, request: RequestStarted | None, attempt: AttemptBegun | None) -> Awaitable[None]:
        """Write a request's row and the first attempt's; done when committed."""
        if request is not None:
            self._telemetry.request_started(request)
        return self._log.begin(request, attempt)

    def attempt_ended(self, record: AttemptEnded) -> None:
        """Write how an attempt ended; returns at once."""
        self._log.attempt_ended(record)

    def request_ended(self, record: RequestEnded) -> None:
        """Write how a request ended; returns at once."""
        self._log.request_ended(record)
        self._telemetry.request_ended(record)


# --- what is said of them --------------------------------------------------------------------------------------------

_ATTEMPT_LABELS = (
    names.OPERATION, names.PROVIDER, names.REQUEST_MODEL, names.TASK, names.APP, names.OUTCOME, names.ERROR_TYPE,
    names.SIMULATED,
)  # fmt: skip
"""Of an attempt's attributes those with few values: each combination is a series of its own at the collector."""


def _about_attempt(ending: AttemptEnding) -> _Attributes:
    attributes: _Attributes = {
        names.OPERATION: names.CHAT,
        names.PROVIDER: ending.target.provider,
        names.REQUEST_MODEL: ending.target.model,
        names.TASK: str(ending.task_type),
        names.OUTCOME: str(ending.outcome),
        names.SIMULATED: ending.simulated,
    }
    if ending.app:
        attributes[names.APP] = ending.app
    if ending.failed:
        attributes[names.ERROR_TYPE] = str(ending.http_status or ending.came_to)
    return attributes


def _result_of_attempt(ending: AttemptEnding) -> _Attributes:
    address = urlsplit(ending.called_target.account.partition("|")[2].rpartition("|")[0])
    usage = ending.usage
    values: Mapping[str, AttributeValue | None] = {
        names.ORDINAL: ending.ordinal,
        names.SENT: ending.sent,
        names.REQUEST_STREAM: ending.streamed,
        names.SERVER_ADDRESS: address.hostname,
        names.SERVER_PORT: address.port or (443 if address.scheme == "https" else 80),
        names.HTTP_STATUS: ending.http_status,
        names.INPUT_TOKENS: usage.prompt_tokens if usage else None,
        names.OUTPUT_TOKENS: usage.completion_tokens if usage else None,
        names.COST: ending.cost_usd,
    }
    return {name: value for name, value in values.items() if value is not None}


def _about_request(record: RequestStarted) -> _Attributes:
    attributes: _Attributes = {
        names.OPERATION: names.CHAT,
        names.TASK: record.task_type,
        names.SOURCE: record.source,
        names.SIMULATED: record.simulated,
    }
    return attributes | ({names.APP: record.app} if record.app else {})


def _result_of_request(record: RequestEnded) -> _Attributes:
    values: Mapping[str, AttributeValue | None] = {
        names.STATUS: record.status,
        names.RESPONSE_ID: record.id,
        names.PROVIDER: record.provider,
        names.RESPONSE_MODEL: record.model,
        names.FINISH_REASONS: [record.finish_reason] if record.finish_reason else None,
        names.INPUT_TOKENS: record.prompt_tokens,
        names.OUTPUT_TOKENS: record.completion_tokens,
        names.COST: record.cost_usd,
        names.DEGRADED: record.degraded,
        names.SKIPPED: [f"{skipped.provider}:{skipped.model}" for skipped in record.skipped] or None,
        names.ERROR_TYPE: "failed" if record.status == "failed" else None,
        names.CACHED_FROM: record.cached_from,
    }
    return {name: value for name, value in values.items() if value is not None}


def _nanoseconds(epoch: float) -> int:
    return int(epoch * 1e9)
