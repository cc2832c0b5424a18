"""What is right of a case is said in words that a person would use."""

import pytest

from pages.components.evaluate.right_words import right_words
from router.evaluation.cases.case import read_case, shipped_cases
from router.types import TaskType


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": "meal", "labels": ["meal", "note"]}, "“meal”"),
        ({"number": 2000, "tolerance": 5}, "2,000 ± 5"),
        ({"fields": {"food": "oats|porridge", "kcal": 372}}, "food: oats or porridge; kcal: 372"),
        ({"includes": ["oats|rice", "tea"], "excludes": ["ale"]}, "says oats or rice, and tea; does not say ale"),
        ({"language": "de", "most_words": 80, "form": "list"}, "in German; at most 80 words; as a list"),
        ({"judge": "It is warm."}, "by a judge: It is warm."),
    ],
)  # fmt: skip
def test_each_check_is_said_as_people_do(values, words):
    assert right_words(read_case({"id": "a", "task": "verification", "prompt": "?", **values})) == words


@pytest.mark.parametrize("task", TaskType)
def test_every_shipped_case_says_what_is_right_without_a_programs_marks(task):
    for case in shipped_cases(task).cases:
        words = right_words(case)
        assert words
        assert not any(mark in words for mark in ("['", "{'", "('", "None", "|"))
