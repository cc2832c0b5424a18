"""What a request of the log asks: its messages with their pictures in files, its flags, its options, its chat body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from router.gateway.snippets.literals import MARK

LoggedRequest: TypeAlias = Mapping[str, Any]
"""`messages`, `parameters`, `response_format`, `targets`, `config`, and what tools it had, as the log has them."""

_MODIFIERS = {"critical_accuracy": "+critical", "prioritize_accuracy": "+accuracy", "prioritize_speed": "+speed"}
"""A flag's word behind the task, in the order in which they count: critical accuracy implies the other."""

_TOOL_FIELDS = ("tools", "tool_choice", "parallel_tool_calls")


def task_of(request: LoggedRequest) -> str:
    """The task type."""
    return str(_config(request).get("type", "real-time-chat"))


def flags_of(request: LoggedRequest) -> list[str]:
    """The flags that were set, without one that another implies."""
    config = _config(request)
    flags = [name for name in ("requires_vision", "requires_json", *reversed(_MODIFIERS)) if config.get(name)]
    return [name for name in flags if name != "prioritize_accuracy" or "critical_accuracy" not in flags]


def options_of(request: LoggedRequest) -> dict[str, Any]:
    """Everything besides the task and the messages, as far as there is anything."""
    fields = {
        **(request.get("parameters") or {}),
        "response_format": request.get("response_format"),
        "targets": request.get("targets"),
        **{name: request.get(name) for name in _TOOL_FIELDS},
    }
    if _config(request).get("requires_json") and fields["response_format"] == {"type": "json_object"}:
        del fields["response_format"]  # which the flag means by itself
    return {name: value for name, value in fields.items() if value is not None and value != []}


def chat_body(request: LoggedRequest) -> dict[str, Any]:
    """The body of a chat completion that asks the same."""
    config, options = _config(request), options_of(request)
    targets = options.pop("targets", None)
    if config.get("requires_json"):
        options.setdefault("response_format", {"type": "json_object"})
    fields = {"targets": targets, "requires_vision": config.get("requires_vision") and not picture_files(request)}
    router = {name: value for name, value in fields.items() if value}
    modifier = next((word for flag, word in _MODIFIERS.items() if config.get(flag)), "")
    body = {"model": task_of(request) + modifier, "messages": messages_of(request), **options}
    return body | ({"router": router} if router else {})


def messages_of(request: LoggedRequest) -> list[dict[str, Any]]:
    """The messages, with the name of a file between two marks in each picture's place."""
    names = iter(picture_files(request))
    return [_message(message, names) for message in _messages(request)]


def picture_files(request: LoggedRequest) -> list[str]:
    """The files of a request's pictures, in their order; one with an address on the web needs none."""
    contents = [message.get("content") for message in _messages(request)]
    parts = [part for content in contents if isinstance(content, list | tuple) for part in content]
    pictures = [part for part in parts if part["type"] != "text" and _is_in_file(part)]
    return [f"picture-{number}.{_file_ending(part)}" for number, part in enumerate(pictures, 1)]


def _config(request: LoggedRequest) -> Mapping[str, Any]:
    config = request.get("config") or {}
    # Run has it as the router takes it, the log as an object.
    return config if isinstance(config, Mapping) else {name: getattr(config, name) for name in config.__slots__}


def _messages(request: LoggedRequest) -> list[Mapping[str, Any]]:
    return list(request.get("messages") or ())


def _message(message: Mapping[str, Any], names: Iterator[str]) -> dict[str, Any]:
    content = message.get("content")
    if isinstance(content, list | tuple):
        content = [_part(part, names) for part in content]
    return {**message, "content": content}


def _part(part: Mapping[str, Any], names: Iterator[str]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    url = f"{MARK}{next(names)}{MARK}" if _is_in_file(part) else part["image_url"]["url"]
    return {"type": "image_url", "image_url": {"url": url}}


def _is_in_file(part: Mapping[str, Any]) -> bool:
    """Whether a picture came as itself; the log keeps only its hash then."""
    return part["type"] == "image" or str(part["image_url"]["url"]).startswith("data:")


def _file_ending(part: Mapping[str, Any]) -> str:
    match = re.match(r"data:image/(\w+)", part["image_url"]["url"]) if part["type"] == "image_url" else None
    return "jpg" if match is None or match[1] == "jpeg" else match[1]
