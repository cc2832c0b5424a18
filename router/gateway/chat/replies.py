"""Answers in the form of `/v1/chat/completions`: one object, or chunks.

All chunks of a stream carry the same `id` and `created`. A chunk's text is put between bytes that are written once a
stream: the form around it is longer than the text, and is the same for tens of thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from router.gateway.bodies import GatewayCall
from router.gateway.errors import GatewayError, attempt_document
from router.gateway.model_names import now_seconds
from router.types import CacheUse, Completion, ToolCall, Usage

DONE = b"data: [DONE]\n\n"


def chat_document(completion: Completion, call: GatewayCall) -> dict[str, Any]:
    """A whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": completion.text, "refusal": None}
    if completion.reasoning:
        message["reasoning_content"] = completion.reasoning
    calls = tool_call_documents(completion)
    if calls:
        message |= {"content": completion.text or None, "tool_calls": calls}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(completion)}
    return {
        "id": f"chatcmpl-{completion.request_id}",
        "object": "chat.completion",
        "created": now_seconds(),
        "model": served_target(completion),
        "choices": [choice],
        "usage": usage_document(completion.usage),
        "router": router_document(completion, call),
    }


def served_target(completion: Completion) -> str:
    """Who served, as `provider:model`."""
    return f"{completion.provider}:{completion.model}"


def finish_reason(completion: Completion) -> str:
    """Why the answer ended, in a word that every client knows: some refuse a reply with any other."""
    if tool_call_documents(completion):
        return "tool_calls"
    return completion.finish_reason if completion.finish_reason in _KNOWN_REASONS else "stop"


_KNOWN_REASONS = frozenset({"stop", "length", "content_filter"})


def tool_call_documents(completion: Completion) -> list[dict[str, Any]]:
    """The calls to tools that an answer holds."""
    return [call.as_message() for call in completion.tool_calls]


def usage_document(usage: Usage) -> dict[str, int]:
    """Tokens."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens or usage.prompt_tokens + usage.completion_tokens,
    }


def router_document(completion: Completion, call: GatewayCall) -> dict[str, Any]:
    """How the answer came about."""
    document: dict[str, Any] = {
        "task": str(call.config.type),
        "provider": completion.provider,
        "model": completion.model,
        "request_id": completion.request_id,
        "degraded": completion.degraded,
        "simulated": completion.simulated,
        "cost_usd": completion.cost_usd,
        "attempts": [attempt_document(attempt) for attempt in completion.attempts],
    }
    if completion.cache is not None:
        document["cache"] = cache_document(completion.cache)
    return document | ({"ignored": list(call.ignored)} if call.ignored else {})


def cache_document(use: CacheUse) -> dict[str, Any]:
    """What came of looking into the cache; of an answer from it where that is from, and how old it is in seconds."""
    document: dict[str, Any] = {"status": use.status.value}
    if not use.is_hit:
        return document
    return document | {"request_id": use.request_id, "age": round(use.age, 3), "saved_tokens": use.saved_tokens}


class ChatChunks:
    """Writes one stream's chunks.

    Args:
        request_id: the request's ULID.
        target: who answers, as far as is known: `provider:model`.
    """

    def __init__(self, call: GatewayCall, request_id: str, target: str) -> None:
        self._call = call
        self._id = f"chatcmpl-{request_id}"
        self._created = now_seconds()
        self._use_target(target)

    def _use_target(self, target: str) -> None:
        head = {"id": self._id, "object": "chat.completion.chunk", "created": self._created, "model": target}
        self._head = b"data: " + orjson.dumps(head)[:-1] + b',"choices":'
        self._before_text = self._head + b'[{"index":0,"delta":{"content":'

    def opening(self) -> bytes:
        """The first chunk, which some clients need for its role."""
        return self._chunk({"role": "assistant", "content": ""})

    def reasoning(self, text: str) -> bytes:
        """A piece of the model's reasoning, under the name that most clients show it by."""
        return self._chunk({"reasoning_content": text})

    def text(self, text: str) -> bytes:
        """A piece of the answer."""
        return self._before_text + orjson.dumps(text) + _AFTER_TEXT

    def tool_calls(self, calls: Sequence[ToolCall], first: int) -> bytes:
        """Calls to tools, whole, from index `first` on: clients join what they get under one index."""
        return b"".join(
            self._chunk({"tool_calls": [{"index": index} | call.as_message()]})
            for index, call in enumerate(calls, first)
        )

    def restart(self, target: str) -> bytes:
        """What was sent is void: another target answers from the start."""
        self._use_target(target)
        choice = {"index": 0, "delta": {}, "finish_reason": None}
        return self._line([choice], {"router": {"event": "restart"}})

    def closing(self, completion: Completion) -> bytes:
        """The end of a whole answer.

        Tokens stand in the last chunk in any case, where a client may read them without having asked; a chunk of their
        own, without choices, only where they were asked for: naive readers look into the first choice of every chunk.
        """
        choice = {"index": 0, "delta": {}, "finish_reason": finish_reason(completion)}
        usage = usage_document(completion.usage)
        extension: dict[str, Any] = {"router": router_document(completion, self._call)}
        if not self._call.includes_usage:
            return self._line([choice], extension | {"usage": usage}) + DONE
        return self._line([choice], extension) + self._line([], {"usage": usage}) + DONE

    def failure(self, error: GatewayError) -> bytes:
        """The end of an answer that is not whole: the one form that every client takes for an error.

        Without `choices`, without `[DONE]`, and under no event's name.
        """
        return b"data: " + error.body() + b"\n\n"

    def _chunk(self, delta: dict[str, Any]) -> bytes:
        return self._line([{"index": 0, "delta": delta, "finish_reason": None}], {})

    def _line(self, choices: list[dict[str, Any]], more: dict[str, Any]) -> bytes:
        tail = b"," + orjson.dumps(more)[1:] if more else b"}"
        return self._head + orjson.dumps(choices) + tail + b"\n\n"


_AFTER_TEXT = b'},"finish_reason":null}]}\n\n'
