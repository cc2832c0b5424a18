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


def test_a_moment_is_measured_with_the_clock_that_is_given():
    stated = Statements((StatedWait(WaitSource.POOL_RESET, until=NOW + 30.0),))
    assert stated.wait_seconds(NOW + 10.0) == 20.0
    assert stated.wait_seconds(NOW + 40.0) == 0.0


@pytest.mark.parametrize("seconds", [1e300, float("inf")])
def test_no_wait_is_longer_than_a_month(seconds):
    assert StatedWait(WaitSource.RETRY_AFTER, seconds).seconds_from(NOW) == LONGEST
