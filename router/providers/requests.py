"""Writes a request's body for one target: the caller's own request, laid out as the target's dialect and facts ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from router.providers.dialects import Dialect
from router.request import Call
from router.table.routes import JsonMode, ModelEntry, TaskEntry
from router.types import Message

_STREAMS_ONLY = ("stream", "stream_options")
_LEAST_OUTPUT = 16  # some upstreams refuse less

USEFUL_OUTPUT = 200
"""Tokens: with less room than this, or than the caller wants, a target is not worth a call."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it goes out.

    Attributes:
        body: the JSON document.
        own_limit: whether the output limit in it is ours rather than the caller's.
        mode: the JSON mode it asks for; None where it asks in words alone, or for none.
    """

    body: dict[str, Any]
    own_limit: bool
    mode: JsonMode | None = None

    def encode(self) -> bytes:
        """The body as bytes."""
        return orjson.dumps(self.body)


def write_request(
    call: Call,
    model: str,
    *,
    dialect: Dialect,
    facts: ModelEntry,
    task: TaskEntry,
    free_only: bool,
    stream: bool,
    reask: str | None = None,
    lower: int = 0,
) -> WireRequest:
    """Write `call` for one target, from the caller's own request and the target's facts alone.

    Args:
        reask: the faults of this target's previous answer, where it is asked a second time.
        lower: how many steps below the best JSON mode of the target to ask.
    """
    mode = json_mode(call, facts, lower)
    limit, own_limit = output_limit(call, facts, task)
    body: dict[str, Any] = {"model": model, "messages": _messages(call, mode, reask)}
    body |= dialect.always
    body |= facts.params | facts.effort.get(task.effort, {})
    body |= {name: value for name, value in call.parameters.items() if name != "max_tokens"}
    body[dialect.output_field] = limit
    if mode is not None:
        body["response_format"] = call.response_format if mode == "json_schema" else {"type": "json_object"}
    if mode == "json_schema":
        body = _laid_over(body, dialect.when_strict)
    if free_only:
        body = _laid_over({name: value for name, value in body.items() if name not in dialect.paid}, dialect.when_free)
    # What the table says of a stream goes before the dialect, and is an error where none is asked for.
    streaming = {**dialect.when_streaming, **body, "stream": True}
    body = streaming if stream else {name: value for name, value in body.items() if name not in _STREAMS_ONLY}
    return WireRequest(body, own_limit, mode)


def _laid_over(body: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with `fields`, an object within an object joined rather than replaced."""
    joined = {
        name: {**inner, **value}
        for name, value in fields.items()
        if isinstance(value, dict) and isinstance(inner := body.get(name), dict)
    }
    return {**body, **fields, **joined}


def json_mode(call: Call, facts: ModelEntry, lower: int = 0) -> JsonMode | None:
    """The JSON mode to ask for: a strict schema, else JSON mode, else words and extraction, as the target can.

    Args:
        lower: how many steps below the best.
    """
    if not call.wants_json:
        return None
    asked: tuple[JsonMode, ...] = ("json_schema", "json_object") if call.schema is not None else ("json_object",)
    ladder = [mode for mode in asked if mode in facts.json_modes]
    return ladder[lower] if lower < len(ladder) else None


def output_limit(call: Call, facts: ModelEntry, task: TaskEntry) -> tuple[int, bool]:
    """Tokens of output to ask for, and whether the caller's own limit was cut by one of ours.

    Prompt and reserved output together count against a minute's allowance before the call is made, so what
    is asked for leaves room for the prompt.
    """
    wanted = call.parameters.get("max_tokens")
    ours = [task.output_tokens] if wanted is None else []
    ours += [limit for limit in (facts.output_limit, facts.max_output) if limit is not None]
    if facts.tokens_per_minute is not None:
        # Bytes by three are more tokens than they are likely to be: too much asked for is a certain refusal.
        careful = facts.tokens_per_minute - call.text_bytes // 3 - 800 * call.images - 200
        likely = min(facts.tokens_per_minute - call.prompt_tokens, USEFUL_OUTPUT)
        ours.append(max(careful, likely, _LEAST_OUTPUT))
    if wanted is not None and all(wanted <= limit for limit in ours):
        return wanted, False
    return max(min(ours), 1), True


def _messages(call: Call, mode: JsonMode | None, reask: str | None) -> list[Message]:
    messages: list[Message] = [_plain(message) for message in call.messages]
    if call.wants_json and mode != "json_schema":
        messages.insert(0, {"role": "system", "content": _json_instruction(call)})
    if reask:
        messages.append({"role": "user", "content": reask})
    return messages


def _plain(message: Message) -> Message:
    role = "system" if message["role"] == "developer" else message["role"]
    content = message["content"]
    if isinstance(content, str):
        return {"role": role, "content": content}
    return {"role": role, "content": [_part(part) for part in content]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    return {"type": "image_url", "image_url": dict(part["image_url"])}


def _json_instruction(call: Call) -> str:
    """What a target without strict schemas has to be told in words; JSON mode itself demands the word "json"."""
    if call.schema is None:
        return "Answer with one JSON object and nothing else."
    schema = orjson.dumps(call.schema).decode()
    return f"Answer with one JSON document and nothing else. It has to fit this JSON schema:\n{schema}"
