"""Groq's refusals of its own model's calls: each kind, each form, and what may be used of it."""

import json

import pytest

from router.failures.outcomes import Kind, Signal
from router.providers.tools.failed_calls import FailedGeneration, is_refused_call, read_failed_generation
from router.simulator.faults.tool_faults import WRITTEN
from router.simulator.faults.tool_refusals import _SHAPES as KINDS

CALL = json.dumps({"name": "get_weather", "arguments": {"city": "Oslo"}})


def read(kind, text, *, may_be_text=True):
    message = KINDS[kind].format(name="get_weather")
    signal = Signal(Kind.REPLY, 400, 400, frozenset({"tool_use_failed"}), message, failed_generation=text)
    assert is_refused_call(signal)
    return read_failed_generation(signal, ["get_weather"], may_be_text=may_be_text)


def names(failed):
    return [call.name for call in failed.calls]


@pytest.mark.parametrize("kind", ["schema", "expected_schema", "failed_call"])
def test_a_real_call_is_taken_from_it(kind):
    assert names(read(kind, CALL)) == ["get_weather"]


@pytest.mark.parametrize("form", WRITTEN)
def test_a_failed_call_is_read_in_every_form_that_models_write(form):
    text = WRITTEN[form]("get_weather", {"city": "Oslo"})
    assert names(read("failed_call", text)) == ["get_weather"]
    assert names(read("failed_call", text.replace("<", r"\u003c"))) == ["get_weather"]


@pytest.mark.parametrize("kind", ["required", "none", "unknown_tool", "arguments"])
def test_kinds_whose_text_may_not_be_used_are_failures(kind):
    assert read(kind, CALL) is None
    assert read(kind, "Some words.") is None


def test_prose_is_an_answer_where_words_are_one():
    assert read("failed_call", "It is cold in Oslo.") == FailedGeneration(text="It is cold in Oslo.")
    assert read("failed_call", "It is cold in Oslo.", may_be_text=False) is None


@pytest.mark.parametrize("kind", ["schema", "expected_schema"])
def test_prose_in_place_of_a_call_that_was_to_fit_is_no_answer(kind):
    assert read(kind, "It is cold in Oslo.") is None


@pytest.mark.parametrize("text", ["", "  ", '<function=get_weather>{"city": "Os', '<function=other>{"a": 1}</function>',
                                  '{"name": "other", "arguments": {}}', "I call <tool_call>x</tool_call>", "[1, 2]",
                                  "functions.other:0 {}", "```json\n{}\n```", '{"tool_calls": ['])  # fmt: skip
def test_a_call_that_cannot_be_read_is_taken_for_no_prose(text):
    assert read("failed_call", text) is None


def test_a_refusal_without_its_text_is_a_failure():
    assert read("failed_call", None) is None


def test_other_failures_are_none_of_these():
    assert not is_refused_call(Signal(Kind.REPLY, 400, 400, frozenset({"json_validate_failed"})))
