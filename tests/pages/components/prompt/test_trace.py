"""The trace's lines: whom a run passed over and tried, and that it waits where all models cool down."""

from datetime import UTC, datetime, timedelta

from pages.components.prompt.trace import TraceLine, lines_of_events, waiting_words, waits_until
from router.types import AttemptSkipped, AttemptStarted, TargetState, Waiting

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
STARTED = AttemptStarted("groq", "gpt-oss")


def waiting(seconds):
    return Waiting(datetime.now(UTC) + timedelta(seconds=seconds))


def test_a_run_that_waits_for_a_cooldown_says_so_and_counts():
    assert waiting_words(NOW + timedelta(seconds=4), NOW) == "All models are cooling down; next try in 4\u2009s"
    assert waiting_words(NOW + timedelta(seconds=2.5), NOW) == "All models are cooling down; next try in 3\u2009s"
    assert waiting_words(NOW, NOW) == "Trying again"


def test_the_wait_stands_last_in_the_trace_while_it_lasts():
    line = lines_of_events([STARTED, waiting(60)])[-1]
    assert line.what == "waiting"
    assert line.why.startswith("All models are cooling down; next try in ")


def test_a_wait_that_is_over_stays_in_the_trace_without_counting():
    assert [line.what for line in lines_of_events([waiting(60), STARTED])] == ["waited", "trying"]
    assert waits_until([waiting(60), STARTED]) is None


def test_a_run_that_has_ended_neither_tries_nor_waits():
    assert [line.what for line in lines_of_events([STARTED], over=True)] == ["stopped"]
    assert [line.what for line in lines_of_events([waiting(60)], over=True)] == ["waited"]


def test_a_model_that_was_passed_over_stands_with_its_reason():
    skipped = AttemptSkipped("groq", "gone", "retired", TargetState.RETIRED)
    assert lines_of_events([skipped]) == [TraceLine("skipped", "groq", "gone", "retired")]
