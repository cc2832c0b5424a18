"""What comes back of tools, over real sockets: calls in odd pieces and forms, and what may never be given."""

import json

import pytest

from router import AllTargetsFailed, TaskConfig, TaskType, ToolCall
from router.simulator import Fault
from tests.scenarios.published import made
from tests.tools import (
    ASKED,
    BOTH_ASKED,
    EACH_MODE,
    EACH_TARGET,
    RESULT,
    TOOLS,
    WEATHER,
    answered,
    by_name,
    called,
    names,
    sent,
    strict,
)
from tests.world import FIRST, HELLO, MODES, SECOND, name_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def scale():
    return 1.0


DELTAS = ["no_index", "one_based", "zero_for_all", "index_moves", "no_id", "empty_id", "same_id", "repeated_names",
          "whole_repeated", "blanks_behind", "object_arguments", "all_in_one", "new_id_each"]  # fmt: skip


@pytest.mark.parametrize("variant", DELTAS)
async def test_calls_in_odd_pieces_are_the_same_calls(world, variant):
    world.simulator.set_fault(*SECOND, Fault("tool_deltas", variant=variant))
    answer = await called(world, "stream", SECOND, BOTH_ASKED)
    assert names(answer) == ["get_weather", "calculate"]
    assert [call.arguments for call in answer.completion.tool_calls][1] == {"expression": "12 * 7"}
    assert made(answer) == ["succeeded"]


async def test_the_older_form_of_one_call_is_a_call(world):
    world.simulator.set_fault(*SECOND, Fault("tool_deltas", variant="function_call"))
    assert names(await called(world, "stream", SECOND)) == ["get_weather"]


@EACH_MODE
@EACH_TARGET
@pytest.mark.parametrize("variant", ["double_encoded", "fields_encoded", "numbers_as_text", "trailing_comma"])
async def test_arguments_are_mended_where_that_loses_nothing(world, target, mode, variant):
    world.simulator.set_fault(*target, Fault("tool_arguments", variant=variant))
    answer = await called(world, mode, target)
    (call,) = answer.completion.tool_calls
    assert call.arguments["days"] == 3
    assert isinstance(call.arguments.get("hours", []), list)
    assert made(answer) == ["succeeded"]


NOW = {"type": "function", "function": {"name": "current_time", "description": "The time now"}}


@EACH_MODE
@EACH_TARGET
@pytest.mark.parametrize("variant", ["empty", "missing", "null"])
async def test_no_arguments_are_an_empty_object(world, target, mode, variant):
    world.simulator.set_fault(*target, Fault("tool_arguments", variant=variant))
    answer = await called(world, mode, target, [{"role": "user", "content": "What is the current_time?"}], [NOW])
    assert [(call.name, call.arguments, call.arguments_json) for call in answer.completion.tool_calls] == [
        ("current_time", {}, "{}")
    ]


@EACH_MODE
@pytest.mark.parametrize("fault", [
    Fault("tool_arguments", variant="truncated"),
    Fault("tool_arguments", variant="invalid"),
    Fault("tool_arguments", variant="no_object"),
    Fault("tool_finish", variant="length"),
    Fault("tool_finish", variant="no_calls"),
    Fault("tool_finish", variant="malformed"),
    Fault("wrong_tool"),
    Fault("cut"),
])  # fmt: skip
async def test_what_is_no_whole_call_is_never_given_and_the_next_target_answers(world, mode, fault):
    world.simulator.set_fault(*FIRST, fault)
    answer = await called(world, mode)
    assert len(made(answer)) == 2
    assert answer.completion.provider != "groq" or answer.completion.model != FIRST[1]
    assert names(answer) == ["get_weather"]
    assert answer.completion.tool_calls[0].arguments["city"] == "Oslo"


@EACH_MODE
async def test_where_nobody_else_is_left_a_broken_call_is_a_failure_and_no_answer(world, mode):
    world.simulator.set_fault(*FIRST, Fault("tool_arguments", variant="truncated"))
    answer = await called(world, mode, FIRST)
    assert isinstance(answer.error, AllTargetsFailed)
    assert made(answer) == ["invalid_tool_call"]
    assert "tool_call" not in answer.kinds


# A stream without any reason is one that broke off, so that way is a whole reply's alone.
@pytest.mark.parametrize(
    ("mode", "variant"), [*((mode, variant) for mode in MODES for variant in ("stop", "other")), ("complete", "none")]
)
@EACH_TARGET
async def test_an_answer_with_calls_ends_with_tool_calls_whatever_the_provider_says(world, target, mode, variant):
    world.simulator.set_fault(*target, Fault("tool_finish", variant=variant))
    answer = await called(world, mode, target)
    assert (names(answer), answer.completion.finish_reason) == (["get_weather"], "tool_calls")


