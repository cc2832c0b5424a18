"""Bodies of chat completions: what is passed on, understood, ignored, and what is a 400 that says why."""

import base64
import gzip
import io
import re

import orjson
import pytest
from PIL import Image

from router.gateway.bodies import LARGE_BODY, MOST_COMMAS
from router.gateway.http import exchange
from router.simulator import Fault
from tests.gateway.test_app import error_of
from tests.serving import HELLO
from tests.world import FIRST, SECOND, name_of

pytestmark = pytest.mark.anyio

TOOL = {"type": "function", "function": {"name": "f"}}
NO_SCHEMA = {"type": "object", "properties": {"a": {"type": "nonsense"}}}


def allowed_tools(*names, mode="auto"):
    """OpenAI's choice of some of the tools."""
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


def schema_format(schema, **more):
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, **more}}


LONG = [{"role": "user", "content": "eggs " * 10_000}]
"""More than the first target takes in a minute."""


def sent_body(gateway):
    """What the provider got last."""
    return gateway.world.seen[-1].body


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b'"text"', b"\xff\xfe", b'{"model": NaN}', b"[" * 100_000, b'{"a": "\\ud800"}']
)
async def test_a_body_that_is_no_json_object_is_a_400(gateway, body):
    error = error_of(await gateway.client.post("/chat/completions", content=body), 400)
    assert error["code"] == "invalid_json"


@pytest.mark.parametrize(
    ("body", "words"),
    [(b" ", "The body is empty"), ('{"model": "é"}'.encode("latin-1"), "not in UTF-8"), (b"{", "no JSON")],
)
async def test_what_is_wrong_with_a_body_that_cannot_be_read_is_said(gateway, body, words):
    error = error_of(await gateway.client.post("/chat/completions", content=body), 400)
    assert words in error["message"]


async def test_a_byte_order_mark_in_front_of_a_body_changes_nothing(gateway):
    body = orjson.dumps({"model": "real-time-chat", "messages": HELLO})
    response = await gateway.client.post("/chat/completions", content=b"\xef\xbb\xbf" + body)
    assert response.status_code == 200
    assert sent_body(gateway)["messages"] == HELLO


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": True},
        {"temperature": {"a": None}},
        {"parallel_tool_calls": "yes"},
        {"messages": [{"role": None, "content": "hi"}]},
        {"messages": [{"role": {"a": [True, None]}, "content": "hi"}]},
        {"messages": [{"role": "tool", "content": "hi"}]},
        {"messages": [{"role": "user", "content": {"type": "text", "text": None}}]},
        {"tools": [{"type": "function", "function": {"name": "f", "strict": 1}}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": False}}]},
        {"tools": [{"type": "web_search", "filters": None}]},
        {"tool_choice": {"type": "tool", "name": None}, "tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": None}},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {}, "strict": "no"}}},
        {"router": {"fallback": 1}},
        {"router": {"deadline": True}},
        {"router": {"targets": []}},
    ],
)
async def test_a_callers_values_are_written_as_json_has_them(gateway, fields):
    message = error_of(await gateway.chat(**fields), 400)["message"]
    assert not re.search(r"\b(True|False|None|dict|str|NoneType|pydantic)\b|\{'", message)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"n": 0}, "n"),
        ({"n": "1"}, "n"),
        ({"n": True}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": [1]}, "stream_options"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"top_p": 1.5}, "top_p"),
        ({"frequency_penalty": "none"}, "frequency_penalty"),
        ({"presence_penalty": -3}, "presence_penalty"),
        ({"stop": 7}, "stop"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"modalities": 5}, "modalities"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [], "tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
        ({"modalities": "audio"}, "modalities"),
        ({"router": []}, "router"),
        ({"router": {"on_restart": "never"}}, "router.on_restart"),
        ({"router": {"prioritize_speed": 1}}, "router.prioritize_speed"),
        ({"router": {"targets": "groq:x"}}, "router.targets"),
        ({"router": {"deadline": -1}}, "router.deadline"),
        ({"router": {"fallback": "no"}}, "router.fallback"),
        ({"router": {"targets": []}}, "router.targets"),
        ({"router": {"prioritize_speed": True, "prioritize_accuracy": True}}, "router.prioritize_speed"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"max_completion_tokens": "9", "max_tokens": 9}, "max_completion_tokens"),
        ({"tools": {}}, "tools"),
        ({"tools": ""}, "tools"),
        ({"tools": [], "parallel_tool_calls": "x"}, "parallel_tool_calls"),
        ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools.tools"),
        ({"tools": [TOOL], "tool_choice": allowed_tools("other")}, "tool_choice.allowed_tools.tools"),
        ({"tools": [TOOL], "tool_choice": allowed_tools("f", mode="all")}, "tool_choice.allowed_tools.mode"),
        ({"tools": {"f": TOOL}, "tool_choice": allowed_tools("f")}, "tool_choice.allowed_tools.tools"),
        ({"tools": [{**TOOL, "function": {"name": "f", "parameters": NO_SCHEMA}}]}, "tools[0].function.parameters"),
        ({"response_format": schema_format(NO_SCHEMA)}, "response_format.json_schema.schema"),
        ({"response_format": schema_format({}, strict="yes")}, "response_format.json_schema.strict"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}, "messages[0].content[0]"),
        ({"messages": [*HELLO, {"role": "user", "content": [7]}]}, "messages[1].content[0]"),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
    ],
)
async def test_what_cannot_be_used_is_named(gateway, fields, param):
    error = error_of(await gateway.chat(**fields), 400)
    assert error["param"] == param
    assert gateway.world.seen == []


