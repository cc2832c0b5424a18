"""What a reply or an event holds of an answer besides what was read of it: text in places where none is looked for.

Each API writes its text somewhere else, and gateways mix them up: `choices` as an object, `delta` as a text, parts
within parts, names in capitals. What stands in such a place and is passed over leaves a hole in the answer, which is
worse than no answer. So every text is accounted for: it was read, it repeats what was read, or the reply is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TEXTS = frozenset({"content", "contents", "text", "texts", "parts", "part", "output_text", "generated_text"})
"""Names under which every text is one of the answer, however deep it stands."""

_TEXTS_OR_OBJECTS = frozenset(
    {"delta", "deltas", "completion", "response", "answer", "output", "generation", "token", "reply"}
)
"""Names of a text, or of an object that has names of its own."""

_COMPANIONS = frozenset(
    [
        "logprobs",
        "top_logprobs",
        "usage",
        "usage_metadata",
        "usagemetadata",
        "prompt",
        "prompts",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "thinking",
        "thought",
        "reasoning_text",
        "tool_calls",
        "tool_call",
        "function_call",
        "function",
        "tools",
        "executed_tools",
        "annotations",
        "citations",
        "search_results",
        "web_search",
        "sources",
        "references",
        "grounding_metadata",
        "groundingmetadata",
        "citation_metadata",
        "citationmetadata",
        "safety_ratings",
        "safetyratings",
        "metadata",
        "debug",
        "content_filter_results",
        "content_filter_result",
        "prompt_filter_results",
        "prompt_annotations",
        "audio",
        "image",
        "images",
        "image_url",
        "refusal",
        "error",
        "errors",
        "id",
        "object",
        "type",
        "role",
        "model",
        "provider",
        "name",
        "names",
        "index",
        "created",
        "system_fingerprint",
        "service_tier",
        "finish_reason",
        "native_finish_reason",
        "stop_reason",
        "stop_sequence",
        "finishreason",
        "stop",
        "timings",
        "stats",
        "url",
        "title",
        "status",
        "event",
        "channel",
        "signature",
        "obfuscation",
        "encrypted_content",
        "language",
        "mime_type",
        "format",
    ]
)
"""Names of what comes beside an answer; their texts are none of it."""

_THOUGHTS = ("think", "thought", "reason")
_HOLDERS = frozenset({"choices", "delta", "message", "content", "text"})
_QUOTED_HOLDERS = tuple(f'"{name}"'.encode() for name in _HOLDERS)
_DEEPEST = 40


def is_thought(part: Mapping[str, Any]) -> bool:
    """Whether a part of a content says of itself that it is reasoning."""
    kind = part.get("type")
    return isinstance(kind, str) and kind.startswith(_THOUGHTS)


def texts_in(value: Any, *, is_text: bool = False, depth: int = 0) -> list[str]:
    """The texts of a value that may be some of an answer, by the names under which they stand.

    Args:
        is_text: whether the value stands under a name of texts.
    """
    if isinstance(value, str):
        return [value] if is_text and value else []
    if isinstance(value, Mapping):
        if depth > _DEEPEST or is_thought(value):
            return []
        return [text for name, inner in value.items() for text in _texts_under(name, inner, is_text, depth + 1)]
    if isinstance(value, list) and depth <= _DEEPEST:
        return [text for inner in value for text in texts_in(inner, is_text=is_text, depth=depth + 1)]
    return []


def _texts_under(name: str, value: Any, is_text: bool, depth: int) -> list[str]:
    name = name.lower()
    # What vendors add of their own begins with `x_` or ends in `_metadata` everywhere.
    if name in _COMPANIONS or name.startswith("x_") or name.endswith("_metadata"):
        return []
    if isinstance(value, int | float):
        return [str(value)] if name in _TEXTS and not isinstance(value, bool) else []
    if name in _TEXTS_OR_OBJECTS:
        return texts_in(value, is_text=not isinstance(value, Mapping), depth=depth)
    # A message that is a text is a notice's; what else stands under an unknown name is as what holds it.
    return texts_in(value, is_text=is_text or name in _TEXTS, depth=depth)


def unread_texts(event: Mapping[str, Any], read: tuple[str, ...]) -> list[str]:
    """The texts of a reply or an event that are no part of any that was read.

    Args:
        read: content and reasoning, and what stands in places that only repeat them.
    """
    return [text for text in texts_in(_without_other_choices(event)) if not any(text in known for known in read)]


def _without_other_choices(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event without choices beside the first, where each has a place of its own: they are answers by themselves."""
    choices = event.get("choices")
    if not isinstance(choices, list) or len(choices) < 2:
        return event
    indexes = [choice.get("index") for choice in choices if isinstance(choice, Mapping)]
    if len(set(map(repr, indexes))) < len(indexes):
        return event
    first = min(
        (choice for choice in choices if isinstance(choice, Mapping)),
        key=lambda choice: choice["index"] if type(choice.get("index")) is int else 0,
        default=None,
    )
    return {**event, "choices": [first]}


def gives_two_values(data: bytes) -> bool:
    """Whether one of the names that hold the answer stands twice in an object: readers lose the first of both."""
    if max(map(data.count, _QUOTED_HOLDERS)) < 2:
        return False
    try:
        json.loads(data, object_pairs_hook=_checked_pairs, strict=False)
    except _TwoValues:
        return True
    except (ValueError, RecursionError):
        return False
    return False


class _TwoValues(Exception):
    """A name has two values."""


def _checked_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in _HOLDERS and name in members and members[name] != value:
            raise _TwoValues
        members[name] = value
    return members
