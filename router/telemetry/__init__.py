"""Spans and metrics by OpenTelemetry, where it is asked for; nothing of it is loaded where it is not."""

from router.telemetry.opening import Telemetry, open_telemetry

__all__ = ["Telemetry", "open_telemetry"]
