"""What is sent, for every dialect: the caller's request, the target's facts, and nothing that costs money unasked."""

import json

import pytest

from router import TaskConfig, TaskType
from router.providers.requests import USEFUL_OUTPUT, AskedAgain, json_mode, output_limit, write_request
from router.request import make_call
from router.settings import SHIPPED_ROUTES
from router.table.dialects import shipped_dialects
from router.table.route_file import load_routes
from router.table.routes import ModelEntry

TABLE = load_routes(SHIPPED_ROUTES)
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
TASK = TABLE.tasks[CHAT.type]
HELLO = [{"role": "user", "content": "Hello"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "meal", "strict": True, "schema": SCHEMA}}
PICTURE = "data:image/png;base64,iVBORw0KGgo="
DIALECTS = shipped_dialects()
EACH = pytest.mark.parametrize("dialect", DIALECTS)


def written(
    dialect="openai", *, messages=HELLO, facts=None, free_only=False, stream=False, reask=None, lower=0, **call
):
    return write_request(
        make_call(CHAT, messages, **call),
        "vendor/model",
        dialect=DIALECTS[dialect],
        facts=ModelEntry.model_validate(facts or {}),
        task=TASK,
        free_only=free_only,
        stream=stream,
        again=AskedAgain(reask=reask, lower=lower),
    )


@EACH
def test_a_plain_request_is_model_messages_and_an_output_limit_of_ours(dialect):
    request = written(dialect)
    limit = DIALECTS[dialect].output_field
    assert request.body == {"model": "vendor/model", "messages": HELLO, limit: TASK.output_tokens}
    assert (request.own_limit, request.mode) == (True, None)
    assert json.loads(request.encode()) == request.body


@EACH
@pytest.mark.parametrize(("name", "value"), [("temperature", 0.3), ("seed", 7), ("stop", ["END"])])
def test_each_parameter_of_the_caller_goes_before_the_tables(dialect, name, value):
    field = DIALECTS[dialect].seed_field if name == "seed" else name
    facts = {"params": {field: 0.9}} if field else {}
    assert written(dialect, facts=facts, **{name: value}).body.get(field) == (value if field else None)
    assert written(dialect, facts=facts).body.get(field) == (0.9 if field else None)


@EACH
def test_the_callers_output_limit_is_sent_in_the_dialects_own_field_and_is_not_ours(dialect):
    request = written(dialect, max_tokens=77)
    assert request.body[DIALECTS[dialect].output_field] == 77
    assert len({"max_tokens", "max_completion_tokens"} & set(request.body)) == 1
    assert request.own_limit is False


def test_a_limit_of_the_target_below_the_callers_is_ours():
    request = written(max_tokens=5_000, facts={"max_output": 800})
    assert (request.body["max_tokens"], request.own_limit) == (800, True)


@EACH
def test_a_stream_is_asked_for_and_its_tokens_are_counted_where_the_dialect_has_to_be_asked(dialect):
    streamed, plain = written(dialect, stream=True).body, written(dialect).body
    assert streamed["stream"] is True
    counted_unasked = dialect in ("groq", "openrouter", "mistral")
    assert streamed.get("stream_options") == (None if counted_unasked else {"include_usage": True})
    assert not {"stream", "stream_options"} & set(plain)


def test_the_table_may_switch_the_counting_of_streams_off_and_has_no_word_in_a_plain_call():
    facts = {"params": {"stream_options": {"include_usage": False}, "stream": True}}
    assert written(stream=True, facts=facts).body["stream_options"] == {"include_usage": False}
    assert not {"stream", "stream_options"} & set(written(facts=facts).body)


# --- JSON ------------------------------------------------------------------------------------------------------------


@EACH
def test_a_strict_schema_goes_as_it_is_where_the_target_can(dialect):
    request = written(dialect, response_format=JSON_SCHEMA, facts={"json": ["json_schema", "json_object"]})
    assert (request.mode, request.body["response_format"]) == ("json_schema", JSON_SCHEMA)
    assert request.body["messages"] == HELLO
    required = request.body.get("provider", {}).get("require_parameters")
    assert required == (True if dialect == "openrouter" else None)


@EACH
def test_json_mode_is_asked_for_with_the_schema_in_words(dialect):
    request = written(dialect, response_format=JSON_SCHEMA, facts={"json": ["json_object"]})
    assert (request.mode, request.body["response_format"]) == ("json_object", {"type": "json_object"})
    instruction = request.body["messages"][0]
    assert instruction["role"] == "system"
    assert "JSON" in instruction["content"]
    assert json.dumps(SCHEMA, separators=(",", ":")) in instruction["content"]


