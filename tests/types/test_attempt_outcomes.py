"""One word for each outcome, and one answer to whether an attempt failed."""

import pytest

from router.failures.outcomes import BILLED, OUTCOMES
from router.types import UNFAILED_OUTCOMES, Attempt, AttemptOutcome, attempt_failed

STATES = ("succeeded", "cancelled", "skipped", "pending", "interrupted", "not_sent")


def test_the_words_of_the_log_are_the_states_and_the_names_of_the_outcome_table():
    rows = dict.fromkeys(row.name for row in (*OUTCOMES, BILLED))
    assert set(AttemptOutcome) == {*STATES, *rows}


def test_every_row_of_the_outcome_table_is_a_failure():
    assert all(AttemptOutcome(row.name).failed for row in OUTCOMES)


@pytest.mark.parametrize(
    ("outcome", "came_to", "failed"),
    [
        ("succeeded", None, False),
        ("succeeded", "succeeded", False),
        ("cancelled", "cancelled", False),
        ("pending", None, False),
        ("interrupted", None, False),
        ("skipped", None, False),
        ("not_sent", "cancelled", False),
        ("not_sent", "unreachable", True),
        ("not_sent", "deadline", True),
        ("not_sent", None, True),
        ("server_error", "server_error", True),
        ("a_word_of_a_later_version", None, True),
    ],
)
def test_whether_an_attempt_failed_is_the_same_for_a_row_of_the_log_and_a_live_one(outcome, came_to, failed):
    assert attempt_failed(outcome, came_to) is failed
    if outcome in set(AttemptOutcome):
        came = None if came_to is None else AttemptOutcome(came_to)
        assert Attempt("groq", "m", AttemptOutcome(outcome), came_to=came).failed is failed


def test_a_word_of_the_log_is_plain_text_too():
    assert "cancelled" in UNFAILED_OUTCOMES
