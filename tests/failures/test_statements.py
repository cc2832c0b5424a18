"""What a reply states about time, weighed against a clock."""

import pytest

from router.failures.durations import LONGEST
from router.failures.statements import NOTHING_STATED, StatedWait, Statements, WaitSource

NOW = 1_790_000_000.0


def test_nothing_stated_is_no_wait():
    assert NOTHING_STATED.wait_seconds(NOW) is None


def test_the_first_wait_is_believed():
    waits = StatedWait(WaitSource.RETRY_AFTER, 2.0), StatedWait(WaitSource.SENTENCE, 60.0)
    assert Statements(waits).wait_seconds(NOW) == 2.0


@pytest.mark.parametrize("skew", [-86_400.0, 0.0, 86_400.0])
def test_a_moment_by_the_providers_clock_is_measured_with_that_clock(skew):
    stated = Statements((StatedWait(WaitSource.POOL_RESET, until=NOW + 30.0),), server_time=NOW)
    assert stated.wait_seconds(NOW + skew) == 30.0


def test_a_moment_is_measured_with_our_clock_where_the_provider_does_not_show_its_own():
    stated = Statements((StatedWait(WaitSource.POOL_RESET, until=NOW + 30.0),))
    assert stated.wait_seconds(NOW + 10.0) == 20.0
    assert stated.wait_seconds(NOW + 40.0) == 0.0


@pytest.mark.parametrize("seconds", [1e300, float("inf")])
def test_no_wait_is_longer_than_a_month(seconds):
    assert StatedWait(WaitSource.RETRY_AFTER, seconds).seconds_from(NOW) == LONGEST
