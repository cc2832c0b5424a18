"""What calls under way may use of a minute's allowance, and how it comes back."""

import random

import pytest

from router.failures.cooldown_clock import SKEW_SECONDS
from router.failures.durations import MINUTE
from router.failures.spending import SETTLED_SOON, OpenCalls, Reservation, TargetSpending

NOW = 1_790_000_000.0


@pytest.fixture
def spending():
    spending = TargetSpending()
    spending.set_limits(8_000, 30)
    return spending


def fitting(spending, tokens, *, now=NOW, is_stated=False):
    """How many calls of so many tokens are let go at once."""
    sent = 0
    while spending.missing(tokens, now, is_stated=is_stated) is None:
        spending.reserve(f"call-{sent}-{now}", tokens, now)
        sent += 1
    return sent


def settle_all(spending, calls, tokens):
    """Those that `fitting` has sent are answered."""
    for number in range(calls):
        spending.settle(f"call-{number}-{NOW}", tokens, NOW)


@pytest.mark.parametrize(("tokens", "calls"), [(1_500, 5), (8_000, 1), (4_000, 2), (4_001, 1), (10, 30), (99_999, 1)])
def test_of_calls_at_once_those_go_that_fit_the_tokens_and_the_requests_of_a_minute(spending, tokens, calls):
    assert fitting(spending, tokens) == calls


def test_what_stands_in_the_way_may_be_settled_soon(spending):
    fitting(spending, 1_500)
    missing = spending.missing(1_500, NOW, is_stated=False)
    assert (missing.unit, missing.limit, missing.left, missing.seconds) == ("tokens", 8_000, 500, SETTLED_SOON)


def test_what_was_reserved_and_not_used_is_free_again_when_the_call_is_settled(spending):
    assert fitting(spending, 1_500) == 5
    settle_all(spending, 5, 100)
    assert fitting(spending, 1_500, is_stated=True) == 5  # 500 are used, and five times 1,500 still fit


def test_where_nobody_knows_what_a_call_has_used_all_of_it_is_taken_for_used_until_it_refills(spending):
    spending.reserve("one", 8_000, NOW)
    spending.settle("one", None, NOW)
    missing = spending.missing(4_000, NOW, is_stated=True)
    assert missing.seconds == pytest.approx(30.0)
    assert spending.missing(4_000, NOW + 30.0, is_stated=True) is None


def test_a_call_that_was_never_sent_leaves_no_trace(spending):
    spending.reserve("one", 8_000, NOW)
    spending.withdraw("one", NOW)
    spending.withdraw("one", NOW)
    assert fitting(spending, 8_000, is_stated=True) == 1


def test_a_call_is_settled_once(spending):
    spending.reserve("one", 4_000, NOW)
    for _ in range(3):
        spending.settle("one", 4_000, NOW)
    assert fitting(spending, 4_000, is_stated=True) == 1


@pytest.mark.parametrize("later", [60.0, 3_600.0, -86_400.0])
def test_a_reservation_that_leaked_ends_by_itself_and_by_no_clock_lasts_longer(spending, later):
    assert fitting(spending, 1_500) == 5
    assert fitting(spending, 1_500, now=NOW + later, is_stated=True) == 5


def test_thirty_requests_within_a_minute_are_all_there_are_also_once_they_are_answered(spending):
    assert fitting(spending, 10) == 30
    settle_all(spending, 30, 10)
    missing = spending.missing(10, NOW, is_stated=True)
    assert (missing.unit, missing.seconds) == ("requests", pytest.approx(2.0))
    assert fitting(spending, 10, now=NOW + 4.0, is_stated=True) == 2


def test_a_provider_that_answers_without_figures_is_held_to_none(spending):
    fitting(spending, 1_500)
    spending.tells_nothing = True
    assert spending.missing(1_500, NOW, is_stated=False) is None
    assert spending.missing(1_500, NOW, is_stated=True) is not None


def test_a_limit_that_is_learnt_later_counts_what_was_used_before(spending):
    spending.reserve("one", 5_000, NOW)
    spending.set_limits(6_000, None)
    assert spending.missing(2_000, NOW, is_stated=False).limit == 6_000
    spending.set_limits(None, None)
    assert spending.missing(99_999, NOW, is_stated=False) is None


@pytest.mark.parametrize("tokens", [50_000, 10**6, 10**9])
def test_whatever_a_reply_says_was_used_a_minutes_pool_is_full_within_a_minute(spending, tokens):
    spending.reserve("call", 1_500, NOW)
    spending.settle("call", tokens, NOW)
    missing = spending.missing(8_000, NOW, is_stated=True)
    assert missing is not None
    assert missing.seconds <= 60.0
    assert spending.missing(8_000, NOW + 60.0, is_stated=True) is None


def test_the_sums_of_calls_under_way_are_those_of_the_calls_whatever_comes_and_goes_and_whichever_way_a_clock_is_set():
    dice, calls, kept, now = random.Random(7), OpenCalls(), {}, NOW
    for number in range(3_000):
        now += dice.choice((0.0, 0.1, 5.0, 40.0, 90.0, -3.0, -200.0))
        kept = {name: call for name, call in kept.items() if now - MINUTE < call.at <= now + SKEW_SECONDS}
        if dice.random() < 0.6:
            calls.add(f"call-{number}", tokens := dice.randrange(5_000), now)
            kept[f"call-{number}"] = Reservation(now, tokens)
        elif kept:
            name = dice.choice(list(kept))
            assert calls.take_out(name) == kept.pop(name)
        assert calls.count(now) == len(kept)
        assert calls.tokens(now) == sum(call.tokens for call in kept.values())
