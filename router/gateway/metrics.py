"""`/metrics`: what the store counts, as Prometheus reads it.

Nothing is counted here: every figure is read from the log's own when it is asked for, so that a gateway, a console and
a library on one database show the same, and a restart begins nothing anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from router.api import DualModelRouter
from router.store import EverCounted, EverFailed

METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_LABELS = ("provider", "model", "task", "app", "simulated")
_BOUNDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 120.0, 300.0)
"""Seconds: those that OpenTelemetry names for clients of models, and two more, since free endpoints take their time."""


def metrics_text(router: DualModelRouter) -> bytes:
    """The metrics; reads the database, so call it beside the event loop."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_RouterMetrics(router))
    return generate_latest(registry)


class _RouterMetrics(Collector):
    """One look at a router's figures."""

    def __init__(self, router: DualModelRouter) -> None:
        self._router = router

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the look itself."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        store = self._router.store
        if store is not None:
            counted, failed = store.all_time.counted(), store.all_time.failed()
            yield _requests(counted)
            yield _attempts(counted, failed)
            yield _tokens(counted)
            words = "Requests that a fallback answered."
            yield _requests_with(counted, "saved", name="router_saved_by_fallback", words=words)
            words = "Requests that the cache answered, by whoever had given the answer."
            yield _requests_with(counted, "cached", name="router_answered_from_cache", words=words)
            words = "From the start of an answered request to the first of its text, where it was streamed."
            yield _histogram("router_time_to_first_token_seconds", words, _times_of(counted, "ttft"))
            words = "From the start of an answered request to its end."
            yield _histogram("router_request_duration_seconds", words, _times_of(counted, "latency"))
        yield from _allowances(self._router)
        yield _cooldowns(self._router)


def _labels_of(figures: EverCounted | EverFailed) -> list[str]:
    simulated = "true" if figures.simulated else "false"
    return [figures.provider, figures.model, figures.task_type, figures.app, simulated]


def _requests(counted: Sequence[EverCounted]) -> Metric:
    words = "Requests that have ended, by whoever answered them."
    family = CounterMetricFamily("router_requests", words, labels=(*_LABELS, "outcome"))
    for figures in counted:
        for outcome in ("succeeded", "failed", "cancelled"):
            if figures.counts[outcome]:
                family.add_metric([*_labels_of(figures), outcome], figures.counts[outcome])
    return family


def _attempts(counted: Sequence[EverCounted], failed: Sequence[EverFailed]) -> Metric:
    words = "Calls to targets that answered or failed, by what became of them."
    family = CounterMetricFamily("router_attempts", words, labels=(*_LABELS, "outcome"))
    for figures in counted:
        if called := figures.counts["succeeded"] - figures.counts["cached"]:
            family.add_metric([*_labels_of(figures), "succeeded"], called)
    for failure in failed:
        family.add_metric([*_labels_of(failure), failure.outcome], failure.attempts)
    return family


def _tokens(counted: Sequence[EverCounted]) -> Metric:
    words = "Tokens as the providers counted them."
    family = CounterMetricFamily("router_tokens", words, labels=(*_LABELS, "kind"))
    for figures in counted:
        for kind in ("prompt", "completion"):
            if count := figures.counts[f"{kind}_tokens"]:
                family.add_metric([*_labels_of(figures), kind], count)
    return family


def _requests_with(counted: Sequence[EverCounted], count: str, *, name: str, words: str) -> Metric:
    """The requests of one of the roll-ups' counts."""
    family = CounterMetricFamily(name, words, labels=_LABELS)
    for figures in counted:
        if figures.counts[count]:
            family.add_metric(_labels_of(figures), figures.counts[count])
    return family


def _times_of(counted: Sequence[EverCounted], name: str) -> Iterator[tuple[list[str], Mapping[float, int]]]:
    for figures in counted:
        times: Mapping[float, int] = getattr(figures, name)
        if times:
            yield _labels_of(figures), times


def _histogram(name: str, words: str, times: Iterable[tuple[list[str], Mapping[float, int]]]) -> Metric:
    """Times as Prometheus has them; the log keeps them in buckets 5 % wide, each counted by its middle."""
    family = HistogramMetricFamily(name, words, labels=_LABELS)
    for labels, milliseconds in times:
        seconds = {middle / 1000: count for middle, count in milliseconds.items()}
        counts = [sum(count for value, count in seconds.items() if low < value <= high) for low, high in _STEPS]
        bounds = [*(f"{bound:g}" for bound in _BOUNDS), "+Inf"]
        buckets = list(zip(bounds, map(float, accumulate(counts)), strict=True))
        family.add_metric(labels, buckets, sum(value * count for value, count in seconds.items()))
    return family


_STEPS = list(zip((float("-inf"), *_BOUNDS), (*_BOUNDS, float("inf")), strict=True))


def _allowances(router: DualModelRouter) -> Iterator[Metric]:
    labels = ("provider", "model", "unit", "span_seconds")
    remaining = GaugeMetricFamily("router_allowance_remaining", "What is left of a free allowance.", labels=labels)
    limit = GaugeMetricFamily("router_allowance_limit", "What a free allowance is when it is full.", labels=labels)
    for allowance in router.quotas():
        values = [allowance.provider, allowance.model, allowance.unit, f"{allowance.span:g}"]
        remaining.add_metric(values, allowance.remaining)
        limit.add_metric(values, allowance.limit)
    yield remaining
    yield limit


def _cooldowns(router: DualModelRouter) -> Metric:
    words = "1 for each target, free pool or provider that cools down."
    family = GaugeMetricFamily("router_cooldown", words, labels=("provider", "model", "scope", "outcome"))
    for cooldown in router.failures():
        model = cooldown.model if cooldown.scope == "target" else ""
        family.add_metric([cooldown.provider, model, cooldown.scope, cooldown.outcome], 1)
    return family
