"""What is refused before a model sees it, in each provider's words."""

import pytest

from tests.simulator.calls import FREE, HELLO, LARGE, SEEING, ask, picture

ANY_SCHEMA = {"type": "json_schema", "json_schema": {"name": "any", "schema": {}}}
STRICT = {"type": "json_schema", "json_schema": {"name": "m", "strict": True, "schema": {"properties": {"a": {}}}}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"response_format": {"type": "json_object"}}, "must contain the word 'json'"),
        ({"response_format": ANY_SCHEMA, "stream": True}, "does not support streaming"),
        ({"response_format": STRICT}, "`additionalProperties:false` must be set"),
        ({"reasoning_effort": "none"}, "`reasoning_effort` must be one of"),
        ({"tools": [{"type": "function"}]}, "'tools' : value must be a list"),
    ],
)
def test_groq_refuses_what_groq_refuses(simulator, fields, words):
    reply = ask(simulator, **fields)
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("messages", []),
        ("messages", [{"role": "user", "content": 5}]),
        ("messages", [{"role": "user", "content": [{"type": "image_url"}]}]),
        ("temperature", 3),
        ("temperature", True),
        ("seed", 0.5),
        ("stop", ["a"] * 5),
        ("n", 2),
        ("max_tokens", 0),
        ("response_format", "json_object"),
        ("response_format", {"type": "json_schema"}),
        ("stream", "yes"),
        ("reasoning", "low"),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_name(simulator, field, value):
    body = {"messages": HELLO, field: value}
    reply = ask(simulator, **body)
    assert reply.status_code == 400
    assert f"'{field}'" in reply.json()["error"]["message"]


def test_a_model_without_eyes_and_a_broken_picture_are_refused(simulator):
    assert ask(simulator, messages=picture("red", (8, 8))).status_code == 400
    broken = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]
    assert ask(simulator, model=SEEING, messages=broken).status_code == 400
    assert ask(simulator, "openrouter", FREE, messages=picture("red", (8, 8))).status_code == 404


def test_more_pictures_than_groq_takes_are_refused(simulator):
    parts = picture("red", (8, 8))[0]["content"][1:] * 4
    reply = ask(simulator, model=SEEING, messages=[{"role": "user", "content": parts}])
    assert "supports up to 3 images" in reply.json()["error"]["message"]


def test_a_key_that_is_missing_or_bad_is_refused_in_each_providers_words(simulator):
    assert ask(simulator, key={}).json()["error"]["code"] == "invalid_api_key"
    bad = ask(simulator, "openrouter", FREE, key={"Authorization": "Bearer revoked"})
    assert bad.json()["error"] == {"code": 401, "message": "User not found."}
    assert ask(simulator, "openrouter", FREE, key={}).json()["error"]["message"] == "No auth credentials found"


def test_a_request_longer_than_the_context_is_refused(simulator):
    long = [{"role": "user", "content": "word " * 150_000}]
    reply = ask(simulator, model=LARGE, messages=long)
    assert reply.json()["error"]["code"] == "context_length_exceeded"


def test_openrouter_drops_what_a_model_lacks_unless_it_is_required(simulator):
    fields = {"response_format": {"type": "json_schema", "json_schema": {"name": "m", "schema": {"type": "object"}}}}
    model = "google/gemma-4-31b-it:free"
    dropped = ask(simulator, "openrouter", model, **fields)
    required = ask(simulator, "openrouter", model, body={"provider": {"require_parameters": True}}, **fields)
    assert dropped.status_code == 200
    assert required.status_code == 404
