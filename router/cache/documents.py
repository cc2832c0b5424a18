"""An answer as it is kept, and read again: JSON text with its words, its calls, and who gave it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.types import CacheStatus, CacheUse, Completion, ToolCall


@dataclass(frozen=True, slots=True)
class RecalledAnswer:
    """An answer that is given again.

    Attributes:
        parsed: the document in it, where JSON was asked for.
        use: where it is from, and how old it is.
    """

    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    provider: str
    model: str
    requested_model: str
    finish_reason: str
    degraded: bool
    simulated: bool
    use: CacheUse
    parsed: Any = None


_TEXTS = ("text", "reasoning", "provider", "model", "requested_model", "finish_reason")
_FLAGS = ("degraded", "simulated")


def write_document(completion: Completion) -> str:
    """What is kept of an answer."""
    values = {name: getattr(completion, name) for name in (*_TEXTS, *_FLAGS)}
    calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in completion.tool_calls]
    usage = completion.usage
    tokens = usage.total_tokens or usage.prompt_tokens + usage.completion_tokens
    # Not by orjson: a model may write a whole number of more than 64 bits into a call. Other letters than ASCII are
    # escaped, and with them NUL, which no server keeps in a text.
    return json.dumps(values | {"tool_calls": calls, "tokens": tokens})


def read_answer(document: str, *, request_id: str, age: float) -> RecalledAnswer:
    """The answer in a document.

    Raises:
        ValueError: it is none of ours: other programs may write to the database too.
    """
    try:
        values = json.loads(document)
        texts = {name: _of_kind(str, values[name]) for name in _TEXTS}
        flags = {name: _of_kind(bool, values[name]) for name in _FLAGS}
        calls = tuple(_call_of(call) for call in _of_kind(list, values["tool_calls"]))
        use = CacheUse(CacheStatus.HIT, request_id, age, _of_kind(int, values["tokens"]))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"what is kept is no answer ({type(error).__name__})") from None
    return RecalledAnswer(**texts, **flags, tool_calls=calls, use=use)


def _call_of(call: Mapping[str, Any]) -> ToolCall:
    return ToolCall(_of_kind(str, call["id"]), _of_kind(str, call["name"]), _of_kind(dict, call["arguments"]))


def _of_kind(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value
