"""Answers whole and piece by piece: honest statuses, nothing that looks whole and is not, ended with the client."""

import asyncio
import json

import pytest

from router.simulator import Fault
from tests.gateway.test_app import error_of
from tests.serving import HELLO, data_lines, until
from tests.world import FIRST, SECOND, name_of

pytestmark = pytest.mark.anyio


def chunks_of(response):
    """The chunks of a whole stream; it ends as one."""
    lines = data_lines(response.text)
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def text_of(chunks):
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", ()))


async def test_a_whole_answer_says_who_served_it_and_how(gateway):
    response = await gateway.chat()
    document = response.json()
    assert document["model"] == response.headers["x-router-target"] == name_of(FIRST)
    assert document["choices"][0]["finish_reason"] == "stop"
    assert document["router"]["request_id"] == response.headers["x-request-id"]
    assert document["router"]["attempts"][-1]["outcome"] == "succeeded"
    assert document["usage"]["total_tokens"] > 0
    row = gateway.world.rows("SELECT id, source, app FROM requests")[0]
    assert row == {"id": document["router"]["request_id"], "source": "gateway", "app": "tests"}


async def test_a_stream_holds_the_same_text_in_chunks_of_one_id(gateway):
    whole = (await gateway.chat(seed=7)).json()["choices"][0]["message"]["content"]
    chunks = chunks_of(await gateway.stream(seed=7))
    assert text_of(chunks) == whole
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert sum("role" in choice["delta"] for chunk in chunks for choice in chunk["choices"]) == 1
    assert chunks[-1]["router"]["provider"] == FIRST[0]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_chunk_without_choices_comes_only_where_usage_was_asked_for(gateway, asked):
    chunks = chunks_of(await gateway.stream(stream_options={"include_usage": asked}))
    assert any(not chunk["choices"] for chunk in chunks) is asked
    assert chunks[-1]["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [("2", 2), ("0", 0), ("", 0), ("-1", 0), ("two", 0), ("٣", 0), ("9" * 5_000, 0), ("999999", 1_000)],
)
async def test_what_a_client_says_of_earlier_sends_is_kept_with_the_request(gateway, said, kept):
    header = {"x-stainless-retry-count": said.encode()}
    body = {"model": "real-time-chat", "messages": HELLO}
    assert (await gateway.client.post("/chat/completions", json=body, headers=header)).status_code == 200
    assert gateway.world.rows("SELECT client_retries FROM requests") == [{"client_retries": kept}]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_a_limit_that_no_model_keeps_to_is_the_callers_to_raise(gateway, name):
    schema = {"type": "object", "properties": {"long": {"type": "string", "minLength": 500}}, "required": ["long"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    error = error_of(await gateway.chat(response_format=form, **{name: 2}), 400)
    assert (error["code"], error["param"]) == ("output_limit_reached", name)
    assert error["message"].startswith(f"{name} is 2")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_before_the_first_piece_has_its_own_status(gateway, stream):
    for provider in ("groq", "openrouter"):
        gateway.world.simulator.set_fault(provider, "*", Fault("unauthorized"))
    response = await gateway.chat(stream=stream, router={"deadline": 5})
    error = error_of(response, 503)
    assert error["code"] == "all_routes_exhausted"
    assert response.headers["x-should-retry"] == "false"
    assert int(response.headers["retry-after"]) >= 1
    assert error["message"].endswith(f"Try again in {response.headers['retry-after']} seconds.")
    assert response.headers["x-request-id"] == gateway.world.rows("SELECT id FROM requests")[0]["id"]


async def test_where_every_target_is_out_of_allowance_it_is_a_429(gateway):
    for provider in ("groq", "openrouter"):
        gateway.world.simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=50))
    response = await gateway.chat(router={"deadline": 2})
    error = error_of(response, 429)
    assert 40 <= int(response.headers["retry-after"]) <= 60
    assert not [word for word in ("quota", "billing") if word in error["message"].lower()]


async def test_a_refusal_of_the_content_is_a_400(gateway):
    gateway.world.simulator.set_fault("openrouter", "*", Fault("moderation_403"))
    error = error_of(await gateway.chat("real-time-chat+accuracy"), 400)
    assert error["code"] == "content_policy_violation"


async def test_a_passed_deadline_is_a_504(gateway):
    for provider in ("groq", "openrouter"):
        gateway.world.simulator.set_fault(provider, "*", Fault("silent"))
    error = error_of(await gateway.chat(router={"deadline": 0.3}), 504)
    assert error["code"] == "timeout"


