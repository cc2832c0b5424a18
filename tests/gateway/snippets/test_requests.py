"""What a request of the log asks, as a chat body and as the router's own flags and options."""

import pytest

from router.gateway.snippets.requests import chat_body, flags_of, options_of, picture_files
from router.types import TaskConfig

HELLO = [{"role": "user", "content": "hi"}]
PNG, WEB = "data:image/png;base64,AAAA", "https://example.com/a.jpg"


def request_with(**config):
    return {"messages": HELLO, "config": {"type": "real-time-chat", **config}}


@pytest.mark.parametrize(
    ("flags", "model"),
    [
        ({}, "real-time-chat"),
        ({"prioritize_speed": True}, "real-time-chat+speed"),
        ({"prioritize_accuracy": True}, "real-time-chat+accuracy"),
        ({"prioritize_accuracy": True, "critical_accuracy": True}, "real-time-chat+critical"),
    ],
)
def test_a_flag_stands_behind_the_task(flags, model):
    assert chat_body(request_with(**flags)) == {"model": model, "messages": HELLO}
    assert flags_of(request_with(**flags)) == list(flags)[-1:]


def test_the_configuration_may_be_the_routers_own():
    request = {"messages": HELLO, "config": TaskConfig(type="verification", critical_accuracy=True)}
    assert chat_body(request)["model"] == "verification+critical"


def test_json_is_a_response_format_in_a_body_and_a_flag_for_the_router():
    request = request_with(requires_json=True) | {"response_format": {"type": "json_object"}}
    assert chat_body(request)["response_format"] == {"type": "json_object"}
    assert options_of(request) == {}
    assert flags_of(request) == ["requires_json"]


def test_parameters_targets_and_tools_are_kept_and_what_was_left_out_stays_out():
    tools = [{"type": "function", "function": {"name": "f"}}]
    request = request_with() | {
        "parameters": {"temperature": 0, "stop": ["a"]},
        "targets": ["groq:m"],
        "tools": tools,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "response_format": None,
    }
    assert chat_body(request) == {
        "model": "real-time-chat",
        "messages": HELLO,
        "temperature": 0,
        "stop": ["a"],
        "tools": tools,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "router": {"targets": ["groq:m"]},
    }


def test_vision_without_a_picture_is_asked_for_by_name():
    assert chat_body(request_with(requires_vision=True))["router"] == {"requires_vision": True}


def test_pictures_are_files_whether_they_are_still_there_or_the_log_has_their_hash_alone():
    parts = [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": PNG}, "sha256": "x", "thumbnail": "y"},
        {"type": "image_url", "image_url": {"url": WEB}},
        {"type": "image", "sha256": "x", "bytes": 4, "thumbnail": None},
    ]
    request = {"messages": [{"role": "user", "content": parts}], "config": {"type": "vision", "requires_vision": True}}
    assert picture_files(request) == ["picture-1.png", "picture-2.jpg"]
    body = chat_body(request)
    urls = [part["image_url"] for part in body["messages"][0]["content"][1:]]
    assert urls == [{"url": "\0picture-1.png\0"}, {"url": WEB}, {"url": "\0picture-2.jpg\0"}]
    assert "router" not in body
