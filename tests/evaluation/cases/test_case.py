"""The cases: whole, readable, and each told right from wrong by its own checks."""

import json
import tomllib
from pathlib import Path

import pytest

from router.evaluation.cases import case as cases_module
from router.evaluation.cases.case import read_case, read_case_set, shipped_cases
from router.evaluation.cases.checks import faults_in_answer
from router.simulator.answers.answers import MARK
from router.types import TaskType

KNOWN = Path(cases_module.__file__).parents[2] / "simulator" / "answers" / "known_answers.toml"


@pytest.fixture(scope="module")
def known():
    """What the simulated models know, by the question's words."""
    return {entry["ask"]: entry for entry in tomllib.loads(KNOWN.read_text())["known"]}


@pytest.mark.parametrize("task", TaskType)
def test_every_task_has_fifteen_cases_of_a_version(task):
    shipped = shipped_cases(task)
    assert len(shipped.cases) >= 15
    assert shipped.version >= 1
    assert (
        len({case.id for case in shipped.cases}) == len({case.digest for case in shipped.cases}) == len(shipped.cases)
    )


@pytest.mark.parametrize("task", TaskType)
def test_every_case_is_asked_as_its_task_can_be(task):
    for case in shipped_cases(task).cases:
        assert case.messages()[-1]["role"] == "user"
        assert case.config.type is task
        assert case.config.requires_vision is (task is TaskType.VISION)


@pytest.mark.parametrize("task", TaskType)
def test_a_right_answer_passes_every_check_of_its_case_and_a_wrong_one_does_not(task, known):
    for case in shipped_cases(task).cases:
        entry = known[case.title]
        for kind in ("right", "wrong") if "right" in entry else ():
            text = entry[kind]
            parsed = json.loads(text) if case.wants_json else None
            faults = faults_in_answer(case, text if case.wants_json else f"{MARK} {text}", parsed)
            # What only a judge can decide, no rule finds a fault with.
            assert bool(faults) is (kind == "wrong" and case.has_rules), (case.id, kind, faults)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "says nothing of what is right"),
        ({"label": "meal", "labels": ["note"]}, "none of its labels"),
        ({"schema": "{"}, "schema"),
        ({"schema": '{"type": "nonsense"}'}, "schema"),
        ({"language": "tlh"}, "language"),
        ({"picture": "missing.jpg", "label": "a", "labels": ["a"]}, "no picture"),
        ({"service": "program"}, "service 'program'"),
        ({"number": float("nan")}, "number"),
        ({"numbre": 3}, "numbre"),
        ({"prompt": "  ", "number": 3}, "no prompt"),
        ({"id": "a b", "number": 3}, "id"),
        ({"judge": "  "}, "nothing to go by"),
        ({"judge": ""}, "judge"),
    ],
)
def test_a_case_that_does_not_hold_is_refused_with_its_name_and_what_is_wrong(values, words):
    with pytest.raises(ValueError, match=words) as caught:
        read_case({"id": "odd", "task": "verification", "prompt": "?", **values})
    assert "case " in str(caught.value)


def test_two_cases_of_one_name_are_refused():
    case = {"id": "twice", "prompt": "?", "number": 1}
    with pytest.raises(ValueError, match="same id"):
        read_case_set(TaskType.VERIFICATION, {"version": 1, "case": [case, case]})


def test_a_cases_digest_changes_with_what_is_right_and_not_with_its_note():
    base = {"id": "a", "task": "verification", "prompt": "?", "number": 1}
    assert read_case(base).digest == read_case({**base, "note": "seen on Monday"}).digest
    assert read_case(base).digest != read_case({**base, "number": 2}).digest
