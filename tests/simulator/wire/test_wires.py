"""The simulated providers as their callers meet them: the official SDKs, plain HTTP, pictures, schemas, faults."""

import base64
import io
import json
import random
import socket

import groq
import httpx
import jsonschema
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from router.simulator import FAULTS, Fault, Simulator, UnknownFault
from router.simulator.answers.instances import SchemaFacts, instance_of

LARGE, SMALL = "openai/gpt-oss-120b", "openai/gpt-oss-20b"
FREE = "nvidia/nemotron-3-super-120b-a12b:free"
KEY = {"Authorization": "Bearer any-key-will-do"}
HELLO = [{"role": "user", "content": "2 eggs and toast"}]
ANY_SCHEMA = {"type": "json_schema", "json_schema": {"name": "any", "schema": {}}}


@pytest.fixture(params=["groq", "openai"])
def sdk(request, simulator):
    """Each official SDK on the wire that it is made for; gives client, model and module."""
    if request.param == "groq":
        # This SDK's base URL is the host: it adds the path itself.
        base = simulator.groq_url.removesuffix("/openai/v1")
        client, model, module = groq.Groq(api_key="key", base_url=base, max_retries=0), LARGE, groq
    else:
        client = openai.OpenAI(api_key="key", base_url=simulator.openrouter_url, max_retries=0)
        model, module = FREE, openai
    yield client, model, module
    client.close()


def test_a_plain_call_of_an_official_sdk_is_answered(sdk):
    client, model, _ = sdk
    reply = client.chat.completions.create(model=model, messages=HELLO)
    assert reply.choices[0].message.content.startswith("*Simulated reply")
    assert reply.usage.completion_tokens > 0


def test_a_stream_of_an_official_sdk_is_answered(sdk):
    client, model, _ = sdk
    chunks = list(client.chat.completions.create(model=model, messages=HELLO, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("*Simulated reply")
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


def test_a_429_reaches_an_official_sdk_as_its_own_error(sdk, simulator):
    client, model, module = sdk
    simulator.set_fault("groq" if module is groq else "openrouter", model, Fault("rate_limited", retry_after=7))
    with pytest.raises(module.RateLimitError) as caught:
        client.chat.completions.create(model=model, messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "7"


def ask(simulator, provider="groq", model=LARGE, messages=HELLO, key=KEY, **fields):
    url = simulator.groq_url if provider == "groq" else simulator.openrouter_url
    body = {"model": model, "messages": messages, **fields}
    return httpx.post(f"{url}/chat/completions", json=body, headers=key, timeout=10)


def text_of(reply):
    return reply.json()["choices"][0]["message"]["content"]


def test_every_reply_is_marked_as_simulated(simulator):
    for provider, model in (("groq", LARGE), ("openrouter", FREE), ("groq", "nobody")):
        assert ask(simulator, provider, model).headers["x-simulated-provider"] == "true"


def test_the_same_seed_says_the_same_and_another_may_not(simulator):
    said = [text_of(ask(simulator, seed=seed)) for seed in (1, 1, *range(2, 9))]
    assert said[0] == said[1]
    assert len(set(said)) > 1


def test_the_reply_depends_on_the_prompt(simulator):
    program = text_of(ask(simulator, messages=[{"role": "user", "content": "A four-week training program"}]))
    chat = text_of(ask(simulator, messages=[{"role": "user", "content": "Hello there"}]))
    assert "Week 3" in program
    assert "Hello there" in chat


def picture(colour, size):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    url = "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def test_a_picture_is_measured(simulator):
    said = text_of(ask(simulator, model="qwen/qwen3.8-27b", messages=picture("#c82828", (320, 200))))
    assert "320 × 200" in said
    assert "red" in said


def test_a_model_without_eyes_and_a_broken_picture_are_refused(simulator):
    assert ask(simulator, messages=picture("red", (8, 8))).status_code == 400
    broken = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]
    assert ask(simulator, model="qwen/qwen3.8-27b", messages=broken).status_code == 400


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"response_format": {"type": "json_object"}}, "must contain the word 'json'"),
        ({"response_format": ANY_SCHEMA, "stream": True}, "does not support streaming"),
    ],
)
def test_groq_refuses_what_groq_refuses(simulator, fields, words):
    reply = ask(simulator, **fields)
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


def test_a_key_that_is_missing_or_bad_is_refused_in_each_providers_words(simulator):
    assert ask(simulator, key={}).json()["error"]["code"] == "invalid_api_key"
    bad = ask(simulator, "openrouter", FREE, key={"Authorization": "Bearer revoked"})
    assert bad.json()["error"] == {"code": 401, "message": "User not found."}


def test_groq_says_what_is_left_with_every_reply(simulator):
    headers = [ask(simulator, model=SMALL, key={"Authorization": "Bearer quota"}).headers for _ in range(2)]
    left = [int(header["x-ratelimit-remaining-requests"]) for header in headers]
    assert left[0] - left[1] == 1
    assert headers[0]["x-ratelimit-reset-requests"].endswith("s")