@EACH
def test_words_alone_ask_for_json_where_the_target_knows_no_mode(dialect):
    request = written(dialect, response_format={"type": "json_object"}, facts={"json": []})
    assert request.mode is None
    assert "response_format" not in request.body
    assert "JSON" in request.body["messages"][0]["content"]


def test_each_step_down_asks_in_a_simpler_mode_until_there_is_none():
    call = make_call(CHAT, HELLO, response_format=JSON_SCHEMA)
    facts = ModelEntry.model_validate({"json": ["json_schema", "json_object"]})
    assert [json_mode(call, facts, lower) for lower in range(4)] == ["json_schema", "json_object", None, None]
    assert json_mode(make_call(CHAT, HELLO), facts) is None


def test_the_faults_of_the_answer_before_are_the_last_message():
    request = written(response_format={"type": "json_object"}, reask="a is missing")
    assert request.body["messages"][-1] == {"role": "user", "content": "a is missing"}


# --- messages --------------------------------------------------------------------------------------------------------


@EACH
def test_a_picture_goes_as_a_part_with_its_url_and_detail_alone(dialect):
    part = {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}}
    request = written(dialect, messages=[{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}])
    assert request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}]


def test_the_role_developer_becomes_system_for_everybody():
    messages = [{"role": "developer", "content": "Be brief."}, *HELLO]
    assert written(messages=messages).body["messages"][0] == {"role": "system", "content": "Be brief."}


# --- money -----------------------------------------------------------------------------------------------------------


def test_free_only_caps_the_price_at_zero_whatever_the_table_has_there():
    for provider in ({"order": ["x"]}, "x", None, [], {"max_price": {"prompt": 9}}):
        sent = written("openrouter", free_only=True, facts={"params": {"provider": provider}}).body["provider"]
        assert sent["max_price"] == {"prompt": 0, "completion": 0}


def test_free_only_and_a_strict_schema_are_both_asked_of_openrouter():
    facts = {"json": ["json_schema"], "params": {"plugins": [{"id": "web"}], "models": ["paid"]}}
    body = written("openrouter", free_only=True, response_format=JSON_SCHEMA, facts=facts).body
    assert body["provider"] == {"require_parameters": True, "max_price": {"prompt": 0, "completion": 0}}
    assert not {"plugins", "models"} & set(body)


@pytest.mark.parametrize("dialect", ["openai", "groq"])
def test_a_wire_without_prices_is_sent_none(dialect):
    assert "provider" not in written(dialect, free_only=True).body


# --- the output limit ------------------------------------------------------------------------------------------------


def test_what_is_asked_for_leaves_room_for_the_prompt_in_the_minutes_allowance():
    facts = ModelEntry.model_validate({"tokens_per_minute": 8_000})
    short, long = (make_call(CHAT, [{"role": "user", "content": "x" * size}]) for size in (300, 20_000))
    assert output_limit(short, facts, TASK)[0] == min(TASK.output_tokens, 8_000 - 100 - 200)
    assert 16 <= output_limit(long, facts, TASK)[0] <= 8_000 - 20_000 // 3
    assert USEFUL_OUTPUT > 16


def test_no_limit_is_ever_below_the_least_that_upstreams_take():
    call = make_call(CHAT, [{"role": "user", "content": "x" * 400_000}])
    assert output_limit(call, ModelEntry.model_validate({"tokens_per_minute": 8_000}), TASK)[0] == 16


# --- tools -----------------------------------------------------------------------------------------------------------

INNER = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "holds"),
    [
        (INNER, True),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({**INNER, "required": []}, False),
        ({name: value for name, value in INNER.items() if name != "additionalProperties"}, False),
        ({**INNER, "properties": {"a": {"type": "array", "items": INNER}}}, True),
        ({**INNER, "properties": {"a": {"type": "array", "items": {**INNER, "required": []}}}}, False),
        ({**INNER, "properties": {"a": {"anyOf": [{"type": "null"}, {**INNER, "required": []}]}}}, False),
        ({**INNER, "properties": {"a": {"enum": [{"properties": {}}]}}}, True),
        ({**INNER, "$defs": {"b": {**INNER, "required": []}}}, False),
    ],
)
def test_a_tool_is_sent_as_a_strict_one_only_where_its_schema_keeps_the_rules(schema, holds):
    tool = {"type": "function", "function": {"name": "f", "parameters": schema, "strict": True}}
    sent = written("groq", facts={"json": ("json_schema",)}, tools=[tool]).body["tools"][0]["function"]
    assert sent.get("strict", False) is holds
    assert sent["parameters"] == schema


@EACH
def test_of_a_picture_only_what_providers_know_is_sent(dialect):
    parts = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low", "format": "png"}}]
    sent = written(dialect, messages=[{"role": "user", "content": parts}]).body["messages"]
    assert sent[0]["content"][0]["image_url"] == {"url": "https://example.org/a.png", "detail": "low"}
