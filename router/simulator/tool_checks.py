"""What the real providers refuse of tools and of turns that call them, in their words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST = 128
_ALLOWED = {
    "system": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "name", "tool_calls", "function_call", "reasoning"},
    "tool": {"role", "content", "tool_call_id"},
}
"""The fields that Groq takes in a message, by role (its refusals, 2026)."""


def is_tool_list(value: Any) -> bool:
    """Whether a value is a list of definitions."""
    return isinstance(value, list) and len(value) <= _MOST and all(map(_is_tool, value))


def _is_tool(tool: Any) -> bool:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    if not isinstance(function, dict) or not isinstance(function.get("parameters", {}), dict):
        return False
    return isinstance(function.get("name"), str) and _NAME.fullmatch(function["name"]) is not None


def is_tool_choice(value: Any) -> bool:
    """Whether a value is a choice."""
    if isinstance(value, dict):
        function = value.get("function")
        return value.get("type") == "function" and isinstance(function, dict) and isinstance(function.get("name"), str)
    return value in ("auto", "none", "required")


def is_call_list(value: Any) -> bool:
    """Whether a value is a list of calls as a turn in the history has it."""
    return isinstance(value, list) and bool(value) and all(map(_is_call, value))


def _is_call(call: Any) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(call.get("id"), str) or not call["id"]:
        return False
    return isinstance(function.get("name"), str) and isinstance(function.get("arguments"), str)


def history_problem(messages: list[Mapping[str, Any]], *, is_groq: bool) -> str | None:
    """What keeps a conversation from being taken; None where nothing does."""
    checks: tuple[Callable[[list[Mapping[str, Any]]], Iterator[str]], ...] = (_order_problems, _argument_problems)
    if is_groq:
        checks = (_field_problems, *checks)
    return next((words for check in checks for words in check(messages)), None)


def _field_problems(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    for index, message in enumerate(messages):
        role = message["role"]
        for name in message.keys() - _ALLOWED.get(role, {"role", "content", "name"}):
            yield (
                f"'messages.{index}' : for 'role:{role}' the following must be satisfied"
                f"[('messages.{index}' : property '{name}' is unsupported)]"
            )


def _order_problems(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    unanswered: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in unanswered:
                yield "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
                return
            unanswered.remove(message["tool_call_id"])
            continue
        if unanswered:
            break
        unanswered = [call["id"] for call in message.get("tool_calls") or ()]
    if unanswered:
        yield (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(unanswered)}"
        )


def _argument_problems(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    for index, message in enumerate(messages):
        for place, call in enumerate(message.get("tool_calls") or ()):
            try:
                arguments = orjson.loads(call["function"]["arguments"])
            except orjson.JSONDecodeError:
                arguments = None
            if not isinstance(arguments, dict):
                yield f"'messages.{index}.tool_calls.{place}.function.arguments' : value must be a JSON object"


def request_problem(body: Mapping[str, Any], *, json_mode: str | None) -> str | None:
    """What Groq refuses of tools beside the rest of a request; None where it refuses nothing."""
    if not body.get("tools"):
        return None
    choice = body.get("tool_choice")
    names = [tool["function"]["name"] for tool in body["tools"]]
    problems = {
        "json mode cannot be combined with tool/function calling": json_mode is not None,
        "`reasoning_format` of `raw` cannot be used with `tools`": body.get("reasoning_format") == "raw",
        "requested tool does not exist": isinstance(choice, dict) and choice["function"]["name"] not in names,
    }
    return next((words for words, is_there in problems.items() if is_there), None)
