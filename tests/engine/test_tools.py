"""Tools through the router, over real sockets: a call and what follows it, what goes out, and to whom."""

import json

import pytest

from router.simulator import Fault
from router.simulator.models.catalogue import model_entry
from tests.scenarios.published import made
from tests.tools import (
    ASKED,
    BOTH_ASKED,
    CALL_ID,
    EACH_MODE,
    EACH_TARGET,
    RESULT,
    SUM,
    TOOLS,
    WEATHER,
    answered,
    by_name,
    called,
    names,
    sent,
    strict,
)
from tests.world import CHAT, FIRST, SECOND, name_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def scale():
    return 1.0


# --- a call and what follows it --------------------------------------------------------------------------------------


@EACH_MODE
@EACH_TARGET
async def test_a_loop_of_two_rounds_goes_through_each_provider(world, target, mode):
    first = await called(world, mode, target)
    (call,) = first.completion.tool_calls
    assert (call.name, call.arguments["city"], call.arguments["days"]) == ("get_weather", "Oslo", 3)
    assert CALL_ID.fullmatch(call.id)
    assert first.completion.finish_reason == "tool_calls"
    assert first.completion.choices[0].message.content is None
    second = await called(world, mode, target, ASKED + answered(first.completion.choices[0].message))
    assert RESULT in second.text
    assert second.completion.tool_calls == ()
    assert second.completion.finish_reason == "stop"
    assert sent(world)["messages"][-1] == {"role": "tool", "tool_call_id": call.id, "content": RESULT}


async def test_a_stream_gives_each_call_once_and_whole_after_the_text_and_before_its_end(world):
    world.simulator.set_fault(*SECOND, Fault("text_before_call", text="Let me look that up."))
    answer = await called(world, "stream", SECOND, BOTH_ASKED)
    kinds = [kind for kind in answer.kinds if kind not in ("reasoning", "attempt_started")]
    assert kinds[-3:] == ["tool_call", "tool_call", "completed"]
    assert set(kinds[:-3]) == {"delta"}
    assert [event.call for event in answer.events if event.kind == "tool_call"] == list(answer.completion.tool_calls)
    assert answer.text == "Let me look that up."
    assert len({call.id for call in answer.completion.tool_calls}) == 2


@EACH_MODE
async def test_the_log_keeps_the_calls_and_what_was_asked_of_tools(world, mode):
    answer = await called(world, mode)
    row = world.rows("SELECT request, answer, tool_calls FROM contents")[0]
    (call,) = answer.completion.tool_calls
    assert json.loads(row["tool_calls"]) == [{"id": call.id, "name": call.name, "arguments": call.arguments}]
    assert [tool["function"]["name"] for tool in json.loads(row["request"])["tools"]] == ["get_weather", "calculate"]
    await world.ask(mode)
    assert world.rows("SELECT tool_calls FROM contents ORDER BY number")[1]["tool_calls"] is None


async def test_the_log_keeps_no_call_where_it_keeps_no_content(simulator, tmp_path):
    from tests.world import World

    world = World(simulator, tmp_path, ROUTER_LOG_CONTENT="0")
    assert names(await called(world)) == ["get_weather"]
    assert world.rows("SELECT * FROM contents") == []
    await world.aclose()


# --- what goes out ---------------------------------------------------------------------------------------------------


@EACH_TARGET
async def test_choice_and_parallel_calls_go_out_as_they_were_asked(world, target):
    await called(world, target=target, tool_choice=by_name("calculate"), parallel_tool_calls=False)
    assert sent(world)["tool_choice"] == by_name("calculate")
    assert sent(world)["parallel_tool_calls"] is False
    await called(world, target=target)
    assert not {"tool_choice", "parallel_tool_calls"} & sent(world).keys()


async def test_openrouter_is_asked_for_endpoints_that_know_tools(world):
    await called(world, target=SECOND)
    assert sent(world)["provider"] == {"require_parameters": True, "max_price": {"prompt": 0, "completion": 0}}
    await world.ask(targets=[name_of(SECOND)])
    assert "require_parameters" not in sent(world)["provider"]


async def test_a_strict_tool_goes_out_as_one_only_where_it_costs_no_endpoint(world):
    everything = {**WEATHER["function"]["parameters"], "required": ["city", "days", "hours"]}
    tool = strict({"type": "function", "function": {**WEATHER["function"], "parameters": everything}})
    for target, is_strict in ((FIRST, True), (("groq", "qwen/qwen3.8-27b"), None), (SECOND, None)):
        await called(world, target=target, tools=[tool])
        assert sent(world)["tools"][0]["function"].get("strict") is is_strict


