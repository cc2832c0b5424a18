"""Refusals, each in the words of its provider and with the time that it states."""

import time

import httpx
import pytest

from router.simulator import Fault
from router.simulator.faults.refusals import go_duration
from tests.simulator.calls import FREE, HELLO, LARGE, SMALL, ask


def refused(simulator, provider, fault):
    simulator.set_fault(provider, "*", fault)
    reply = ask(simulator, provider, LARGE if provider == "groq" else FREE)
    return reply, reply.json()["error"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.134, "134ms"),
        (7.66, "7.66s"),
        (179.56, "2m59.56s"),
        (86.4, "1m26.4s"),
        (5_692.896, "1h34m52.896s"),
        (0, "0s"),
    ],
)
def test_seconds_are_written_as_groq_writes_them(seconds, text):
    assert go_duration(seconds) == text


def test_groqs_429_names_kind_limit_and_wait(simulator):
    reply, error = refused(simulator, "groq", Fault("rate_limited", kind="RPD", retry_after=5_692.0, limit=1000))
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "5692")
    assert "on requests per day (RPD): Limit 1000" in error["message"]
    assert "try again in 1h34m52s" in error["message"]
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")


def test_groqs_refusal_for_the_day_states_in_its_headers_that_no_request_is_left(simulator):
    reply, error = refused(simulator, "groq", Fault("rate_limited", kind="RPD", retry_after=600))
    stated = [reply.headers[f"x-ratelimit-{name}-requests"] for name in ("limit", "remaining", "reset")]
    assert stated == ["1000", "0", "24h0m0s"]
    assert "(RPD): Limit 1000, Used 1000, Requested 1. Please try again in 10m0s" in error["message"]


def test_a_refusal_over_tokens_leaves_the_days_requests_as_they_are(simulator):
    reply, _ = refused(simulator, "groq", Fault("rate_limited", kind="TPD", retry_after=600))
    assert int(reply.headers["x-ratelimit-remaining-requests"]) > 0


def test_the_odd_wires_empty_day_is_empty_in_its_headers_too(simulator):
    simulator.set_fault("odd", "*", Fault("day_cap"))
    body, key = {"model": "fast-talker", "messages": HELLO}, {"x-odd-key": "Key odd-0123456789"}
    reply = httpx.post(f"{simulator.url_of('odd')}/talk", json=body, headers=key, timeout=10)
    assert (reply.status_code, reply.headers["x-quota-calls-day-left"]) == (429, "0")


def test_openrouters_upstream_429_is_no_cap_of_the_account(simulator):
    _, error = refused(simulator, "openrouter", Fault("rate_limited", retry_after=9))
    assert error["message"] == "Provider returned error"
    assert error["metadata"]["limit_source"] == "upstream_provider_shared_pool"
    assert error["metadata"]["retry_after_seconds"] == 9


@pytest.mark.parametrize("where", ["status", "body", "stream"])
def test_the_accounts_cap_states_its_reset_in_milliseconds_wherever_it_stands(simulator, where):
    simulator.set_fault("openrouter", "*", Fault("free_cap", where=where))
    reply = ask(simulator, "openrouter", FREE, stream=True)
    assert reply.status_code == (429 if where == "status" else 200)
    assert "free-models-per-day" in reply.text
    reset = int(reply.text.partition('X-RateLimit-Reset":"')[2].partition('"')[0]) / 1000
    assert 0 < reset - time.time() <= 86_400
    assert reset % 86_400 == 0


@pytest.mark.parametrize(
    ("provider", "variant", "status", "words"),
    [
        ("groq", "model_not_found", 404, "does not exist or you do not have access"),
        ("groq", "model_decommissioned", 400, "has been decommissioned"),
        ("openrouter", "not_a_valid_model_id", 400, "is not a valid model ID"),
        ("openrouter", "no_endpoints", 404, "No endpoints found for"),
        ("openrouter", "unavailable_for_free", 404, "unavailable for free"),
        ("openrouter", "period_ended", 404, "period has ended"),
    ],
)
def test_a_model_that_is_gone_is_so_in_six_wordings(simulator, provider, variant, status, words):
    reply, error = refused(simulator, provider, Fault("gone", variant=variant))
    assert reply.status_code == status
    assert words in error["message"]


def test_a_model_that_is_taken_away_is_gone_in_the_providers_words(simulator):
    simulator.remove_model("groq", SMALL)
    assert ask(simulator, model=SMALL).json()["error"]["message"].startswith("The model `openai/gpt-oss-20b` does not")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("too_large_413", 413),
        ("output_too_large", 429),
        ("context_length", 400),
        ("content_policy", 400),
        ("moderation_403", 403),
        ("guardrail_403", 403),
        ("key_limit_403", 403),
        ("gated_403", 403),
        ("network_403", 403),
        ("unauthorized", 401),
        ("payment_required", 402),
        ("data_policy_404", 404),
        ("json_validate_failed", 400),
    ],
)
def test_a_refusal_has_its_status_at_both_providers(simulator, fault, status):
    for provider in ("groq", "openrouter"):
        reply, error = refused(simulator, provider, Fault(fault))
        assert reply.status_code == status
        assert error["message"]
