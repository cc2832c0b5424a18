"""Tools as a caller offers them: what is wrong is named with its place, and what is understood is kept."""

import pytest

from router.request import check_schemas, log_content, make_call
from router.request.tools import schema_of
from router.types import TaskConfig, TaskType

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "hello"}]


def tool(name="weather", **fields):
    return {"type": "function", "function": {"name": name, **fields}}


def named(name):
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tools": "weather"}, 'tools is "weather"; it is a list'),
        ({"tools": tool()}, "tools is {"),
        ({"tools": [tool(f"t{n}") for n in range(129)]}, "129 definitions; 128 are the most"),
        ({"tools": ["weather"]}, r'tools\[0\] is "weather"'),
        ({"tools": [tool(), {"type": "web_search"}]}, r"tools\[1\] is"),
        ({"tools": [{"type": "function", "function": "weather"}]}, r"tools\[0\] is"),
        ({"tools": [tool(None)]}, r"tools\[0\].function.name is missing"),
        ({"tools": [tool("what is it")]}, r'tools\[0\].function.name is "what is it"'),
        ({"tools": [tool("x" * 65)]}, "1 to 64 letters"),
        ({"tools": [tool(), tool()]}, r"tools\[1\].function.name is 'weather', as that of another"),
        ({"tools": [tool(description=5)]}, r"tools\[0\].function.description is 5"),
        ({"tools": [tool(description="\ud83d")]}, r"tools\[0\].function.description holds half a character"),
        ({"tools": [tool(strict="yes")]}, r'tools\[0\].function.strict is "yes"'),
        ({"tools": [tool(parameters=["city"])]}, r'tools\[0\].function.parameters is \["city"\]'),
        ({"tools": [tool(parameters={"type": "array"})]}, r'parameters.type is "array"'),
        ({"tools": [tool(parameters={"x": object()})]}, r"tools\[0\].function.parameters.x is a object"),
        ({"tools": [tool()], "tool_choice": "any"}, 'tool_choice is "any"; it is one of auto, none, required'),
        ({"tools": [tool()], "tool_choice": {"name": "weather"}}, 'tool_choice is {"name"'),
        ({"tools": [tool()], "tool_choice": named("time")}, "tool_choice asks for 'time', which is none of the tools"),
        ({"tool_choice": "required"}, "tool_choice is 'required', and there are no tools"),
        ({"tool_choice": named("time")}, "none of the tools"),
        ({"tools": [tool()], "parallel_tool_calls": "no"}, 'parallel_tool_calls is "no"'),
    ],
)
def test_what_is_wrong_with_tools_is_named_with_its_place(options, words):
    with pytest.raises(ValueError, match=words):
        make_call(CHAT, HELLO, **options)


@pytest.mark.parametrize(
    "parameters",
    [{"type": "object", "properties": {"x": {"type": "objekt"}}}, {"$ref": "#/$defs/nowhere"}, {"required": "x"}],
)
def test_a_schema_that_does_not_hold_is_named_with_its_tool(parameters):
    call = make_call(CHAT, HELLO, tools=[tool("time"), tool(parameters=parameters)])
    with pytest.raises(ValueError, match=r"^tools\[1\]\.function\.parameters: the JSON schema"):
        check_schemas(call)


@pytest.mark.parametrize("parameters", [None, {}])
def test_a_tool_without_parameters_takes_an_empty_object(parameters):
    call = make_call(CHAT, HELLO, tools=[tool(parameters=parameters)])
    assert schema_of(call.tools[0]) == {"type": "object", "properties": {}}


def test_a_definition_is_kept_without_what_providers_do_not_take():
    fields = {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"city": {"type": "string"}}}
    given = {**tool(description="Weather", parameters=fields, strict=True, cache=1), "extra": 2}
    kept = make_call(CHAT, HELLO, tools=[given]).tools[0]
    assert kept == tool(
        description="Weather", parameters={"type": "object", "properties": fields["properties"]}, strict=True
    )
    assert "$schema" in fields, "the caller's own object is left alone"


def test_a_choice_without_tools_asks_for_nothing():
    for choice in ("auto", "none", None):
        assert make_call(CHAT, HELLO, tools=[], tool_choice=choice).tool_choice is None


def test_definitions_and_calls_count_towards_the_prompts_size():
    plain = make_call(CHAT, HELLO)
    offered = make_call(CHAT, HELLO, tools=[tool(description="x" * 4_000)])
    assert offered.prompt_tokens - plain.prompt_tokens >= 1_000
    calls = [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": "%s"}' % ("y" * 4_000)}}]
    turns = [{"role": "assistant", "content": None, "tool_calls": calls}]
    turns += [{"role": "tool", "tool_call_id": "a", "content": "z"}]
    assert make_call(CHAT, HELLO + turns).prompt_tokens - plain.prompt_tokens >= 1_000


def test_the_log_says_which_tools_were_offered():
    assert '"weather"' in log_content(make_call(CHAT, HELLO, tools=[tool()], tool_choice="required"))
    assert "tool" not in log_content(make_call(CHAT, HELLO))
