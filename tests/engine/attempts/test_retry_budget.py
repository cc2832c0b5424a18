"""A budget is filled by requests and by time, emptied by further calls, and never holds more than its burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.engine.attempts.retry_budget import Budgets, RetryBudget
from router.table.routes import Limits

NOW = 1_790_000_000.0


def spent(budget, now=NOW, most=1_000):
    """How many calls it has left at a moment."""
    return next((count for count in range(most) if not budget.spend(now)), most)


def test_it_is_full_at_the_start_and_gives_its_burst_and_no_more():
    assert spent(RetryBudget(share=0.5, burst=3.0)) == 3


def test_each_request_adds_its_share():
    budget = RetryBudget(share=0.05, burst=3.0)
    spent(budget)
    for _ in range(19):
        budget.earn()
    assert not budget.spend(NOW)
    budget.earn()
    budget.earn()  # the sum of twenty twentieths is a little under one
    assert spent(budget) == 1


def test_time_fills_it_where_it_is_meant_to_and_nowhere_else():
    filled, plain = RetryBudget(0.0, 8.0, a_second=1.0), RetryBudget(0.0, 8.0)
    spent(filled), spent(plain)
    assert spent(filled, NOW + 3.0) == 3
    assert spent(plain, NOW + 3_600.0) == 0
    assert spent(filled, NOW + 3_600.0) == 8


def test_a_clock_that_is_set_back_takes_nothing_and_gives_nothing():
    budget = RetryBudget(0.0, 8.0, a_second=1.0)
    spent(budget)
    assert spent(budget, NOW - 86_400.0) == 0
    assert spent(budget, NOW - 86_400.0 + 2.0) == 2, "from then on it is filled as before"


@pytest.mark.parametrize(
    ("spent_before", "burst", "left"), [(0, 5.0, 5), (2, 5.0, 3), (3, 5.0, 2), (3, 1.0, 0), (0, 0.0, 0)]
)
def test_a_budget_of_another_size_knows_what_was_spent(spent_before, burst, left):
    budget = RetryBudget(share=0.5, burst=3.0)
    for _ in range(spent_before):
        budget.spend(NOW)
    budget.resize(share=1.0, burst=burst)
    assert spent(budget) == left
    budget.earn()
    assert spent(budget) == min(1, burst), "the new share"


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=60))
def test_whatever_comes_it_gives_no_more_than_it_was_given(steps):
    budget, now, gained, count = RetryBudget(0.25, 3.0, a_second=0.5), NOW, 3.0, 0
    for step in steps:
        if step is None:
            budget.earn()
            gained += 0.25
        else:
            now += step
            gained += max(0.0, step) * 0.5
            count += budget.spend(now)
    assert count <= gained + 1e-6


@pytest.mark.parametrize(("burst", "calls"), [(0.0, 0), (2.0, 2)])
def test_the_tables_limits_size_both_budgets(burst, calls):
    budgets = Budgets.from_limits(Limits(retry_burst=burst, last_resort_burst=burst))
    assert spent(budgets.second_call) == spent(budgets.last_resort) == calls
