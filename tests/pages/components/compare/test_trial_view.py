"""Whether two answers to a prompt differ, and the file to take away."""

import csv
import io
from dataclasses import replace

import pytest

from pages.components.compare.trial_view import as_csv, is_differing
from router.comparison.trials import Trial
from router.types import Target

LEFT = Trial(row=1, lane=0, target=Target("groq", "a"), prompt="2 eggs", text="Two eggs.")


def pair(**right):
    return [LEFT, replace(LEFT, lane=1, **right)]


@pytest.mark.parametrize("text", ["Two eggs.", " Two\n eggs. "])
def test_answers_of_the_same_words_do_not_differ(text):
    assert not is_differing(pair(text=text))


def test_other_words_and_a_lost_answer_differ():
    assert is_differing(pair(text="Three eggs."))
    assert is_differing(pair(error="the provider failed"))
    assert is_differing([LEFT])


def test_where_it_is_known_what_is_right_they_differ_in_that():
    assert not is_differing(pair(text="A pair of eggs."), "eggs")
    assert is_differing(pair(text="Toast."), "eggs")


def test_documents_are_compared_by_what_they_say():
    left = replace(LEFT, text='{"a": 1, "b": 2}', parsed={"a": 1, "b": 2})
    assert not is_differing([left, replace(left, lane=1, text='{"b":2,"a":1}', parsed={"b": 2, "a": 1})])
    assert is_differing([left, replace(left, lane=1, parsed={"a": 1, "b": 3})])


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_the_file_begins_with_the_mark_of_utf_8_and_no_cell_of_it_is_a_formula(mark):
    formula = f"{mark}1+1"
    data = as_csv([replace(LEFT, prompt=formula, text=formula, served=formula, error=formula)])
    assert data.startswith(b"\xef\xbb\xbfrow,lane,")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert {row[name] for name in ("prompt", "answer", "served by", "error")} == {f"'{formula}"}


def test_the_file_says_what_was_expected_and_who_was_right():
    trials = [LEFT, replace(LEFT, lane=1, text="Three."), replace(LEFT, row=2)]
    rows = list(csv.DictReader(io.StringIO(as_csv(trials, {1: "eggs"}).decode("utf-8-sig"))))
    assert [(row["expected"], row["right"]) for row in rows] == [("eggs", "right"), ("eggs", "wrong"), ("", "")]
