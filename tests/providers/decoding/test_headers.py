"""Waits and allowances are read once, wherever in a reply they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.durations import DAY, MINUTE
from router.failures.statements import StatedAllowance, WaitSource
from router.providers.decoding.headers import read_statements
from tests.dialects import GROQ

NOW = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
DATE = {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}
RESET = {"metadata": {"headers": {"X-RateLimit-Reset": str(int((NOW + 7200) * 1000))}}}


@pytest.mark.parametrize(
    ("headers", "error", "message", "source", "seconds"),
    [
        ({"retry-after": "2"}, {}, "", WaitSource.RETRY_AFTER, 2.0),
        ({"retry-after": "2.5s"}, {}, "", WaitSource.RETRY_AFTER, 2.5),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:50 GMT"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:50"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "90 seconds"}, {}, "", WaitSource.RETRY_AFTER, 90.0),
        ({"retry-after": "PT1M30S"}, {}, "", WaitSource.RETRY_AFTER, 90.0),
        ({"retry-after": "2026-09-21T14:13:50Z"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "2026-09-21 16:13:50+02:00"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "Monday, 21-Sep-26 14:13:50 GMT"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "Mon Sep 21 14:13:50 2026"}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": str(int(NOW + 30))}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": str(int((NOW + 30) * 1000))}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"retry-after": "120, 60"}, {}, "", WaitSource.RETRY_AFTER, 120.0),
        ({"retry-after": '"30"'}, {}, "", WaitSource.RETRY_AFTER, 30.0),
        ({"x-ratelimit-reset": "60"}, {}, "", WaitSource.POOL_RESET, 60.0),
        ({"x-ratelimit-reset": str(int(NOW + 60))}, {}, "", WaitSource.POOL_RESET, 60.0),
        ({"ratelimit-reset": "50"}, {}, "slow down", WaitSource.POOL_RESET, 50.0),
        ({"x-ratelimit-reset-after": "0.75"}, {}, "slow down", WaitSource.POOL_RESET, 0.75),
        ({"retry-after-ms": "250", "retry-after": "1"}, {}, "", WaitSource.RETRY_AFTER, 0.25),
        ({}, RESET, "try again in 1s", WaitSource.POOL_RESET, 7200.0),
        ({}, {"metadata": {"headers": {"Retry-After": 7}}}, "", WaitSource.RETRY_AFTER, 7.0),
        ({}, {"metadata": {"retry_after_seconds": 9}}, "", WaitSource.ERROR_FIELD, 9.0),
        ({}, {"availability": {"retry_after": "11"}}, "", WaitSource.ERROR_FIELD, 11.0),
        ({}, {"retry_after": 12}, "", WaitSource.ERROR_FIELD, 12.0),
        ({}, {"details": [{"@type": "RetryInfo", "retryDelay": "37s"}]}, "", WaitSource.ERROR_FIELD, 37.0),
        ({}, {}, "Please try again in 7m30.5s.", WaitSource.SENTENCE, 450.5),
        ({"x-ratelimit-reset": str(NOW + 5)}, {}, "", WaitSource.POOL_RESET, 5.0),
    ],
)
def test_a_stated_time_is_found_wherever_it_stands(headers, error, message, source, seconds):
    stated = read_statements(headers | DATE, error, message, GROQ)
    assert stated.waits[0].source is source
    assert stated.wait_seconds(stated.server_time) == pytest.approx(seconds)


def test_a_day_and_a_minute_of_one_model_are_two_allowances():
    headers = {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "999",
        "x-ratelimit-reset-requests": "1m26.4s",
        "x-ratelimit-limit-tokens": "8000",
        "x-ratelimit-remaining-tokens": "7000",
    }
    requests, tokens = read_statements(headers, dialect=GROQ).allowances
    assert requests == StatedAllowance("requests", DAY, 1000, 999, pytest.approx(86.4))
    assert tokens == StatedAllowance("tokens", MINUTE, 8000, 7000, 0.0)


@pytest.mark.parametrize("limit", ["0", "-1", "NaN", "inf", "lots", ""])
def test_a_limit_that_can_be_none_is_left_out(limit):
    assert (
        read_statements(
            {"x-ratelimit-limit-tokens": limit, "x-ratelimit-remaining-tokens": "0"}, dialect=GROQ
        ).allowances
        == ()
    )


@pytest.mark.parametrize("limit", [str(2**63), "1e300"])
def test_a_limit_without_measure_fits_the_database(limit):
    headers = {"x-ratelimit-limit-tokens": limit, "x-ratelimit-remaining-tokens": limit}
    assert [stated.limit for stated in read_statements(headers, dialect=GROQ).allowances] == [10**12]


@pytest.mark.parametrize(("remaining", "kept"), [("-5", 0), ("9999", 10)])
def test_what_is_left_lies_between_nothing_and_the_limit(remaining, kept):
    headers = {"x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": remaining}
    assert [stated.remaining for stated in read_statements(headers, dialect=GROQ).allowances] == [kept]


@pytest.mark.parametrize(
    ("message", "span"),
    [
        ("on tokens per day (TPD): Limit 200000", DAY),
        ("on tokens per minute (TPM): Limit 8000", MINUTE),
        ("Rate limit exceeded: free-models-per-day.", DAY),
        ("Rate limit exceeded: free-models-per-min.", MINUTE),
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", DAY),
        ("slow down", None),
    ],
)
def test_the_pool_that_is_used_up_is_known_by_its_span_with_or_without_a_time(message, span):
    assert read_statements({}, {}, message).used_up_span == span


def test_the_pool_is_known_by_its_machine_word_too():
    error = {"metadata": {"limit_source": "openrouter_free_tier_daily"}}
    assert read_statements({}, error, "Slow down.").used_up_span == DAY


def test_the_providers_clock_is_noted():
    assert read_statements(DATE).server_time == NOW
    assert read_statements({"date": "yesterday"}).server_time is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["metadata", "availability", "details", "retry_after", "retryDelay", "headers", "limit_source"]
_HEADERS = ["retry-after", "retry-after-ms", "date", "x-ratelimit-reset", "x-ratelimit-limit-tokens"]


@given(
    st.dictionaries(st.sampled_from(_HEADERS), st.text()),
    st.dictionaries(st.sampled_from(_NAMES), _json | st.dictionaries(st.sampled_from(_NAMES), _json)),
    st.text(),
)
def test_no_reply_whatever_breaks_the_reading(headers, error, message):
    seconds = read_statements(headers, error, message).wait_seconds(NOW)
    assert seconds is None or 0 <= seconds <= 31 * 86_400
