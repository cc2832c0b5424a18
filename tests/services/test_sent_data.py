"""What a person said, read back from the data that services send."""

import json

import pytest

from router.request import make_call, prompt_text
from router.services import Day, Equipment, Level, ProgramRequest, conversation
from router.services.programs import _request_as_data
from router.services.sent_data import spoken_words
from router.types import TaskConfig, TaskType

QUESTION = 'Should I say "rest"?\nOder trainieren – 5×5?'


def test_a_coachs_prompt_is_shown_as_its_question():
    call = make_call(TaskConfig(TaskType.REAL_TIME_CHAT), conversation(Day(goal="strength"), (), QUESTION))
    assert spoken_words(prompt_text(call)) == QUESTION


def test_a_prompt_that_a_list_has_cut_off_is_shown_as_far_as_it_goes():
    prompt = prompt_text(make_call(TaskConfig(TaskType.REAL_TIME_CHAT), conversation(Day(), (), "word " * 100)))
    for length in range(len('{"question": "w'), 200):
        shown = spoken_words(prompt[:length])
        assert shown.startswith("w"), length
        assert ("word " * 100).startswith(shown)


def test_an_entry_is_shown_as_it_was_written():
    assert spoken_words(json.dumps({"entry": "2 eggs", "foods": [{"name": "egg"}]})) == "2 eggs"


def test_a_program_is_shown_as_what_was_chosen():
    asked = _request_as_data(ProgramRequest(goal="strength", level=Level.BEGINNER, equipment=(Equipment.BARBELL,)))
    for data in (asked | {"write_weeks": [1, 2]}, {"asked": asked, "program": []}):
        shown = spoken_words(json.dumps(data))
        assert "goal: strength" in shown
        assert "days: 3" in shown
        assert "equipment: barbell" in shown
        assert "{" not in shown


def test_a_days_entries_are_counted():
    assert (
        spoken_words(json.dumps({"goal": "", "entries": [{"summary": "2 eggs"}, {"summary": "a run"}]})) == "2 entries"
    )


@pytest.mark.parametrize("prompt", ["Should I train?", "", "{not json", "{}", "[1, 2]", '{"a": []}'])
def test_any_other_prompt_stays_as_it_is(prompt):
    assert spoken_words(prompt) == prompt
