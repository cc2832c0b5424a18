"""A chat reply as a response object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.gateway.bodies import GatewayCall
from router.gateway.chat.replies import chat_document
from router.gateway.responses.fields import Json
from router.gateway.responses.requests import ResponsesCall
from router.types import Completion

_UNFINISHED = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is not whole: the Responses word for chat's finish reason."""

_ECHOED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
}
"""What a response repeats of its request, with what stands there where the request was silent."""


def response_document(completion: Completion, call: GatewayCall) -> dict[str, Any]:
    """A whole answer."""
    assert isinstance(call, ResponsesCall), "this API's requests are read as such"
    return response_object(chat_document(completion, call), call.body)


def response_object(reply: Json, body: Json) -> dict[str, Any]:
    """The response to a request's `body`, of the chat reply that answered it."""
    choice = reply["choices"][0]
    status = "incomplete" if choice.get("finish_reason") in _UNFINISHED else "completed"
    return open_response(reply, body) | {
        "status": status,
        "incomplete_details": _incomplete_details(choice.get("finish_reason")),
        "output": list(output_items(response_id(reply), choice["message"], status)),
        "usage": _usage_fields(reply.get("usage")),
        "router": reply.get("router"),
    }


def open_response(reply: Json, body: Json) -> dict[str, Any]:
    """A response on its way, with nothing in it yet; `reply` is the chat reply or any chunk of it."""
    return {
        "id": response_id(reply),
        "object": "response",
        "created_at": reply["created"],
        "status": "in_progress",
        "model": reply["model"],
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
        "store": False,
        "previous_response_id": None,
    } | {name: default if body.get(name) is None else body[name] for name, default in _ECHOED.items()}


def response_id(reply: Json) -> str:
    """The response's id, made of the chat reply's own."""
    return f"resp_{str(reply['id']).removeprefix('chatcmpl-')}"


def output_items(identifier: str, message: Json, status: str) -> Iterator[dict[str, Any]]:
    """An answer's items: its text, where it has any or nothing else, then its calls.

    Args:
        status: of the text: whether it is whole.
    """
    calls: Sequence[Json] = message.get("tool_calls") or ()
    if message.get("content") or not calls:
        yield message_item(identifier, message.get("content") or "", status)
    for position, call in enumerate(calls):
        yield call_item(identifier, position, call)


def message_item(identifier: str, text: str, status: str) -> dict[str, Any]:
    """The item that holds an answer's text; it has none as long as it is in progress."""
    content = [] if status == "in_progress" else [text_part(text)]
    return {"type": "message", "id": message_id(identifier), "role": "assistant", "status": status, "content": content}


def message_id(identifier: str) -> str:
    """The id of the item that holds an answer's text."""
    return f"msg_{identifier.removeprefix('resp_')}"


def text_part(text: str) -> dict[str, Any]:
    """An answer's text within its item."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(identifier: str, position: int, call: Json) -> dict[str, Any]:
    """The item of one tool call; it is whole, as the router hands out no other."""
    return {
        "type": "function_call",
        "id": f"fc_{identifier.removeprefix('resp_')}_{position}",
        "call_id": call["id"],
        "name": call["function"]["name"],
        "arguments": call["function"]["arguments"],
        "status": "completed",
    }


def _incomplete_details(finish_reason: str | None) -> Mapping[str, str] | None:
    return {"reason": _UNFINISHED[finish_reason]} if finish_reason in _UNFINISHED else None


def _usage_fields(usage: Json | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage["total_tokens"],
    }
