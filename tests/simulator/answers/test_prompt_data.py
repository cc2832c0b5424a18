"""What a request's JSON data tell a simulated model."""

import pytest

from router.simulator.answers.prompt_data import data_in, entries_in, time_in, weeks_for, words_in
from router.simulator.answers.prompts import TABLE


@pytest.mark.parametrize("text", ["", "words", "[1]", "{", "words\n{no", '{"a": 1} words'])
def test_what_is_no_object_holds_no_data(text):
    assert data_in(text) == {}


def test_words_are_the_question_or_every_text():
    assert words_in({"question": "Why?", "more": "x"}) == "Why?"
    assert words_in({"a": "one", "b": ["two", {"c": "three"}], "d": 4}) == "one, two, three"


def test_entries_are_the_days_or_the_datas_own():
    entries = [{"summary": "rest"}, {"summary": ""}, "odd"]
    assert entries_in({"day": {"entries": entries}}) == entries_in({"entries": entries}) == ["rest"]
    assert entries_in({"entries": "none"}) == []


@pytest.mark.parametrize(("text", "time"), [("at 7:30", "07:30"), ("27:41", None), ("5:20 min", None)])
def test_a_time_of_the_day_is_one(text, time):
    assert time_in(text) == time


def test_weeks_are_those_that_are_to_be_written_and_the_last_is_the_easy_one():
    weeks = weeks_for({"write_weeks": [3, 4], "weeks": 4, "days": 2, "equipment": ["barbell"]}, TABLE)
    assert [week["number"] for week in weeks] == [3, 4]
    assert all(len(week["sessions"]) == 2 for week in weeks)
    efforts = [week["sessions"][0]["exercises"][0]["rpe"] for week in weeks]
    assert efforts[1] < efforts[0]


def test_no_exercise_needs_what_is_not_there():
    weeks = weeks_for({"write_weeks": [1], "weeks": 1, "days": 3, "equipment": []}, TABLE)
    names = {exercise["food"] for session in weeks[0]["sessions"] for exercise in session["exercises"]}
    needing = {exercise["name"] for exercise in TABLE["exercises"] if exercise["needs"]}
    assert names
    assert not names & needing
