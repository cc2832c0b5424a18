"""All cases of a task in the order in which they are asked."""

from collections import Counter

import pytest

from router.evaluation.cases.case import read_case
from router.evaluation.cases.collection import cases_of_task
from router.types import TaskType

TASK = TaskType.QUICK_CATEGORIZATION
LABELS = ["meal", "workout", "note"]


@pytest.mark.parametrize("count", [6, 7, 12, 18])
def test_the_first_few_cases_hold_each_expected_answer_about_equally_often(count):
    counts = Counter(case.label for case in cases_of_task(TASK, [])[:count])
    assert len(counts) == 6
    assert max(counts.values()) - min(counts.values()) <= 1


def test_own_cases_are_asked_ahead_of_those_that_are_shipped_each_answer_in_turn():
    answers = ["meal", "meal", "meal", "workout", "workout", "note"]
    own = [
        read_case({"id": f"own-{place}", "task": TASK, "prompt": f"Line {place}", "label": label, "labels": LABELS})
        for place, label in enumerate(answers)
    ]
    asked = cases_of_task(TASK, own)
    assert [case.label for case in asked[:6]] == ["meal", "workout", "note", "meal", "workout", "meal"]
    assert not any(case.id.startswith("own-") for case in asked[6:])
