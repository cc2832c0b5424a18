"""Metrics: the log's own figures as Prometheus reads them, by whatever door a request came."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from router.simulator import Fault
from tests.world import FIRST, SECOND

pytestmark = pytest.mark.anyio


async def samples(gateway):
    """The samples by name, each with its labels."""
    gateway.world.router.store.flush()
    text = (await gateway.client.get(f"{gateway.address}/metrics")).text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(found, name, **labels):
    return sum(value for own, value in found.get(name, ()) if labels.items() <= own.items())


async def test_requests_are_counted_once_by_whoever_answered_and_for_which_app(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("server_error", status=500, times=1))
    await gateway.chat()
    await gateway.stream()
    await gateway.world.ask()
    found = await samples(gateway)
    assert total(found, "router_requests_total") == 3
    assert total(found, "router_requests_total", app="tests", outcome="succeeded") == 2
    assert total(found, "router_attempts_total", provider=FIRST[0], model=FIRST[1], outcome="server_error") == 1
    assert total(found, "router_attempts_total", provider=SECOND[0], outcome="succeeded") >= 1
    assert total(found, "router_tokens_total", kind="completion") > 0


async def test_times_are_histograms_up_to_five_minutes(gateway):
    await gateway.stream()
    found = await samples(gateway)
    for name in ("router_time_to_first_token_seconds", "router_request_duration_seconds"):
        bounds = [float(labels["le"]) for labels, _ in found[f"{name}_bucket"]]
        assert bounds[-2:] == [300.0, float("inf")]
        assert total(found, f"{name}_count") == 1
        assert 0 < total(found, f"{name}_sum") < 10


async def test_what_cools_down_and_what_is_left_is_shown(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=50))
    await gateway.chat()
    found = await samples(gateway)
    assert total(found, "router_cooldown", provider=FIRST[0], model=FIRST[1], outcome="rate_limited") == 1
    assert total(found, "router_allowance_limit") >= total(found, "router_allowance_remaining") > 0


async def test_no_key_and_no_account_stands_in_them(gateway):
    await gateway.chat()
    text = (await gateway.client.get(f"{gateway.address}/metrics")).text
    for secret in (gateway.key, gateway.world.environment["GROQ_API_KEY"], gateway.world.router.accounts["groq"].id):
        assert secret not in text
