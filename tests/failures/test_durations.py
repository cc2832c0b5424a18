"""Times that providers state, and how holds grow."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("134ms", 0.134),
        ("7.66s", 7.66),
        ("2m59.56s", 179.56),
        ("1m26.4s", 86.4),
        ("1h34m52.896s", 5692.896),
        ("12s", 12),
    ],
)
def test_every_documented_form_of_a_duration_is_read(text, seconds):
    assert durations.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "12", "s", "1x", "-3s"])
def test_what_is_no_duration_is_none(text):
    assert durations.duration(text) is None


@pytest.mark.parametrize(
    "text",
    ["90s", "1m30s", "90 seconds", "90 secs", "1 minute 30 seconds", "1 min, 30 s", "1 minute and 30 seconds",
     "PT1M30S", "pt90s", "00:01:30", " 90s ", '"90s"', "90 Seconds;", "0.025 hours"],
)  # fmt: skip
def test_a_length_of_time_is_read_in_every_form(text):
    assert durations.any_duration(text) == pytest.approx(90.0)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "soon", "90 elephants", "in 90 seconds", "seconds", "1:30", "12:99:00", "90", "s90", "--"]
)
def test_what_is_no_length_of_time_is_none(text):
    assert durations.any_duration(text) in (None, 0.0)


def test_the_wait_in_groqs_sentence_is_found():
    message = "Rate limit reached … Used 6644, Requested 2931. Please try again in 7m30.5s. Need more tokens?"
    assert durations.duration_in(message) == pytest.approx(450.5)


@pytest.mark.parametrize(
    "text", ["Mon, 21 Sep 2026 14:13:20", "Mon, 21 Sep 2026 14:13:20 -0000", "21 Sep 2026 16:13:20 +0200"]
)
def test_a_date_without_a_zone_is_utc(text):
    assert durations.http_date(text) == 1_790_000_000.0


def test_a_moment_beyond_the_calendar_is_none():
    assert durations.utc(1e18) is None


def test_epochs_are_read_in_seconds_and_in_milliseconds():
    assert durations.epoch("1790000060000") == 1_790_000_060.0
    assert durations.epoch(1_790_000_060) == 1_790_000_060.0
    assert durations.epoch(-1) is None


def test_midnight_utc_is_never_more_than_a_day_away():
    assert durations.until_midnight(86_400.0 * 20_000) == 86_400.0
    assert durations.until_midnight(86_400.0 * 20_000 - 1) == 1.0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_figure_whatever_holds_longer_than_a_month_or_shorter_than_nothing(seconds):
    assert 0.0 <= durations.clamp(seconds) <= durations.LONGEST


@given(st.text())
def test_no_text_whatever_breaks_the_reading_of_times(text):
    assert durations.http_date(text) is None or math.isfinite(durations.http_date(text))
    for read in (durations.duration, durations.duration_in):
        found = read(text)
        assert found is None or (math.isfinite(found) and 0 <= found <= durations.LONGEST)


@given(st.integers(min_value=1, max_value=10**9))
def test_holds_double_up_to_their_cap(strikes):
    assert durations.grown(5.0, 20.0, strikes) == min(20.0, 5.0 * 2 ** min(strikes - 1, 10))
