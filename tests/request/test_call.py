"""What a caller may ask, and what is said where it may not."""

import json

import pytest

from router.request import log_content, make_call
from router.types import Target, TaskConfig, TaskType

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "hello"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ([], "empty"),
        ("hello", "a list such as"),
        (["hello"], r"messages\[0\] is a str"),
        ([{"role": "robot", "content": "x"}], r'messages\[0\].role is "robot"'),
        ([{"role": "user"}], r"messages\[0\].content"),
        ([{"role": "user", "content": "  "}], "no text and no image"),
        ([{"role": "user", "content": [{"type": "video"}]}], r"content\[0\] has to be a part"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}], "http"),
        ([{"role": "assistant", "content": "x", "tool_calls": [1]}], r"tool_calls\[0\] is 1"),
        ([{"role": "user", "content": "half \ud83c"}], "lone surrogate"),
    ],
)
def test_malformed_messages_are_refused_with_the_place(messages, named):
    with pytest.raises(ValueError, match=named):
        make_call(CHAT, messages)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"tools": [{}]}, r"tools\[0\] is {}"),
        ({"top_k": 1}, "unknown parameters: top_k"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"temperature": 3}, "temperature is 3"),
        ({"seed": "7"}, 'seed is "7"'),
        ({"stop": 5}, "stop is 5"),
        ({"stop": {"a"}}, "stop is"),
        ({"deadline": 0}, "deadline is 0"),
        ({"deadline": True}, "deadline is true"),
        ({"deadline": float("nan")}, "deadline is NaN"),
        ({"deadline": float("inf")}, "deadline is Infinity"),
        ({"deadline": 1e300}, "at most 86400"),
        ({"deadline": 10**5000}, "deadline is a number of"),
        ({"deadline": "30"}, 'deadline is "30"'),
        ({"cache_seconds": -1}, "cache_seconds is -1"),
        ({"cache_seconds": True}, "cache_seconds is true"),
        ({"cache_seconds": float("nan")}, "cache_seconds is NaN"),
        ({"cache_seconds": 10**5000}, "cache_seconds is a number of"),
        ({"cache_seconds": 2_592_001}, "thirty days"),
        ({"targets": [None]}, r"targets\[0\] is missing"),
        ({"targets": [b"groq:x"]}, r"targets\[0\] is a bytes"),
        ({"targets": ["groq:a", "b"]}, r"targets\[1\]: a target is written provider:model"),
        ({"targets": ["groq:\ud83d"]}, r"targets\[0\].* half a character"),
        ({"targets": {"groq:a": 1}}, "targets is a list"),
        ({"targets": "groq:a"}, "targets is a list"),
        ({"targets": 5}, "targets is a list"),
        ({"fallback": "no"}, 'fallback is "no"; it has to be true or false'),
        ({"purpose": []}, "purpose is"),
        ({"app": None}, "app is missing"),
        ({"app": "\udc00"}, "app holds half a character"),
        ({"targets": []}, "targets is a list"),
        ({"targets": ["groq:a"] * 101}, "targets has 101 entries; 100 are the most"),
        ({"targets": ["gpt"]}, "provider:model"),
        ({"response_format": {"type": "yaml"}}, "response_format is"),
        ({"response_format": {"type": "json_schema"}}, "response_format is"),
        ({"purpose": "fun"}, "purpose is 'fun'; it has to be one of: prompt"),
        ({"source": "here"}, "source is 'here'"),
    ],
)
def test_what_cannot_be_passed_on_is_refused_by_name(options, named):
    with pytest.raises(ValueError, match=named):
        make_call(CHAT, HELLO, **options)


@pytest.mark.parametrize("config", [None, "vision", {"type": "vision"}, TaskType.VISION])
def test_a_config_that_is_none_is_named(config):
    with pytest.raises(ValueError, match="has to be a TaskConfig"):
        make_call(config, HELLO)


def test_a_call_shares_nothing_with_what_the_caller_goes_on_to_change():
    messages = [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]
    schema, stop = {"type": "object"}, ["a"]
    named = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    call = make_call(CHAT, messages, response_format=named, stop=stop)
    messages[0]["content"][0]["text"] = "\ud83d"
    schema["type"] = float("nan")
    stop.append("")
    assert call.messages[0]["content"][0]["text"] == "hello"
    assert call.schema == {"type": "object"}
    assert call.parameters["stop"] == ["a"]


def test_speed_together_with_accuracy_is_refused():
    with pytest.raises(ValueError, match="prioritize_speed"):
        TaskConfig(type=TaskType.VISION, prioritize_speed=True, critical_accuracy=True)


def test_critical_accuracy_implies_accuracy():
    assert TaskConfig(type="vision", critical_accuracy=True).prioritize_accuracy


def test_an_unknown_task_type_names_the_known_ones():
    with pytest.raises(ValueError, match="real-time-chat"):
        TaskConfig(type="chat")


def test_an_image_in_the_messages_means_vision():
    call = make_call(CHAT, [{"role": "user", "content": [{"type": "text", "text": "what is it"}, PICTURE]}])
    assert call.wants_vision
    assert call.images == 1


def test_json_without_a_format_means_a_json_object():
    call = make_call(TaskConfig(type="vision", requires_json=True), HELLO)
    assert call.response_format == {"type": "json_object"}


def test_a_model_id_may_hold_colons():
    assert Target.parse("openrouter:google/gemma:free") == Target("openrouter", "google/gemma:free")


def test_the_log_gets_a_pictures_hash_and_never_its_bytes():
    content = [{"type": "text", "text": "what is it"}, PICTURE]
    logged = json.loads(log_content(make_call(CHAT, [{"role": "user", "content": content}])))
    picture = logged["messages"][0]["content"][1]
    assert len(picture["sha256"]) == 64
    assert "AAAA" not in json.dumps(logged)


@pytest.mark.parametrize("options", [{"app": "x" * 10**6}, {"targets": ["groq:" + "m" * 10**6]}])
def test_a_name_that_stands_in_every_row_has_a_length(options):
    with pytest.raises(ValueError, match="300 are the most"):
        make_call(TaskConfig(type=TaskType.REAL_TIME_CHAT), [{"role": "user", "content": "Hello"}], **options)
