"""What is refused of tools and of turns that call them, in each provider's words."""

import pytest

from tests.simulator.calls import FREE, LARGE, ask
from tests.tools import ASKED, TOOLS, WEATHER, by_name, strict

OBJECT = {"response_format": {"type": "json_object"}}
CALL = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
BROKEN = {**CALLED, "tool_calls": [{**CALL, "function": {"name": "f", "arguments": "{"}}]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "cold"}


def words_of(reply):
    return reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tools": TOOLS, **OBJECT}, "json mode cannot be combined with tool/function calling"),
        ({"tools": TOOLS, "reasoning_format": "raw"}, "`reasoning_format` of `raw` cannot be used with `tools`"),
        ({"tools": TOOLS, "tool_choice": by_name("nobody")}, "requested tool does not exist"),
        ({"tools": [strict(WEATHER)]}, "invalid JSON schema for tool get_weather: `required` is required"),
        ({"tools": TOOLS, "tool_choice": "any"}, "'tool_choice' : value must be"),
        ({"tools": TOOLS, "parallel_tool_calls": "no"}, "'parallel_tool_calls' : value must be"),
    ],
)
def test_groq_refuses_of_tools_what_groq_refuses(simulator, fields, words):
    reply = ask(simulator, messages=ASKED, **fields)
    assert reply.status_code == 400
    assert words in words_of(reply)


@pytest.mark.parametrize("provider", [("groq", LARGE), ("openrouter", FREE)])
@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([RESULT], "must be a response to a preceding message with 'tool_calls'"),
        ([CALLED], "did not have response messages: a"),
        ([CALLED, *ASKED, RESULT], "did not have response messages: a"),
        ([BROKEN, RESULT], "must be a JSON object"),
        ([{**CALLED, "tool_calls": []}], "'messages'"),
    ],
)  # fmt: skip
def test_a_conversation_out_of_order_is_refused_everywhere(simulator, provider, turns, words):
    reply = ask(simulator, *provider, messages=[*ASKED, *turns])
    assert reply.status_code == 400
    assert words in words_of(reply)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning_details", "timestamp"])
def test_groq_alone_refuses_a_field_that_it_does_not_know(simulator, field):
    messages = [*ASKED, {**CALLED, field: None}, RESULT]
    assert f"property '{field}' is unsupported" in words_of(ask(simulator, messages=messages))
    assert ask(simulator, "openrouter", FREE, messages=messages).status_code == 200


def test_a_model_that_calls_no_tools_refuses_them(simulator):
    reply = ask(simulator, model="openai/gpt-oss-safeguard-20b", messages=ASKED, tools=TOOLS)
    assert (reply.status_code, "not supported" in words_of(reply)) == (400, True)
