"""Where spans and metrics go: OTLP over HTTP, in batches, by threads of OpenTelemetry's own."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer
from opentelemetry.util.re import parse_env_headers

from router.settings import Settings

_SCOPE = "router"
_SERVICE = "dual-router"

_LONGEST_SEND = 2.0
"""Seconds for one batch: a collector that is down may keep nobody from closing the router."""


@dataclass(frozen=True)
class Exporters:
    """What makes spans and metrics. They are this router's own: a program that has set up OpenTelemetry for itself
    keeps what it has.
    """

    spans: TracerProvider
    metrics: MeterProvider

    @property
    def tracer(self) -> Tracer:
        """Makes spans."""
        return self.spans.get_tracer(_SCOPE)

    @property
    def meter(self) -> Meter:
        """Makes histograms."""
        return self.metrics.get_meter(_SCOPE)

    def close(self) -> None:
        """Send what is left, and end the threads."""
        self.spans.shutdown()
        self.metrics.shutdown(timeout_millis=_LONGEST_SEND * 1000)


def new_exporters(endpoint: str, settings: Settings) -> Exporters:
    """Exporters to a collector.

    The settings may come from `.env`, of which OpenTelemetry knows nothing; what else it reads, such as certificates,
    stands in the process's environment.

    Args:
        endpoint: its base URL, to which each signal's path is added.
    """
    base = endpoint.rstrip("/")
    headers = dict(parse_env_headers(settings.text("OTEL_EXPORTER_OTLP_HEADERS"), liberal=True)) or None
    resource = Resource.create({"service.name": settings.text("OTEL_SERVICE_NAME") or _SERVICE})
    spans = TracerProvider(resource=resource, shutdown_on_exit=False)
    sender = OTLPSpanExporter(f"{base}/v1/traces", headers=headers, timeout=_LONGEST_SEND)
    spans.add_span_processor(BatchSpanProcessor(sender))
    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(f"{base}/v1/metrics", headers=headers, timeout=_LONGEST_SEND)
    )
    return Exporters(spans, MeterProvider([reader], resource=resource, shutdown_on_exit=False))