@EACH_TARGET
async def test_client_messages_are_never_passed_through(world, target):
    calls = [{"id": "call_77", "type": "function", "index": 0, "extra": 1,
              "function": {"name": "get_weather", "arguments": '{"city": "Os', "parsed": None}}]  # fmt: skip
    history = [
        *ASKED,
        {"role": "assistant", "content": "", "tool_calls": calls, "reasoning_content": "hm", "timestamp": 5,
         "function_call": None, "refusal": None, "audio": None, "annotations": []},
        {"role": "tool", "tool_call_id": "call_77", "content": [{"type": "text", "text": RESULT}], "name": "x"},
    ]  # fmt: skip
    answer = await called(world, target=target, messages=history)
    assert RESULT in answer.text
    _, assistant, result = sent(world)["messages"]
    (call,) = assistant["tool_calls"]
    assert assistant == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert call == {"id": call["id"], "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    assert CALL_ID.fullmatch(call["id"])
    assert result == {"role": "tool", "tool_call_id": call["id"], "content": RESULT}


@pytest.mark.parametrize("index", [1, 2])
async def test_a_call_without_its_result_and_a_result_without_its_call_reach_nobody(world, index):
    first = await called(world)
    history = ASKED + answered(first.completion.choices[0].message)
    del history[index]
    with pytest.raises(ValueError, match=r"messages\[1\]"):
        await called(world, messages=history)
    assert len(world.seen) == 1


async def test_a_tools_pictures_go_out_in_a_users_message_behind_it(world):
    target = ("groq", "qwen/qwen3.8-27b")
    first = await called(world, target=target)
    message, result = answered(first.completion.choices[0].message)
    pixel = "https://example.org/a.png"
    result["content"] = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": pixel}}]
    await called(world, target=target, messages=[*ASKED, message, result])
    _, _, tool, picture = sent(world)["messages"]
    assert tool["content"] == "see"
    assert picture == {"role": "user", "content": [{"type": "image_url", "image_url": {"url": pixel}}]}


# --- a model's own reasoning -----------------------------------------------------------------------------------------


async def test_a_model_is_given_its_reasoning_back_with_the_calls_that_came_of_it(world):
    for target, field in ((FIRST, "reasoning"), (SECOND, "reasoning_details")):
        first = await called(world, target=target)
        await called(world, target=target, messages=ASKED + answered(first.completion.choices[0].message))
        assistant = sent(world)["messages"][1]
        kept = assistant[field]
        assert first.completion.reasoning == (kept if field == "reasoning" else kept[0]["text"])
        assert set(assistant) == {"role", "content", "tool_calls", field}


async def test_reasoning_is_dropped_and_ids_stay_where_another_model_goes_on(world):
    first = await called(world, target=SECOND)
    (call,) = first.completion.tool_calls
    history = ASKED + answered(first.completion.choices[0].message)
    for target in (FIRST, ("openrouter", "cohere/north-mini-code:free")):
        answer = await called(world, target=target, messages=history)
        assert RESULT in answer.text
        assistant = sent(world)["messages"][1]
        assert set(assistant) == {"role", "content", "tool_calls"}
        assert assistant["tool_calls"][0]["id"] == call.id


@EACH_MODE
async def test_signed_reasoning_is_returned_unchanged_with_the_call_that_it_points_to(world, mode):
    world.simulator.set_fault(*SECOND, Fault("thought_signature"))
    first = await called(world, mode, SECOND)
    (call,) = first.completion.tool_calls
    assert CALL_ID.fullmatch(call.id)
    second = await called(world, mode, SECOND, ASKED + answered(first.completion.choices[0].message))
    assert RESULT in second.text, second.error
    (detail,) = [entry for entry in sent(world)["messages"][1]["reasoning_details"] if "data" in entry]
    assert sent(world)["messages"][1]["tool_calls"][0]["id"] == detail["id"]
    assert sent(world)["messages"][2]["tool_call_id"] == detail["id"]


async def test_what_a_model_thought_is_forgotten_after_an_hour(world):
    first = await called(world, target=SECOND)
    history = ASKED + answered(first.completion.choices[0].message)
    world.clock.turn(3_601)
    await called(world, target=SECOND, messages=history)
    assert "reasoning_details" not in sent(world)["messages"][1]


# --- JSON and tools --------------------------------------------------------------------------------------------------

MEAL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "place", "schema": MEAL}}


@EACH_MODE
async def test_with_a_format_tools_come_first_and_the_final_text_is_checked(world, mode):
    first = await called(world, mode, FIRST, response_format=FORMAT)
    assert names(first) == ["get_weather"]
    assert first.completion.parsed is None
    assert "response_format" not in sent(world)
    second = await called(
        world, mode, FIRST, ASKED + answered(first.completion.choices[0].message), response_format=FORMAT
    )
    assert "response_format" not in sent(world)
    assert "city" in second.completion.parsed
    assert second.completion.tool_calls == ()