def test_the_free_tiers_limits_hold_once_they_are_switched_on():
    with Simulator(pace=0, limits=True) as simulator:
        replies = [ask(simulator, "openrouter", FREE) for _ in range(21)]
        key = httpx.get(f"{simulator.openrouter_url}/key", headers=KEY).json()["data"]
        large = ask(simulator, messages=[{"role": "user", "content": "x" * 40_000}])
    assert [reply.status_code for reply in replies] == [200] * 20 + [429]
    assert "free-models-per-min" in replies[-1].json()["error"]["message"]
    assert key["free_model_daily_requests"] == {"limit": 50, "remaining": 29, "used": 21}
    assert large.status_code == 413


def test_the_models_are_listed_as_each_provider_lists_them(simulator):
    listed = httpx.get(f"{simulator.openrouter_url}/models").json()["data"]
    assert all(model["pricing"]["prompt"] == "0" for model in listed)
    assert httpx.get(f"{simulator.groq_url}/models").status_code == 401
    assert LARGE in {model["id"] for model in httpx.get(f"{simulator.groq_url}/models", headers=KEY).json()["data"]}


def test_a_model_that_is_taken_away_is_gone_in_the_providers_words(simulator):
    simulator.remove_model("groq", SMALL)
    assert ask(simulator, model=SMALL).json()["error"]["message"].startswith("The model `openai/gpt-oss-20b` does not")


def test_a_fault_holds_for_its_number_of_requests_and_is_over_then(simulator):
    simulator.set_fault("groq", "*", Fault("server_error", times=2, status=500))
    assert [ask(simulator).status_code for _ in range(3)] == [500, 500, 200]


def test_a_reset_comes_before_any_byte(simulator):
    simulator.set_fault("groq", "*", Fault("reset"))
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        ask(simulator)


def test_who_hangs_up_is_noticed_also_while_the_provider_is_silent(simulator):
    simulator.set_fault("groq", "*", Fault("silent"))
    body = {"model": LARGE, "messages": HELLO}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{simulator.groq_url}/chat/completions", json=body, headers=KEY, timeout=0.1)
    ask(simulator, "openrouter", FREE)
    assert simulator.requests[-2].disconnected_at is not None


def test_faults_can_be_set_and_cleared_over_http(simulator):
    faults = f"{simulator.control_url}/faults"
    put = httpx.put(faults, json={"provider": "groq", "model": LARGE, "fault": "server_error", "status": 502})
    expected = {"provider": "groq", "model": LARGE, "fault": "server_error", "left": None, "params": {"status": "502"}}
    assert put.json()["set"] == [expected]
    assert ask(simulator).status_code == 502
    assert httpx.delete(faults).json() == {"set": []}
    assert ask(simulator).status_code == 200


@pytest.mark.parametrize("body", [{"provider": "groq", "fault": "rain"}, {"provider": "nobody", "fault": "reset"}])
def test_bad_control_input_names_what_was_wrong_and_what_there_is(simulator, body):
    reply = httpx.put(f"{simulator.control_url}/faults", json=body)
    assert reply.status_code == 400
    assert "it is one of" in reply.json()["error"]


def test_an_unknown_fault_lists_the_known_ones():
    with pytest.raises(UnknownFault, match="rate_limited"):
        Fault("rain")


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_says_in_a_line_what_it_does(name):
    assert (FAULTS[name].__doc__ or "").strip()


def test_a_port_that_is_taken_is_an_error_at_once(simulator):
    with pytest.raises(OSError, match="in use"), Simulator(port=simulator.port):
        pass


def test_a_simulator_that_was_stopped_leaves_its_port(simulator):
    with Simulator() as other:
        port = other.port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


# --- schemas -----------------------------------------------------------------------------------------------------

_scalars = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": r"^[A-Z]{2}-\d{3}$"},
        {"type": "string", "minLength": 3, "maxLength": 12},
        {"type": "number", "minimum": -2.5, "maximum": 3},
        {"type": "integer", "minimum": 1, "maximum": 7},
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"const": 5},
        {"$ref": "#/$defs/node"},
    ]
)


def _object(properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_schemas = st.recursive(
    _scalars,
    lambda inner: (
        st.dictionaries(st.sampled_from("abcd"), inner, max_size=4).map(_object)
        | st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
        | st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})
    ),
    max_leaves=10,
)
_NODE = _object({"name": {"type": "string"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}})


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), _schemas, max_size=3), st.integers(0, 10**6), st.text(max_size=30))
def test_the_instance_of_any_strict_schema_is_valid(properties, seed, words):
    schema = {**_object(properties), "$defs": {"node": _NODE}}
    jsonschema.validate(instance_of(schema, random.Random(seed), SchemaFacts(words.split() or ["sample"])), schema)


def test_a_schema_in_the_request_is_answered_with_an_instance(simulator):
    schema = _object({"food": {"type": "string"}, "grams": {"type": "number"}})
    reply = ask(simulator, response_format={"type": "json_schema", "json_schema": {"name": "m", "schema": schema}})
    jsonschema.validate(json.loads(text_of(reply)), schema)
