"""Calls that models write out: taken where the whole text is one of a tool that was offered, and left alone else."""

import json
import time

import pytest

from router.providers.tools.calls_in_text import calls_in_text, may_become_call
from router.simulator.faults.tool_faults import WRITTEN

OFFERED = ("get_weather", "note")
ARGUMENTS = {"city": "Oslo", "text": 'a < b & "c"\nd', "days": 3}
EACH_FORM = pytest.mark.parametrize("form", WRITTEN)


def written(form, name="get_weather", arguments=ARGUMENTS):
    return WRITTEN[form](name, arguments)


def read(text):
    return [(call.name, json.loads(call.arguments)) for call in calls_in_text(text, OFFERED)]


def as_texts(form):
    """Between marks every value is a text until the schema says otherwise."""
    in_pairs = form in ("glm", "qwen_coder", "minimax")
    return {name: str(value) if in_pairs else value for name, value in ARGUMENTS.items()}


@EACH_FORM
def test_every_form_is_read(form):
    assert read(written(form)) == [("get_weather", as_texts(form))]


@EACH_FORM
def test_blanks_around_it_change_nothing(form):
    assert read(f"\n  {written(form)}\n\n") == [("get_weather", as_texts(form))]


@EACH_FORM
def test_signs_that_were_escaped_are_read(form):
    text = written(form).replace("<", r"\u003c").replace(">", r"\u003e")
    assert [name for name, _ in read(text)] == ["get_weather"]


@EACH_FORM
def test_a_call_without_arguments_is_one(form):
    assert read(written(form, arguments={})) == [("get_weather", {})]


@EACH_FORM
def test_a_tool_that_was_not_offered_is_none(form):
    assert read(written(form, name="delete_all")) == []


@EACH_FORM
@pytest.mark.parametrize("around", ["I would call {}", "{} is what I would call", "Like so:\n{}\n\nShall I?"])
def test_a_text_with_anything_else_in_it_is_left_alone(form, around):
    assert read(around.format(written(form))) == []


@pytest.mark.parametrize("form", ["hermes", "glm", "qwen_coder", "minimax", "function", "function_open", "bare"])
def test_several_calls_one_after_the_other_are_all_read(form):
    text = f"{written(form)}\n{written(form, name='note')}"
    assert [name for name, _ in read(text)] == ["get_weather", "note"]


def test_several_in_a_list_and_within_one_section_are_all_read():
    entries = [{"name": name, "arguments": {}} for name in OFFERED]
    assert [name for name, _ in read(json.dumps(entries))] == list(OFFERED)
    first, second = written("kimi"), written("kimi", name="note")
    inner = first.removesuffix("<|tool_calls_section_end|>") + second.removeprefix("<|tool_calls_section_begin|>")
    assert [name for name, _ in read(inner)] == ["get_weather", "note"]


def test_one_that_was_not_offered_spoils_them_all():
    assert read(f"{written('hermes')}\n{written('hermes', name='delete_all')}") == []


@pytest.mark.parametrize("text", [
    "", "get_weather", "get_weather()", '{"city": "Oslo"}', "<b>bold</b>", "<tool_call></tool_call>",
    '{"name": "get_weather"}', '{"name": "get_weather", "arguments": {}, "temperature": 3}',
    '{"name": "get_weather", "arguments": 5}', '{"name": ["get_weather"], "arguments": {}}',
    '{"name": "get_weather", "arguments": {}, "parameters": {}}', 'get_weather {"city": "Oslo"}',
    '<tool_call>{"name": "get_weather", "arguments": {"city": "Os', '<function=get_weather>{"city": "Os', "[]", "{}",
    '<tool_call>get_weather<arg_key>city</arg_key></tool_call>', "```\nprint()\n```", '[{"name": "get_weather"}]',
])  # fmt: skip
def test_what_only_looks_like_a_call_is_none(text):
    assert read(text) == []


@pytest.mark.parametrize("form", [form for form in WRITTEN if form != "function_close"])  # which begins as a text does
def test_the_beginning_of_a_call_is_waited_for_at_each_of_its_characters(form):
    text = written(form)
    assert all(may_become_call(text[:size]) for size in range(len(text)))


@pytest.mark.parametrize("text", ["H", "Hello", "<b", "<html", "< ", "{x", '{"city', '{"city":', "[1", "[a", "``x",
                                  "```python\nprint", "```\nHello", "<toolbox", "-", "{}"])  # fmt: skip
def test_what_can_be_no_call_any_more_is_waited_for_no_longer(text):
    assert not may_become_call(text)


@pytest.mark.parametrize("text", ["<function=f>" + "<parameter=a>x</parameter>" * 3_000, "<invoke name=\"a\">" * 5_000,
                                  "<tool_call>f" + "<arg_key>a</arg_key><arg_value>b</arg_value>" * 2_000 + "!",
                                  "``` " + " " * 90_000 + "x", "<tool_call>" * 8_000, "{" * 90_000, "[" * 90_000,
                                  "<|tool_call_begin|>f<|tool_call_argument_begin|>" * 1_500])  # fmt: skip
def test_no_text_takes_long(text):
    began = time.perf_counter()
    assert read(text) == []
    assert time.perf_counter() - began < 5.0
