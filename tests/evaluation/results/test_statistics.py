"""The arithmetic of an evaluation, against values that were worked out elsewhere."""

import pytest

from router.evaluation.results.statistics import (
    at_least_by_chance,
    cases_to_tell,
    least_difference,
    mcnemar_exact,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("right", "cases", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (45, 60, 0.6277, 0.8422),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_a_share_has_wilsons_interval(right, cases, low, high):
    interval = wilson_interval(right, cases)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert interval.share == right / cases


@pytest.mark.parametrize(("right", "cases"), [(1, 0), (0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(right, cases):
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(right, cases)


@pytest.mark.parametrize(
    ("wins", "losses", "chance"),
    [(5, 0, 2 / 32), (0, 5, 2 / 32), (10, 2, 2 * 79 / 4096), (1, 1, 1.0), (0, 0, 1.0), (121, 59, 4.434e-06)],
)
def test_mcnemars_test_is_exact(wins, losses, chance):
    assert mcnemar_exact(wins, losses) == pytest.approx(chance, rel=1e-3)


def test_one_side_of_it_is_a_coin_thrown_as_often_as_the_sides_differ():
    assert at_least_by_chance(3, 1) == 5 / 16
    assert at_least_by_chance(0, 4) == 1.0


def test_sides_that_never_differed_are_surely_alike_only_after_enough_cases():
    assert least_difference(0, 0, 5) < -0.2
    assert least_difference(0, 0, 60) > -0.05
    assert least_difference(10, 0, 30) > 0.1


def test_fewer_cases_tell_where_the_difference_is_larger():
    small, large = cases_to_tell(3, 1, 20, level=0.05), cases_to_tell(8, 1, 20, level=0.05)
    assert small > large > 15
    assert cases_to_tell(2, 2, 20, level=0.05) is None
    assert cases_to_tell(0, 0, 0, level=0.05) is None


def test_the_cases_said_to_tell_do_tell_in_four_of_five_runs():
    total = cases_to_tell(27, 7, 100, level=0.05)
    # Connor's formula for shares of 27 % and 7 % at 5 % one-sided and a power of 80 %.
    assert total == 51
