"""A drip is too slow; a pause is not."""

import pytest

from router.providers.streaming.pace import PaceWatch


def given_up_at(arrivals, least=2.0, window=1.5):
    """When a stream with these arrivals, each a moment and its tokens, is too slow; None where it never is."""
    watch = PaceWatch(least, window)
    return next((moment for moment, tokens in arrivals if watch.is_too_slow(moment, tokens)), None)


def drip(seconds, tokens=1.0, count=200, start=0.0):
    return [(start + seconds * number, tokens) for number in range(count)]


@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.0, 9.0])
def test_a_drip_is_given_up_within_a_few_windows(seconds):
    assert given_up_at(drip(seconds)) <= max(18.0, 3 * seconds)


@pytest.mark.parametrize(("seconds", "tokens"), [(0.5, 1.0), (0.01, 1.0), (4.0, 8.0), (5.0, 12.0)])
def test_what_comes_at_the_least_pace_or_faster_is_never_too_slow(seconds, tokens):
    assert given_up_at(drip(seconds, tokens)) is None


@pytest.mark.parametrize("pause", [3.0, 6.0, 60.0])
def test_one_pause_is_forgiven_however_long(pause):
    lively = drip(0.1, count=100)
    assert given_up_at([*lively, *drip(0.1, count=100, start=10.0 + pause)]) is None


def test_a_lively_beginning_buys_no_slow_end():
    arrivals = [*drip(0.01, count=2_000), *drip(4.0, start=24.0)]
    assert 24.0 < given_up_at(arrivals) <= 40.0


def test_the_first_token_may_come_late_and_a_single_one_is_never_too_slow():
    assert given_up_at([(1_000.0, 1.0)]) is None


def test_no_least_pace_is_no_limit():
    assert given_up_at(drip(100.0), least=0.0) is None
