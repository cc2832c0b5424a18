"""Whether telemetry is wanted, and can be had; only then is anything of OpenTelemetry loaded."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Protocol

from router.engine.recording.listeners import AttemptEnding
from router.ports import RequestLog
from router.settings import Settings
from router.telemetry.names import CAPTURE_CONTENT

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

_log = logging.getLogger("router.telemetry")
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Telemetry(Protocol):
    """Spans and metrics of one router."""

    def watched(self, log: RequestLog) -> RequestLog:
        """A log that tells of requests as well as writing them down."""
        ...

    def attempt_ended(self, ending: AttemptEnding) -> None:
        """Tell of an attempt."""
        ...

    def close(self) -> None:
        """Send what is left; a collector that does not answer is waited for some seconds."""
        ...


def open_telemetry(settings: Settings) -> Telemetry | None:
    """Telemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the packages are installed."""
    endpoint = settings.text(ENDPOINT)
    if not endpoint or settings.text("OTEL_SDK_DISABLED").lower() == "true":
        return None
    if not all(map(_is_installed, _PACKAGES)):
        _log.warning(
            "%s is set, and OpenTelemetry is not installed: pip install opentelemetry-sdk "
            "opentelemetry-exporter-otlp-proto-http",
            ENDPOINT,
        )
        return None
    from router.telemetry.exporting import new_exporters
    from router.telemetry.spans import OtelTelemetry

    exporters = new_exporters(endpoint, settings)
    return OtelTelemetry(exporters, with_content=settings.text(CAPTURE_CONTENT).lower() in ("true", "1"))


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of a package around it
        return False
