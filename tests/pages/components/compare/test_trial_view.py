"""Whether two answers to a prompt differ, and the file to take away."""

from dataclasses import replace

import pytest

from pages.components.compare.trial_view import is_differing
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


def test_documents_are_compared_by_what_they_say():
    left = replace(LEFT, text='{"a": 1, "b": 2}', parsed={"a": 1, "b": 2})
    assert not is_differing([left, replace(left, lane=1, text='{"b":2,"a":1}', parsed={"b": 2, "a": 1})])
    assert is_differing([left, replace(left, lane=1, parsed={"a": 1, "b": 3})])