@pytest.mark.parametrize("model", ["gpt-4o", "real-time-chat+fast", "groq:nothing", "nobody:model", "", "vision+", ":"])
async def test_a_model_that_there_is_not_is_a_404_that_lists_what_there_is(gateway, model):
    error = error_of(await gateway.chat(model), 404)
    assert error["code"] == "model_not_found"
    for name in ("auto", "quick-categorization", name_of(FIRST)):
        assert name in error["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"store": True, "user": "me", "metadata": {"a": 1}, "service_tier": "auto", "whatever": [1]},
        dict.fromkeys(
            ("temperature", "max_tokens", "stop", "seed", "response_format", "tools", "stream", "n", "router")
        ),
        {"n": 1, "stream": False, "tools": [], "parallel_tool_calls": False, "logprobs": False},
    ],
)
async def test_unknown_fields_nulls_and_defaults_change_nothing(gateway, fields):
    response = await gateway.chat(**fields)
    assert response.status_code == 200
    assert "ignored" not in response.json()["router"]


async def test_known_fields_that_change_nothing_here_are_named_in_the_reply(gateway):
    response = await gateway.chat(top_logprobs=5, logit_bias={"1": 2}, router={"deadlin": 3})
    assert response.json()["router"]["ignored"] == ["logit_bias", "top_logprobs", "router.deadlin"]


async def test_parameters_reach_the_provider(gateway):
    sampling = {"top_p": 0.5, "frequency_penalty": 1, "presence_penalty": -0.5}
    await gateway.chat(temperature=0.5, seed=3, stop=["END"], max_completion_tokens=77, **sampling)
    body = sent_body(gateway)
    assert (body["temperature"], body["seed"], body["stop"]) == (0.5, 3, ["END"])
    assert {name: body[name] for name in sampling} == sampling
    assert 77 in (body.get("max_completion_tokens"), body.get("max_tokens"))


@pytest.mark.parametrize(("target", "is_sent"), [(FIRST, True), (SECOND, False)])
async def test_what_only_colours_an_answer_narrows_no_choice_of_hosts(gateway, target, is_sent):
    tool = {"type": "function", "function": {"name": "weather"}}
    await gateway.chat(name_of(target), tools=[tool], top_p=0.5)
    assert ("top_p" in sent_body(gateway)) is is_sent


async def test_of_allowed_tools_those_alone_are_offered(gateway):
    tools = [{"type": "function", "function": {"name": name}} for name in ("weather", "clock", "diary")]
    await gateway.chat(tools=tools, tool_choice=allowed_tools("clock", "diary", mode="required"))
    body = sent_body(gateway)
    assert [tool["function"]["name"] for tool in body["tools"]] == ["clock", "diary"]
    assert body["tool_choice"] == "required"


async def test_an_earlier_refusal_is_what_the_assistant_said(gateway):
    await gateway.chat(messages=[*HELLO, {"role": "assistant", "content": None, "refusal": "I cannot."}, *HELLO])
    assert sent_body(gateway)["messages"][1]["content"] == "I cannot."


async def test_an_unknown_target_in_router_is_named_there(gateway):
    error = error_of(await gateway.chat(router={"targets": ["groq:nothing"]}), 404)
    assert error["param"] == "router.targets"


async def test_a_developers_word_is_the_systems_and_stands_where_it_stood(gateway):
    messages = [*HELLO, {"role": "developer", "content": "Be brief."}, {"role": "assistant", "content": None}, *HELLO]
    await gateway.chat(messages=messages)
    assert [message["role"] for message in sent_body(gateway)["messages"]] == ["user", "system", "assistant", "user"]


async def test_a_pinned_target_serves_alone(gateway):
    target = "groq:openai/gpt-oss-20b"
    assert (await gateway.chat(target)).json()["model"] == target
    assert sent_body(gateway)["model"] == "openai/gpt-oss-20b"


