"""An error that nobody is to blame for says when to try again, whichever way it ended."""

from datetime import UTC, datetime, timedelta

import pytest

from pages.components.console.problems import explain_problem, time_of_return
from router.errors import AllTargetsFailed, DeadlineExceeded
from router.types import Attempt, AttemptOutcome

NOW = datetime.now(UTC)


def attempt(model, seconds):
    moment = None if seconds is None else NOW + timedelta(seconds=seconds)
    return Attempt("groq", model, AttemptOutcome.SERVER_ERROR, error="overloaded", retry_at=moment)


def late(*attempts):
    return DeadlineExceeded("no answer within the deadline of 30 s", attempts=attempts)


@pytest.mark.parametrize(
    "error", [late(attempt("a", 36_000)), AllTargetsFailed("down", retry_at=NOW + timedelta(hours=10))]
)
def test_when_a_model_is_back_is_said(error):
    headline, advice = explain_problem(error)
    assert headline in ("No model is available.", "No model answered in time.")
    assert "A model should be back in" in advice


def test_the_last_attempt_at_a_target_counts_and_of_several_targets_the_soonest():
    error = late(attempt("a", 5), attempt("b", 90), attempt("a", 40))
    assert time_of_return(error) == NOW + timedelta(seconds=40)


def test_what_is_over_is_said_to_be_over():
    assert "try again" in explain_problem(late(attempt("a", -1)))[1]


def test_where_nobody_knows_that_is_said():
    assert "Nobody can say" in explain_problem(late(attempt("a", None)))[1]


def test_of_one_model_alone_nothing_is_said_of_all_the_others():
    error = AllTargetsFailed("down", attempts=[attempt("a", 36_000)], retry_at=NOW + timedelta(hours=10))
    headline, advice = explain_problem(error)
    assert headline == "The model did not answer."
    assert advice.startswith("It should be back in")
