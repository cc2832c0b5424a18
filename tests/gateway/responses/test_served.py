"""`/v1/responses` over a real socket: the same router, keys and failures as by chat completions."""

import orjson
import pytest

from router.simulator import Fault
from tests.gateway.test_app import error_of
from tests.serving import data_lines
from tests.world import FIRST

pytestmark = pytest.mark.anyio


async def respond(gateway, **fields):
    return await gateway.client.post("/responses", json={"model": "real-time-chat", "input": "2 eggs", **fields})


async def events_of(gateway, **fields):
    """A streamed response and its events."""
    response = await respond(gateway, stream=True, **fields)
    return response, [orjson.loads(line) for line in data_lines(response.text)]


async def test_an_answer_is_served_and_logged_as_any_other(gateway):
    response = await respond(gateway)
    assert response.status_code == 200
    document = response.json()
    assert document["output"][0]["content"][0]["text"].startswith("Simulated reply")
    assert document["id"] == f"resp_{response.headers['x-request-id']}"
    (row,) = gateway.world.rows("SELECT id, source, app, status FROM requests")
    assert row == {"id": response.headers["x-request-id"], "source": "gateway", "app": "tests", "status": "succeeded"}


async def test_a_stream_says_the_same_piece_by_piece_as_at_its_end(gateway):
    response, events = await events_of(gateway)
    assert response.headers["content-type"].startswith("text/event-stream")
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == text


async def test_json_by_schema_comes_whole_and_fits(gateway):
    schema = {"type": "object", "properties": {"meal": {"type": "string"}}, "required": ["meal"]}
    form = {"format": {"type": "json_schema", "name": "meal", "schema": schema, "strict": True}}
    document = (await respond(gateway, text=form)).json()
    assert isinstance(orjson.loads(document["output"][0]["content"][0]["text"])["meal"], str)


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_response_cannot_be_fetched_or_deleted_later(gateway, method):
    response = await gateway.client.request(method, "/responses/resp_1")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "unknown_url"


async def test_a_refusal_names_the_field(gateway):
    response = await respond(gateway, previous_response_id="resp_1")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "previous_response_id"


async def test_an_unknown_model_is_a_404_here_too(gateway):
    response = await respond(gateway, model="gpt-4o")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


async def test_a_restart_cannot_be_marked_here(gateway):
    response = await respond(gateway, router={"on_restart": "mark"})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "router.on_restart")


async def test_a_failure_in_the_middle_ends_the_response_as_failed(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut"))
    _, events = await events_of(gateway)
    assert [event["type"] for event in events[-2:]] == ["response.failed", "error"]
    assert events[-1]["code"] == "stream_interrupted"


async def test_with_hold_a_failure_in_the_middle_is_not_noticed(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("cut"))
    _, events = await events_of(gateway, router={"on_restart": "hold"})
    assert events[-1]["type"] == "response.completed"


async def test_a_failure_before_the_first_piece_has_its_status(gateway):
    for provider in ("groq", "openrouter"):
        gateway.world.simulator.set_fault(provider, "*", Fault("server_error"))
    response = await respond(gateway, stream=True, router={"deadline": 0.5})
    assert response.status_code in (503, 504)
    assert response.json()["error"]["type"] == "server_error"


CODEX = {
    "instructions": "You are a coding agent. " * 200,
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be safe."}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "List the files with shell."}]},
    ],
    "tools": [
        {
            "type": "function",
            "name": "shell",
            "description": "Runs a command",
            "strict": False,
            "parameters": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
        },
        {"type": "namespace", "name": "mcp", "tools": [{"type": "function", "name": "inner", "parameters": {}}]},
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "client_metadata": {"session": "x"},
}
"""A coding agent's request, in the shape that Codex sends."""


async def test_a_coding_agents_request_is_served_with_the_functions_among_its_tools(gateway):
    _, events = await events_of(gateway, **CODEX)
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["id"] == events[0]["response"]["id"]
    asked = gateway.world.seen[0].body
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["shell"]
    assert [message["role"] for message in asked["messages"]] == ["system", "system", "user"]


async def test_a_call_and_its_result_go_on_in_the_next_request(gateway):
    _, events = await events_of(gateway, **CODEX, router={"targets": ["groq:openai/gpt-oss-120b"]})
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    calls = [item for item in done if item["type"] == "function_call"]
    assert [call["name"] for call in calls] == ["shell"]
    result = {"type": "function_call_output", "call_id": calls[0]["call_id"], "output": "main.py"}
    _, events = await events_of(gateway, **CODEX | {"input": [*CODEX["input"], *calls, result]})
    assert "main.py" in events[-1]["response"]["output"][0]["content"][0]["text"]


TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
BROKEN = {"type": "object", "properties": {"a": {"type": "nonsense"}}}
HI = {"role": "user", "content": "hi"}
CALL = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
PICTURE = {"type": "input_image", "image_url": "no address"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": " "}, "input"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"router": {"deadline": -1}}, "router.deadline"),
        ({"text": {"format": {"type": "json_schema", "name": "a b", "schema": {}}}}, "text.format.name"),
        ({"text": {"format": {"type": "json_schema", "schema": {"type": "no"}}}}, "text.format.schema"),
        ({"text": {"format": {"type": "json_schema", "schema": {}, "strict": 1}}}, "text.format.strict"),
        ({"tools": [{"type": "web_search"}, {**TOOL, "name": "a b"}]}, "tools[1].name"),
        ({"tools": [{"type": "web_search"}, {**TOOL, "parameters": BROKEN}]}, "tools[1].parameters"),
        ({"tools": [TOOL, {"type": "web_search"}, TOOL]}, "tools[2].name"),
        ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice.name"),
        ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "tools": []}}, "tool_choice.tools"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "mode": "all", "tools": [TOOL]}},
            "tool_choice.mode",
        ),
        ({"instructions": "Be brief.", "input": [HI, {"role": "user", "content": []}]}, "input[1].content"),
        (
            {"input": [HI, {"role": "system", "content": "x"}, {"role": "user", "content": [PICTURE]}]},
            "input[2].content[0].image_url.url",
        ),
        (
            {"input": [HI, {**CALL, "name": "a b"}, {**CALL, "type": "function_call_output", "output": "x"}]},
            "input[1].name",
        ),
        (
            {"input": [{**CALL, "call_id": ""}, {"type": "function_call_output", "call_id": "", "output": "x"}]},
            "input[0].call_id",
        ),
    ],
)
async def test_what_the_router_refuses_is_named_as_its_caller_wrote_it(gateway, fields, param):
    response = await respond(gateway, **fields)
    error = error_of(response, 400)
    assert error["param"] == param
    assert error["message"].startswith(param)
    assert gateway.world.seen == []