@pytest.mark.parametrize(
    ("model", "provider"), [("real-time-chat+speed", "groq"), ("real-time-chat+accuracy", "openrouter")]
)
async def test_a_word_behind_the_task_is_its_priority(gateway, model, provider):
    assert (await gateway.chat(model)).json()["router"]["provider"] == provider


async def test_priorities_that_contradict_each_other_are_a_400(gateway):
    error_of(await gateway.chat("real-time-chat+speed", router={"prioritize_accuracy": True}), 400)


async def test_auto_goes_by_what_is_asked(gateway):
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(picture, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"
    look = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "?"}]}
    ]
    tasks = [
        (await gateway.chat("auto", **fields)).json()["router"]["task"]
        for fields in ({}, {"messages": look}, {"response_format": {"type": "json_object"}})
    ]
    assert tasks == ["real-time-chat", "vision", "structured-output"]


async def test_a_body_that_is_too_large_is_a_413_whether_its_length_is_told_or_not(gateway):
    async def pieces():
        for _ in range(exchange.LARGEST_BODY // 2**20 + 1):
            yield b" " * 2**20

    for content in (b" " * (exchange.LARGEST_BODY + 1), pieces()):
        response = await gateway.client.post("/chat/completions", content=content)
        assert error_of(response, 413)["code"] == "request_too_large"


async def test_a_body_of_too_many_values_is_a_413_whatever_they_are(gateway):
    for value in ("1,", '{"role": "user", "content": "a"},', '"a": 1,'):
        error = error_of(await gateway.client.post("/responses", content=value * (MOST_COMMAS + 1)), 413)
        assert error["code"] == "request_too_large"


async def test_a_large_body_is_read_like_a_small_one(gateway):
    text = "Eggs. " * (LARGE_BODY // 5)
    response = await gateway.chat(messages=[{"role": "user", "content": text}])
    assert sent_body(gateway)["messages"][0]["content"] == text
    assert response.status_code == 200
    assert error_of(await gateway.chat(messages=[{"role": "user", "content": text}], n=2), 400)["param"] == "n"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_prompt_that_no_target_has_room_for_is_the_callers_to_shorten(gateway, stream):
    error = error_of(await gateway.chat(name_of(FIRST), LONG, stream=stream), 400)
    assert (error["code"], error["param"]) == ("context_length_exceeded", "messages")
    assert gateway.world.seen == []


async def test_a_request_that_no_target_can_do_is_the_callers_to_change(gateway):
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]
    error = error_of(await gateway.chat(name_of(FIRST), messages), 400)
    assert error["code"] == "unsupported_request"
    assert "it does not read images" in error["message"]


async def test_a_prompt_with_room_at_a_target_that_cools_down_is_not_the_callers_fault(gateway):
    gateway.world.simulator.set_fault(*SECOND, Fault("rate_limited", retry_after=50))
    response = await gateway.chat(messages=LONG, router={"targets": [name_of(FIRST), name_of(SECOND)]})
    error_of(response, 429)


async def test_a_compressed_body_is_refused_in_words(gateway):
    body = gzip.compress(b'{"model": "auto"}')
    response = await gateway.client.post("/chat/completions", content=body, headers={"content-encoding": "gzip"})
    assert "compressed" in error_of(response, 400)["message"]


async def test_a_plan_is_what_the_request_would_do(gateway):
    planned = (await gateway.client.post("/router/plan", json={"model": "real-time-chat+accuracy"})).json()
    kept = [line["target"] for line in planned["targets"] if line["kept"]]
    assert (await gateway.chat("real-time-chat+accuracy")).json()["model"] == kept[0]


async def test_usage_quotas_and_failures_are_told_without_accounts(gateway):
    await gateway.chat()
    usage = (await gateway.client.get("/router/usage")).json()
    assert usage["groq"] == 1
    assert usage["breakdown"] == {name_of(FIRST): 1}
    quotas = (await gateway.client.get("/router/quotas")).json()["quotas"]
    assert {"provider", "limit", "remaining", "resets_at"} <= {*quotas[0]}
    assert "account" not in quotas[0]


async def test_failures_are_told_and_reset(gateway):
    gateway.world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=50))
    await gateway.chat()
    failures = (await gateway.client.get("/router/failures")).json()["failures"]
    assert [(line["provider"], line["outcome"]) for line in failures] == [(FIRST[0], "rate_limited")]
    assert "account" not in failures[0]
    reset = await gateway.client.post("/router/failures/reset", json={"provider": "groq"})
    assert reset.json() == {"reset": 1}
    for body in ({"provider": "nobody"}, {"provider": 5}, {"target": "groq:x"}):
        error = error_of(await gateway.client.post("/router/failures/reset", json=body), 400)
        assert error["param"] in body
    assert (await gateway.client.post("/router/failures/reset")).json() == {"reset": 0}
