"""`/metrics`: what the store counts, as Prometheus reads it."""

from __future__ import annotations

from router.api import DualModelRouter

METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


def metrics_text(router: DualModelRouter) -> bytes:
    """The metrics."""
    return b""
