"""The turns of a conversation in which tools are called and answer: checked, in order, and under ids of our own.

Every provider has rules of its own for a call's id: Mistral's models take nine letters and digits and nothing else,
OpenAI's forty characters at the most. So calls go out under ids of nine letters and digits, whoever made them first: a
conversation may then go on at any provider.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from router.json_answers.plain import plain_text
from router.request.parameters import short_form
from router.request.tools import checked_name
from router.types import Message, ToolCall

_OWN_ID = re.compile(r"[A-Za-z0-9]{9}")
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LONGEST_ID = 1_000  # characters: a longer one names nothing
_CALL = '{"id": …, "type": "function", "function": {"name": …, "arguments": "{…}"}}'


def checked_calls(where: str, calls: object) -> list[dict[str, Any]]:
    """An assistant's calls as they are sent on, still under the ids that they came with.

    Raises:
        ValueError: names the place of what is wrong.
    """
    if isinstance(calls, str | bytes | Mapping) or not isinstance(calls, Sequence):
        raise ValueError(f"{where} is {short_form(calls)}; it is a list of {_CALL}")
    checked = [_call(f"{where}[{index}]", call) for index, call in enumerate(calls)]
    ids: set[str] = set()
    for index, call in enumerate(checked):
        if call["id"] in ids:
            raise ValueError(f"{where}[{index}].id is {call['id']!r}, as that of another call of the same turn")
        ids.add(call["id"])
    return checked


def checked_id(where: str, id: object) -> str:
    """A call's id, whoever made it.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(id, str) or not 0 < len(id) <= _LONGEST_ID:
        raise ValueError(f"{where} is {short_form(id)}; it has to be the id of a tool call")
    return plain_text(where, id)


def _call(where: str, call: object) -> dict[str, Any]:
    if isinstance(call, ToolCall):
        call = call.as_message()
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise ValueError(f"{where} is {short_form(call)}; a call is {_CALL}")
    return {
        "id": checked_id(f"{where}.id", call.get("id")),
        "type": "function",
        "function": {
            "name": checked_name(f"{where}.function.name", function.get("name")),
            "arguments": object_text(function.get("arguments")),
        },
    }


def object_text(arguments: object) -> str:
    """A call's arguments as the text of one JSON object; `{}` where they are none.

    Several hosts refuse a whole conversation over arguments in its history that are no JSON, and a model may once have
    written some: what it called with then decides nothing any more.
    """
    if isinstance(arguments, str | bytes):
        try:
            arguments = orjson.loads(arguments)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            return "{}"
    try:
        return orjson.dumps(arguments).decode() if isinstance(arguments, Mapping) else "{}"
    except TypeError:
        return "{}"


def in_order(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with every call answered before anything else is said, and under ids of our own.

    Raises:
        ValueError: a call without its result, or a result without its call.
    """
    ordered: list[Message] = []
    used: set[str] = set()
    open_ids: dict[str, str] = {}  # the ids of the turn that is not fully answered, with those of our own
    caller = ""
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            id = message["tool_call_id"]
            if id not in open_ids:
                raise ValueError(
                    f"messages[{index}].tool_call_id is {id!r}, which answers no call of the assistant's turn before it"
                )
            ordered.append({**message, "tool_call_id": open_ids.pop(id)})
            continue
        _check_answered(open_ids, caller)
        if "tool_calls" in message:
            caller = f"messages[{index}]"
            open_ids = {call["id"]: _own_id(call["id"], used) for call in message["tool_calls"]}
            calls = [{**call, "id": open_ids[call["id"]]} for call in message["tool_calls"]]
            message = {**message, "tool_calls": calls}
        ordered.append(message)
    _check_answered(open_ids, caller)
    return tuple(ordered)


def _check_answered(open_ids: Mapping[str, str], caller: str) -> None:
    if open_ids:
        missing = ", ".join(map(repr, open_ids))
        raise ValueError(
            f"{caller}.tool_calls are not all answered: right behind them a message with role tool is missing for "
            f"{missing}"
        )


def _own_id(id: str, used: set[str]) -> str:
    """Nine letters and digits for a call: its own id where that is such a one, else always the same for the same id.

    Some clients number the calls of each turn anew: what was used in an earlier turn is given another id.
    """
    fitting_id = id if _OWN_ID.fullmatch(id) else _short_id(id)
    count = 0
    while fitting_id in used:
        count += 1
        fitting_id = _short_id(f"{id} {count}")
    used.add(fitting_id)
    return fitting_id


def _short_id(id: str) -> str:
    number = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8])
    return "".join(_SIGNS[number // 62**place % 62] for place in range(9))