async def test_a_stream_that_breaks_off_ends_with_an_error_and_never_as_if_it_were_whole(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut", fraction=0.5))
    lines = data_lines((await gateway.stream()).text)
    last = json.loads(lines[-1])
    assert {*last} == {"error"}
    assert last["error"]["code"] == "stream_interrupted"
    assert text_of(map(json.loads, lines[:-1]))
    assert gateway.world.calls_to(*SECOND) == 0, "nobody is called for an answer that nobody can use"
    assert [attempt["outcome"] for attempt in last["error"]["attempts"]][-1] == "cut"
    assert gateway.world.rows("SELECT status FROM requests") == [{"status": "failed"}]


async def test_held_back_a_stream_that_breaks_off_is_answered_by_the_next_target_alone(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut", fraction=0.5))
    chunks = chunks_of(await gateway.stream(router={"on_restart": "hold"}))
    assert {chunk["model"] for chunk in chunks} == {name_of(SECOND)}
    assert text_of(chunks)


async def test_a_marked_restart_tells_where_the_new_text_begins(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut", fraction=0.5))
    chunks = chunks_of(await gateway.stream(router={"on_restart": "mark"}))
    marks = [number for number, chunk in enumerate(chunks) if chunk.get("router", {}).get("event") == "restart"]
    assert len(marks) == 1
    assert chunks[marks[0]]["choices"][0]["delta"] == {}
    answer = text_of(chunks[marks[0] :])
    assert answer == gateway.world.rows("SELECT answer FROM contents")[0]["answer"]


async def test_json_is_held_until_it_is_whole_and_checked(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut", fraction=0.5))
    chunks = chunks_of(await gateway.stream("auto", response_format={"type": "json_object"}))
    json.loads(text_of(chunks))
    assert chunks[-1]["router"]["task"] == "structured-output"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_goes_away_ends_the_call_upstream(gateway, stream):
    world = gateway.world
    world.simulator.set_fault(*FIRST, Fault("silent"))
    asking = asyncio.create_task(gateway.chat(stream=stream))
    await until(lambda: world.seen)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: world.seen[0].disconnected_at is not None, 0.3)
    await until(lambda: world.rows("SELECT status FROM requests")[0]["status"] == "cancelled")
    assert len(world.seen) == 1


async def test_a_client_that_goes_away_in_mid_stream_ends_it_too(gateway):
    world = gateway.world
    world.simulator.set_fault(*FIRST, Fault("stall", fraction=0.5))
    body = {"model": "real-time-chat", "messages": HELLO, "stream": True}
    async with gateway.client.stream("POST", "/chat/completions", json=body) as response:
        async for _ in response.aiter_bytes():
            break
    await until(lambda: world.seen[0].disconnected_at is not None, 0.3)
    await until(lambda: world.rows("SELECT status FROM requests")[0]["status"] == "cancelled")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_repeat_that_comes_too_early_calls_no_provider(gateway, stream):
    world = gateway.world
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=50))
    first = await gateway.chat(stream=stream)
    calls = len(world.seen)
    again = await gateway.chat(stream=stream)
    assert (first.status_code, again.status_code, len(world.seen)) == (429, 429, calls)
    assert int(again.headers["retry-after"]) <= int(first.headers["retry-after"])
    world.clock.turn(float(first.headers["retry-after"]) + 1)
    await gateway.chat(stream=stream)
    assert len(world.seen) > calls


async def test_a_reset_by_anybody_ends_the_memory_of_repeats(gateway):
    world = gateway.world
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=50))
    await gateway.chat(router={"deadline": 2})
    world.simulator.clear_faults()
    world.router.reset_failures()
    assert (await gateway.chat(router={"deadline": 2})).status_code == 200


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "log_meal",
            "description": "Keep a meal.",
            "parameters": {
                "type": "object",
                "properties": {"food": {"type": "string"}},
                "required": ["food"],
            },
        },
    }
]


def calls_a_tool(stream):
    """A fault: the model calls the tool, however its reply comes."""
    call = {
        "index": 0,
        "id": "fc_1",
        "type": "function",
        "function": {"name": "log_meal", "arguments": '{"food":"egg"}'},
    }
    if stream:
        kind, choice = "text/event-stream", {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
        body = f"data: {json.dumps({'id': '1', 'choices': [choice]})}\n\ndata: [DONE]\n\n"
    else:
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        kind, choice = "application/json", {"index": 0, "message": message, "finish_reason": "tool_calls"}
        body = json.dumps({"id": "1", "choices": [choice]})
    return Fault("script", steps=[{"status": 200, "headers": {"content-type": kind}}, {"bytes": body}], times=1)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_is_called_once_and_whole_and_its_result_goes_back(gateway, stream):
    gateway.world.simulator.set_fault(*FIRST, calls_a_tool(stream))
    response = await gateway.chat(stream=stream, tools=TOOLS)
    if stream:
        choices = [choice for chunk in chunks_of(response) for choice in chunk["choices"]]
        calls = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
        assert [call.pop("index") for call in calls] == [0]
        reason = choices[-1]["finish_reason"]
    else:
        choice = response.json()["choices"][0]
        calls, reason = choice["message"]["tool_calls"], choice["finish_reason"]
        assert choice["message"]["content"] is None
    assert reason == "tool_calls"
    assert [(call["type"], call["function"]["name"]) for call in calls] == [("function", "log_meal")]
    assert json.loads(calls[0]["function"]["arguments"]) == {"food": "egg"}
    turns = [
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": calls[0]["id"], "content": "kept"},
    ]
    assert (await gateway.chat(messages=turns, tools=TOOLS)).status_code == 200
    assert gateway.world.seen[-1].body["messages"][-1]["content"] == "kept"