async def test_a_format_is_asked_for_by_its_mode_where_nothing_is_to_be_called(world):
    answer = await called(world, target=FIRST, response_format=FORMAT, tool_choice="none")
    assert sent(world)["response_format"]["type"] == "json_schema"
    assert "tools" not in sent(world)
    assert "city" in answer.completion.parsed


# --- who may be asked ------------------------------------------------------------------------------------------------


async def test_a_model_that_calls_no_tools_is_passed_over_for_that_reason_alone(world):
    plain = [model_entry(FIRST[0], FIRST[1], tools=False, json=("json_object",))]
    world.simulator.set_models("groq", plain)
    await world.router.refresh_catalogue()
    line = world.router.plan(config=CHAT, messages=ASKED, tools=TOOLS)
    assert {entry.reason for entry in line if entry.model == FIRST[1]} == {"it calls no tools"}
    answer = await called(world)
    assert answer.completion.provider == "openrouter"
    skipped = [attempt for attempt in answer.completion.attempts if attempt.model == FIRST[1]]
    assert [(attempt.outcome, attempt.error) for attempt in skipped] == [("skipped", "it calls no tools")]
    assert (await world.ask()).completion.model == FIRST[1]


async def test_where_a_chain_has_run_out_of_models_one_that_calls_tools_is_chosen(world):
    plain = [model_entry("openrouter", f"new/plain{n}:free", tools=False, context=900_000) for n in range(3)]
    able = model_entry("openrouter", "new/able:free", context=8_000)
    world.simulator.set_models("openrouter", [*plain, able])
    world.simulator.set_models("groq", [model_entry("groq", "new/plain", tools=False)])
    await world.router.refresh_catalogue()
    answer = await called(world)
    assert (answer.completion.model, names(answer)) == ("new/able:free", ["get_weather"])


@pytest.mark.parametrize(
    ("target", "lacking", "choice"),
    [(SECOND, "tools", None), (FIRST, "tools", None), (SECOND, "tool_choice", "required"),
     (FIRST, "tool_choice", "required")],
)  # fmt: skip
async def test_a_refusal_of_tools_marks_the_ability_and_not_the_target(world, target, lacking, choice):
    await world.router.refresh_catalogue()
    world.simulator.set_fault(*target, Fault("no_tool_support", lacking=lacking))
    other = SECOND if target == FIRST else FIRST
    pinned = {"targets": [name_of(target), name_of(other)]}
    for _ in range(2):
        answer = await world.ask(messages=ASKED, tools=TOOLS, tool_choice=choice, **pinned)
        assert names(answer) == ["get_weather"]
    assert world.calls_to(*target) == 1, "the second request knows it"
    assert world.router.failures() == []
    assert (await world.ask(targets=[name_of(target)])).completion.model == target[1]
    if lacking == "tool_choice":
        assert names(await called(world, target=target)) == ["get_weather"], "of its own accord it may call"
    await world.router.refresh_catalogue()
    await world.ask(messages=ASKED, tools=TOOLS, tool_choice=choice, **pinned)
    assert world.calls_to(*target) == (4 if lacking == "tool_choice" else 3), "a list that is read anew decides again"


@EACH_MODE
async def test_a_target_that_takes_one_call_at_a_time_is_asked_so_and_its_history_is_parted(world, mode):
    first = await called(world, mode, SECOND, BOTH_ASKED)
    assert names(first) == ["get_weather", "calculate"]
    world.simulator.set_fault(*SECOND, Fault("one_tool_call_only"))
    history = BOTH_ASKED + answered(first.completion.choices[0].message, RESULT, "84")
    second = await called(world, mode, SECOND, history)
    assert made(second) == ["one_call_only", "succeeded"]
    assert sent(world)["parallel_tool_calls"] is False
    roles = [message["role"] for message in sent(world)["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "tool"]
    assert ["reasoning_details" in message for message in sent(world)["messages"][1::2]] == [True, False]
    await called(world, mode, SECOND, history)
    assert len(world.seen) == 4, "what it takes is remembered"


async def test_definitions_of_tools_count_towards_a_prompts_size(world):
    large = {**SUM, "function": {**SUM["function"], "description": "x" * 40_000}}
    plan = world.router.plan(config=CHAT, messages=ASKED, tools=[WEATHER, large])
    groq = [line for line in plan if line.provider == "groq" and line.state == "unfit"]
    assert groq
    assert all("tokens a minute" in line.reason for line in groq)
