"""What becomes of an attempt has one word, on pages, in the report and on the command line."""

import re
from pathlib import Path

import pytest

from pages.components.console import looks
from router.report.outcome_words import OUTCOME_WORDS, counted_outcomes, outcome_word
from router.types import AttemptOutcome

ROOT = Path(__file__).parents[2]
SHOWING = [path for folder in ("pages", "router/report", "router/commands") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("outcome", [one for one in AttemptOutcome if one.failed])
def test_a_failure_is_called_the_same_on_pages_and_in_the_report(outcome):
    assert looks.status_word(outcome) == outcome_word(outcome) == OUTCOME_WORDS.get(outcome, outcome.replace("_", " "))


def test_no_page_report_or_command_makes_a_word_of_the_logs_by_itself():
    pattern = re.compile(r"(outcome|kind|failure)\w*\.replace\(")
    found = [path.name for path in SHOWING if path.name != "outcome_words.py" and pattern.search(path.read_text())]
    assert found == []


def test_an_answer_that_met_its_output_limit_is_told_in_words():
    assert outcome_word("length") == "hit the output limit"


def test_outcomes_that_are_called_the_same_are_counted_as_one():
    counts = {"rate_limited": 4, "free_day_used_up": 2_000, "cut": 1, "a_new_word": 1}
    assert counted_outcomes(counts) == "2,004 out of free quota, 1 broke off, 1 a new word"
    assert counted_outcomes({}) == ""
