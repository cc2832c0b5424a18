"""Simulated judges: they know what is known, are the same at every asking, and now and then go by the place."""

import json

import pytest

from router.simulator.answers.judging import judge_answers
from router.simulator.answers.known_answers import known_table

JUDGE = "google/gemma-4-31b-it:free"
KNOWN = [entry for entry in known_table()["known"] if "right" in entry]


def verdicts(asked, first, second, *, judge=JUDGE):
    data = {"asked_of_both": asked, "right_when": "It fits.", "answer_a": first, "answer_b": second}
    answer = json.loads(judge_answers(judge, data))
    return answer["a_is_right"], answer["b_is_right"]


def test_most_known_answers_are_told_apart_and_some_judged_by_their_place():
    pairs = [(entry["ask"], f"Simulated reply. {entry['right']}", entry["wrong"]) for entry in KNOWN]
    both = [(verdicts(*pair), verdicts(pair[0], pair[2], pair[1])) for pair in pairs]
    assert set(both) == {((True, False), (False, True)), ((True, False), (True, False))}
    by_place = both.count(((True, False), (True, False))) / len(both)
    assert 0.05 < by_place < 0.3


@pytest.mark.parametrize("answer", ["one", "two", "three"])
def test_an_answer_to_any_other_question_gets_the_same_verdict_at_every_asking(answer):
    assert len({verdicts("Anything?", answer, answer) for _ in range(3)}) == 1
    assert len(set(verdicts("Anything?", answer, answer))) == 1


@pytest.mark.parametrize("data", [{}, {"asked_of_both": "?"}, {"asked_of_both": 1, "right_when": "", "answer_a": ""}])
def test_whatever_is_no_question_to_a_judge_is_answered_as_always(data):
    assert judge_answers(JUDGE, data) is None
