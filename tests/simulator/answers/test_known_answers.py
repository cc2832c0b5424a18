"""What simulated models know: each its own share of a few questions, the same at every asking."""

import json
import tomllib
from pathlib import Path

import pytest

from router.simulator.answers import known_answers
from router.simulator.answers.known_answers import is_known_to, known_answer, with_slip
from router.simulator.answers.prompts import read_prompt

TABLE = tomllib.loads(Path(known_answers.__file__).with_suffix(".toml").read_text())
QUESTION = next(entry for entry in TABLE["known"] if entry["task"] == "quick-categorization")


def asked(text):
    return read_prompt([{"role": "user", "content": text}])


def share_of(model, task):
    questions = [entry for entry in TABLE["known"] if entry["task"] == task]
    return sum(is_known_to(model, task, entry["ask"]) for entry in questions) / len(questions)


def test_models_differ_in_what_they_know_as_the_table_says():
    assert share_of("openai/gpt-oss-120b", "quick-categorization") >= 0.9
    assert share_of("openai/gpt-oss-20b", "quick-categorization") <= 0.6


@pytest.mark.parametrize("model", ["openai/gpt-oss-20b", "a/model-of-nobody"])
def test_a_model_gives_a_question_the_same_answer_at_every_asking(model):
    answers = {known_answer(model, asked(QUESTION["ask"])).finished(is_json=False) for _ in range(3)}
    assert len(answers) == 1
    assert answers.pop().startswith("Simulated reply. ")


def test_any_other_question_is_answered_as_always():
    assert known_answer("openai/gpt-oss-20b", asked("What should I eat before a run?")) is None
    assert known_answer("openai/gpt-oss-20b", asked(f"{QUESTION['ask']} And more?")) is None


def test_a_slip_is_one_session_or_one_digit():
    week = {"weeks": [{"sessions": [1, 2]}, {"sessions": [1, 2]}]}
    assert json.loads(with_slip(json.dumps(week)))["weeks"] == [{"sessions": [1, 2]}, {"sessions": [1]}]
    assert json.loads(with_slip('{"items": [{"kcal": 72}, {"kcal": 90}]}'))["items"] == [{"kcal": 720}, {"kcal": 90}]
