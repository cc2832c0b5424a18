"""Prompts and answers as GenAI's conventions have them: messages of parts, as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from router.ports import RequestEnded


def input_messages(content: str) -> str:
    """A request's messages, from what the log keeps of them: pictures are a hash and a size."""
    return json.dumps([_message(message) for message in json.loads(content)["messages"]], ensure_ascii=False)


def output_messages(record: RequestEnded) -> str:
    """An answer, with what it calls."""
    parts = [{"type": "text", "content": record.text}] if record.text else []
    parts += [{"type": "tool_call"} | call for call in json.loads(record.tool_calls or "[]")]
    message = {"role": "assistant", "parts": parts, "finish_reason": record.finish_reason or record.status}
    return json.dumps([message], ensure_ascii=False)


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if message["role"] == "tool":
        return {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": message["tool_call_id"], "response": content}],
        }
    parts = [{"type": "text", "content": content}] if isinstance(content, str) else [_part(part) for part in content]
    parts += [_call(call) for call in message.get("tool_calls", ())]
    return {"role": message["role"], "parts": parts}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "content": part["text"]}
    return {name: value for name, value in part.items() if name != "thumbnail"}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "type": "tool_call",
        "id": call["id"],
        "name": function["name"],
        "arguments": json.loads(function["arguments"]),
    }