@EACH_MODE
async def test_arguments_that_miss_the_schema_are_asked_for_once_more_with_the_fault_named(world, mode):
    world.simulator.set_fault(*FIRST, Fault("tool_arguments", variant="wrong_schema", times=1))
    answer = await called(world, mode, FIRST)
    assert made(answer) == ["unfit_tool_call", "succeeded"]
    assert "get_weather" in sent(world)["messages"][-1]["content"]
    assert answer.completion.tool_calls[0].arguments["city"] == "Oslo"


@EACH_MODE
async def test_arguments_that_miss_it_again_are_given_as_they_are_unless_the_tool_is_strict(world, mode):
    world.simulator.set_fault(*FIRST, Fault("tool_arguments", variant="wrong_schema"))
    loose = await called(world, mode, FIRST)
    assert made(loose) == ["unfit_tool_call", "succeeded"]
    assert loose.completion.tool_calls[0].arguments == {"unexpected": True}
    everything = {**WEATHER["function"]["parameters"], "required": ["city", "days", "hours"]}
    tool = strict({"type": "function", "function": {**WEATHER["function"], "parameters": everything}})
    exact = await called(world, mode, FIRST, tools=[tool])
    assert made(exact) == ["unfit_tool_call", "unfit_tool_call"]
    assert isinstance(exact.error, AllTargetsFailed)


@EACH_MODE
async def test_a_call_that_had_to_come_and_did_not_is_a_failure(world, mode):
    world.simulator.set_fault(*FIRST, Fault("no_tool_call"))
    for choice in ("required", by_name("get_weather")):
        answer = await called(world, mode, tool_choice=choice)
        assert made(answer) == ["invalid_tool_call", "succeeded"]
        assert names(answer) == ["get_weather"]
    assert (await called(world, mode, FIRST)).text == "I would rather say it in words."


@EACH_MODE
async def test_another_tool_than_the_one_that_was_demanded_is_a_failure(world, mode):
    world.simulator.set_fault(*FIRST, Fault("wrong_tool", tool="calculate"))
    answer = await called(world, mode, tool_choice=by_name("get_weather"))
    assert made(answer) == ["invalid_tool_call", "succeeded"]


async def test_one_call_at_a_time_is_what_is_given_where_it_was_asked_for(world):
    world.simulator.set_fault(*SECOND, Fault("two_tool_calls"))
    answer = await called(world, target=SECOND, parallel_tool_calls=False)
    assert names(answer) == ["get_weather"]
    assert names(await called(world, target=SECOND)) == ["get_weather"] * 2


async def test_a_call_that_nobody_offered_stands_in_no_answer(world):
    world.simulator.set_fault(*FIRST, Fault("script", steps=[
        {"status": 200},
        {"bytes": json.dumps({"choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Four.", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}]})},
    ], times=1))  # fmt: skip
    answer = await world.ask(messages=HELLO, targets=[name_of(FIRST)])
    assert (answer.text, answer.completion.tool_calls) == ("Four.", ())


# --- fallback -------------------------------------------------------------------------------------------------------


async def test_a_stream_that_breaks_off_within_a_call_falls_back_and_nobody_has_seen_anything(world):
    world.simulator.set_fault(*SECOND, Fault("cut", fraction=0.6))
    answer = await world.ask("stream", messages=ASKED, tools=TOOLS, targets=[name_of(SECOND), name_of(FIRST)])
    assert made(answer) == ["cut", "succeeded"]
    assert answer.kinds.count("tool_call") == 1
    assert "restart" not in answer.kinds


async def test_text_ahead_of_a_broken_call_is_void_once_another_target_answers(world):
    bad = [
        {"status": 200, "headers": {"content-type": "text/event-stream"}},
        {"bytes": 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Let me see."}}]}\n\n'},
        {"bytes": 'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"none",'
                  '"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'},
    ]  # fmt: skip
    world.simulator.set_fault(*FIRST, Fault("script", steps=bad, times=1))
    answer = await world.ask("stream", messages=ASKED, tools=TOOLS, targets=[name_of(FIRST), name_of(SECOND)])
    assert made(answer) == ["invalid_tool_call", "succeeded"]
    assert answer.kinds.count("restart") == 1
    assert (answer.text, names(answer)) == ("", ["get_weather"])


@EACH_MODE
async def test_a_conversation_goes_on_at_another_provider(world, mode):
    first = await called(world, mode, FIRST)
    world.simulator.set_fault("groq", "*", Fault("server_error", status=503))
    second = await called(world, mode, messages=ASKED + answered(first.completion.choices[0].message))
    assert second.completion.provider == "openrouter"
    assert RESULT in second.text


async def test_calls_that_a_model_writes_out_are_of_no_use_to_a_request_without_tools(world):
    world.simulator.set_fault(*FIRST, Fault("tool_in_text", variant="bare"))
    assert (await world.ask(targets=[name_of(FIRST)])).completion.tool_calls == ()


@pytest.mark.parametrize("task", list(TaskType))
async def test_every_task_takes_tools(world, task):
    config = TaskConfig(type=task)
    answer = await world.ask(config=config, messages=ASKED, tools=TOOLS)
    assert isinstance(answer.completion.tool_calls[0], ToolCall)
