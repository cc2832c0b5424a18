"""Which tools a simulated model calls and with what: as the prompt and the schemas say."""

import json

import pytest

from tests.simulator.calls import FREE, LARGE, ask
from tests.tools import ASKED, BOTH_ASKED, RESULT, SUM, TOOLS, by_name

QUERY = {"type": "function", "function": {
    "name": "search_recipes", "description": "Finds recipes in the cook book",
    "parameters": {"type": "object", "required": ["query", "filters"], "properties": {
        "query": {"type": "string"}, "unit": {"type": "string", "enum": ["metric", "imperial"]},
        "filters": {"type": "object", "required": ["date"], "properties": {"date": {"type": "string"}}}}}}}  # fmt: skip


def message_of(simulator, words=None, provider="openrouter", model=FREE, messages=None, **fields):
    asked = messages or [{"role": "user", "content": words}]
    return ask(simulator, provider, model, messages=asked, **{"tools": TOOLS, **fields}).json()["choices"][0]["message"]


def calls_of(message):
    calls = message.get("tool_calls") or ()
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("What is the weather in Bergen?", ["get_weather"]),
        ("Calculate 3 + 4", ["calculate"]),
        ("How much is (12 + 3) * 2?", ["calculate"]),
        ("Use get_weather", ["get_weather"]),
        ("Hello there", []),
        ("What should I eat before a run?", []),
    ],
)
def test_the_tool_that_the_prompt_is_about_is_called_and_no_other(simulator, words, names):
    assert [name for name, _ in calls_of(message_of(simulator, words))] == names


def test_arguments_are_what_the_prompt_says(simulator):
    assert calls_of(message_of(simulator, messages=BOTH_ASKED))[1] == ("calculate", {"expression": "12 * 7"})
    ((_, weather),) = calls_of(message_of(simulator, messages=ASKED))
    assert (weather["city"], weather["days"]) == ("Oslo", 3)
    words = 'Search the recipes for "oat pancakes" in imperial units, for 2026-12-01'
    ((_, found),) = calls_of(message_of(simulator, words, tools=[QUERY]))
    assert found == {"query": "oat pancakes", "unit": "imperial", "filters": {"date": "2026-12-01"}}


@pytest.mark.parametrize(("choice", "names"), [("none", []), ("required", 1), (by_name("calculate"), ["calculate"])])
def test_a_choice_is_followed_whatever_the_prompt_says(simulator, choice, names):
    found = [name for name, _ in calls_of(message_of(simulator, "Hello there", tool_choice=choice))]
    assert len(found) == names if isinstance(names, int) else found == names


def test_some_models_call_one_tool_in_a_turn_and_the_next_one_then(simulator):
    first = message_of(simulator, provider="groq", model=LARGE, messages=BOTH_ASKED)
    assert [name for name, _ in calls_of(first)] == ["get_weather"]
    assert len(calls_of(message_of(simulator, messages=BOTH_ASKED, parallel_tool_calls=False))) == 1
    history = [*BOTH_ASKED, {"role": "assistant", "tool_calls": first["tool_calls"]},
               {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": RESULT}]  # fmt: skip
    second = message_of(simulator, provider="groq", model=LARGE, messages=history)
    assert [name for name, _ in calls_of(second)] == ["calculate"]


def test_once_the_tools_have_answered_the_answer_says_what_they_said(simulator):
    call = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    turns = [{"role": "assistant", "content": None, "tool_calls": [call]},
             {"role": "tool", "tool_call_id": "a", "content": RESULT}]  # fmt: skip
    answer = message_of(simulator, messages=ASKED + turns)
    assert calls_of(answer) == []
    assert RESULT in answer["content"]
    further = [*ASKED, *turns, {"role": "assistant", "content": "Cold."}, {"role": "user", "content": "And 2 + 2?"}]
    assert [name for name, _ in calls_of(message_of(simulator, messages=further))] == ["calculate"]


def test_the_same_seed_calls_with_the_same(simulator):
    said = [calls_of(message_of(simulator, "Calculate something", tools=[SUM], seed=5)) for _ in range(2)]
    assert said[0] == said[1] != []


def test_tools_count_as_tokens_of_the_prompt_and_calls_as_tokens_of_the_answer(simulator):
    plain = ask(simulator, messages=ASKED).json()["usage"]
    with_tools = ask(simulator, messages=ASKED, tools=TOOLS).json()["usage"]
    assert with_tools["prompt_tokens"] > plain["prompt_tokens"] + 50
    assert with_tools["completion_tokens"] > 5


def test_a_call_that_the_output_limit_cuts_is_said_to_be_cut(simulator):
    choice = ask(simulator, "openrouter", FREE, messages=ASKED, tools=TOOLS, max_tokens=4, reasoning={"effort": "none"})
    assert choice.json()["choices"][0]["finish_reason"] == "length"
