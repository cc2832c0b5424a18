"""How much of an answer a request lets through: up to its stop words and its limit of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.simulator.wire.wires import CHARACTERS, ModelCall, tokens_of


def limit_of(body: Mapping[str, Any]) -> int | None:
    """The tokens that a request allows its answer, by either name of the field; None where it sets no limit."""
    limit: int | None = body.get("max_completion_tokens") or body.get("max_tokens")
    return limit


def limit_text(thought: str, text: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Reasoning and text up to the stop words and the limit, which the reasoning uses first; and the finish reason."""
    stop = body.get("stop") or ()
    for word in [stop] if isinstance(stop, str) else stop:
        text = text.partition(word)[0]
    limit = limit_of(body)
    if limit is None or tokens_of(thought) + tokens_of(text) <= limit:
        return thought, text, "stop"
    shortened = thought[: limit * CHARACTERS]
    return shortened, text[: (limit - tokens_of(shortened)) * CHARACTERS], "length"


def limit_calls(
    thought: str, calls: tuple[ModelCall, ...], body: Mapping[str, Any]
) -> tuple[tuple[ModelCall, ...], bool]:
    """The calls up to the request's limit, and whether the last one is cut off by it."""
    limit = limit_of(body)
    remaining_tokens = float("inf") if limit is None else limit - tokens_of(thought)
    whole: list[ModelCall] = []
    for call in calls:
        remaining_tokens -= tokens_of(call.name + call.arguments)
        if remaining_tokens < 0:
            cut = replace(call, arguments=call.arguments[: len(call.arguments) // 2])
            return (*whole, cut), True
        whole.append(call)
    return tuple(whole), False
