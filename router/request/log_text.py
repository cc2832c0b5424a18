"""A request as the log keeps it: without a picture's bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from router.ports.log_records import TURN_MARK
from router.request.call import Call
from router.request.messages import parts_in, texts_in
from router.request.recordings import Recording
from router.types import Message, TaskConfig, ToolCall


def log_content(call: Call) -> str:
    """The messages and parameters as JSON for the log, with every picture replaced by its hash and size."""
    if call.recording is not None:
        return _recording_content(call, call.recording)
    document = {
        "messages": [_without_pictures(message) for message in call.messages],
        "parameters": dict(call.parameters),
        "response_format": call.response_format,
        **_tool_options(call),
        "targets": [str(target) for target in call.targets] if call.targets else None,
        "config": {name: getattr(call.config, name) for name in TaskConfig.__dataclass_fields__},
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def calls_json(calls: Sequence[ToolCall]) -> str | None:
    """An answer's tool calls as a JSON list for the log: id, name and arguments of each; None where there are none."""
    if not calls:
        return None
    # Not by orjson: a model may write a whole number of more than 64 bits.
    return json.dumps([{"id": call.id, "name": call.name, "arguments": call.arguments} for call in calls])


def prompt_text(call: Call) -> str:
    """What a person asked last, then a `TURN_MARK` and the other texts, the latest first; what tools gave behind all.

    Where nobody asked, as in a conversation of instructions alone, its latest message stands first.
    """
    if call.recording is not None:
        return _recording_words(call.recording)
    turns = [message for message in reversed(call.messages) if message["role"] != "tool"]
    answered = [message for message in reversed(call.messages) if message["role"] == "tool"]
    asked = next((place for place, message in enumerate(turns) if message["role"] == "user"), 0)
    latest, others = turns[asked : asked + 1], [*turns[:asked], *turns[asked + 1 :], *answered]
    texts = (_joined_texts(messages) for messages in (latest, others))
    return TURN_MARK.join(filter(None, texts))


def _joined_texts(messages: Sequence[Message]) -> str:
    return "\n".join(text for message in messages for text in texts_in(message))


def _tool_options(call: Call) -> dict[str, Any]:
    """What was asked of tools; nothing where there are none, as in most requests."""
    if not call.tools:
        return {}
    choice, parallel = call.tool_choice, call.parallel_tool_calls
    return {"tools": call.tools, "tool_choice": choice, "parallel_tool_calls": parallel}


def _recording_content(call: Call, recording: Recording) -> str:
    """What is kept of a recording: what it was, and not a sound of it."""
    fields = ("format", "seconds", "sha256")
    facts = {"bytes": len(recording.data), **{name: getattr(recording, name) for name in fields}}
    targets = [str(target) for target in call.targets] if call.targets else None
    document = {"messages": [], "recording": facts, "language": call.language, "targets": targets}
    return orjson.dumps(document).decode()


def _recording_words(recording: Recording) -> str:
    """What stands in lists in a prompt's place."""
    length = "" if recording.seconds is None else f" of {recording.seconds:.1f} s"
    return f"A recording{length} ({recording.format}, {len(recording.data):,} bytes)"


def _without_pictures(message: Message) -> dict[str, Any]:
    content: Any = message["content"]
    if not isinstance(content, str):
        content = [_without_picture(part) for part in parts_in(message)]
    return {**message, "content": content}


def _without_picture(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    url = part["image_url"]["url"]
    digest = part.get("sha256") or hashlib.sha256(url.encode()).hexdigest()
    return {"type": "image", "sha256": digest, "bytes": len(url), "thumbnail": part.get("thumbnail")}
