"""A conversation as one wire takes it: every message built anew from what that wire knows, and nothing else.

Groq refuses a whole request over a field that it does not know, and clients send many: so no message of a caller's goes
out as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.providers.kept_turns import KeptTurn
from router.table.dialects import Dialect
from router.types import Message

_OF_AN_IMAGE = ("url", "detail")
"""What both providers know of a picture."""


@dataclass(frozen=True, slots=True)
class HistoryStyle:
    """How one target has its history.

    Attributes:
        kept: the turns that this target is given its own reasoning of, by the id of the turn's first call.
        one_at_a_time: whether a turn with several calls is written as several turns with one.
    """

    dialect: Dialect
    kept: Mapping[str, KeptTurn] = field(default_factory=dict)
    one_at_a_time: bool = False


def written_messages(messages: tuple[Message, ...], style: HistoryStyle) -> list[Message]:
    """The messages as they go out."""
    written: list[Message] = []
    position = 0
    while position < len(messages):
        message = messages[position]
        position += 1
        if "tool_calls" not in message:
            written.append(_plain_message(message))
            continue
        results = []
        while position < len(messages) and messages[position]["role"] == "tool":
            results.append(messages[position])
            position += 1
        written += _calling_turn(message, results, style)
    return written


def _plain_message(message: Message) -> dict[str, Any]:
    role = "system" if message["role"] == "developer" else message["role"]
    content = message["content"]
    return {"role": role, "content": content if isinstance(content, str) else [_part(part) for part in content]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    image = part["image_url"]
    return {"type": "image_url", "image_url": {name: image[name] for name in _OF_AN_IMAGE if name in image}}


# --- a turn in which tools are called --------------------------------------------------------------------------------


def _calling_turn(message: Message, results: list[Message], style: HistoryStyle) -> list[Message]:
    """An assistant's calls with their results right behind them, and behind those the pictures that came with them."""
    calls = message["tool_calls"]
    turn = style.kept.get(calls[0]["id"])
    ids = _wire_ids(turn)
    by_id = {result["tool_call_id"]: result for result in results}
    groups = [[call] for call in calls] if style.one_at_a_time else [list(calls)]
    written: list[Message] = []
    for group in groups:
        # What belongs to the turn as a whole stands in it once.
        first = group is groups[0]
        written.append(_assistant(message, group, ids, first=first) | (_reasoning(turn, style) if first else {}))
        ordered = [by_id[call["id"]] for call in group] if style.one_at_a_time else results
        written += [_tool_result(result, ids) for result in ordered]
    pictures = [part for result in results for part in _pictures(result)]
    return [*written, {"role": "user", "content": pictures}] if pictures else written


def _wire_ids(turn: KeptTurn | None) -> Mapping[str, str]:
    """The provider's own ids, where its encrypted reasoning points to a call by its id; else ours stay."""
    if turn is None or not turn.details:
        return {}
    pointed = {detail.get("id") for detail in turn.details}
    return turn.wire_ids if pointed & set(turn.wire_ids.values()) else {}


def _assistant(message: Message, calls: list[Any], ids: Mapping[str, str], *, first: bool) -> dict[str, Any]:
    content = _plain_message(message)["content"] if first else ""
    return {
        "role": "assistant",
        # Some hosts refuse an empty text, and all take null beside calls.
        "content": content or None,
        "tool_calls": [{**call, "id": ids.get(call["id"], call["id"])} for call in calls],
    }


def _reasoning(turn: KeptTurn | None, style: HistoryStyle) -> dict[str, Any]:
    """The reasoning that led to the calls, for the model that it is of."""
    name = style.dialect.returned_reasoning
    if turn is None or name is None:
        return {}
    if name == "reasoning_details":
        # As it came, to the last field: some of it is signed.
        return {} if turn.details is None else {name: list(turn.details)}
    return {name: turn.reasoning} if turn.reasoning else {}


def _tool_result(result: Message, ids: Mapping[str, str]) -> dict[str, Any]:
    id = result["tool_call_id"]
    content = result["content"]
    # A text is what every host takes; parts are flattened by many and refused by some.
    text = content if isinstance(content, str) else "\n".join(part["text"] for part in content if "text" in part)
    return {"role": "tool", "tool_call_id": ids.get(id, id), "content": text}


def _pictures(result: Message) -> Iterator[dict[str, Any]]:
    """A tool's pictures: no host takes them in its turn for certain, and all take them in a user's."""
    content = result["content"]
    return (_part(part) for part in content if not isinstance(content, str) and part["type"] == "image_url")
