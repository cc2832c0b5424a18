"""Faults of tool calls inside a 200: in pieces that are odd, with arguments that are, under a wrong end, or as text.

Where no tools were offered, or the model calls none, a reply is as ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from router.simulator.faults.scene import Scene
from router.simulator.wire.script import Script, Step, event, json_reply
from router.simulator.wire.wires import ModelCall, pieces

_Deltas = list[list[dict[str, Any]]]


def tool_deltas(
    scene: Scene,
    *,
    variant: Literal[
        "no_index",
        "one_based",
        "zero_for_all",
        "index_moves",
        "no_id",
        "empty_id",
        "same_id",
        "repeated_names",
        "whole_repeated",
        "blanks_behind",
        "object_arguments",
        "all_in_one",
        "new_id_each",
        "function_call",
    ] = "no_index",
) -> Script:
    """Calls in a stream in pieces of an odd kind; a plain reply is as ever."""
    if not (scene.stream and scene.answer.calls):
        return scene.reply()
    calls = scene.answer.calls[:1] if variant == "function_call" else scene.answer.calls
    deltas = [_odd_deltas(scene, call, variant) for call in calls]
    entries = (
        [[entry for call in deltas for entry in call]]
        if variant == "all_in_one"
        else [[entry] for call in deltas for entry in call]
    )
    return _with_deltas(scene, entries, name="function_call" if variant == "function_call" else "tool_calls")


def _odd_deltas(scene: Scene, call: ModelCall, variant: str) -> list[dict[str, Any]]:
    """The pieces of one call."""
    id = scene.wire.call_id(scene.answer, call)
    if variant == "function_call":
        return [{"name": call.name, "arguments": ""}, *({"arguments": piece} for piece in pieces(call.arguments))]
    if variant in ("object_arguments", "all_in_one"):
        arguments: Any = json.loads(call.arguments) if variant == "object_arguments" else call.arguments
        return [_entry(call.number, id, call.name, arguments)]
    repeats = variant == "repeated_names"
    entries = [_entry(call.number, id, call.name, "")]
    entries += [_entry(call.number, id if repeats else None, call.name if repeats else None, piece)
                for piece in pieces(call.arguments)]  # fmt: skip
    further = {"whole_repeated": [call.arguments], "blanks_behind": [" ", "\n\n"]}
    entries += [_entry(call.number, None, None, piece) for piece in further.get(variant, ())]
    return [_changed(entry, place, variant) for place, entry in enumerate(entries)]


def _entry(index: int, id: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    head = {} if id is None else {"id": id, "type": "function"}
    return {"index": index, **head, "function": function}


_CHANGES: Mapping[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "no_index": lambda entry, place: {name: value for name, value in entry.items() if name != "index"},
    "one_based": lambda entry, place: {**entry, "index": entry["index"] + 1},
    "zero_for_all": lambda entry, place: {**entry, "index": 0},
    "index_moves": lambda entry, place: {**entry, "index": entry["index"] + (1 if place else 0)},
    "no_id": lambda entry, place: {name: value for name, value in entry.items() if name != "id"},
    "empty_id": lambda entry, place: {**entry, "id": ""},
    "same_id": lambda entry, place: {**entry, **({"id": "call_0"} if "id" in entry else {})},
    "new_id_each": lambda entry, place: {**entry, "id": f"call_{entry['index']}_{place}"},
}


def _changed(entry: dict[str, Any], place: int, variant: str) -> dict[str, Any]:
    change = _CHANGES.get(variant)
    return entry if change is None else change(entry, place)


def _with_deltas(scene: Scene, entries: _Deltas, *, name: str = "tool_calls") -> Script:
    """The stream without its own calls, with these in their place."""
    script: list[Step] = list(scene.reply(replace(scene.answer, calls=())))
    at = len(script) - 1 - len(scene.wire.ending(scene.answer))
    deltas = [{name: entry if name == "tool_calls" else entry[0]} for entry in entries]
    chunks = [event(scene.wire.chunk(scene.answer, delta), text=True) for delta in deltas]
    return [*script[:at], *chunks, *script[at:]]


def tool_arguments(
    scene: Scene,
    *,
    variant: Literal[
        "empty",
        "missing",
        "null",
        "double_encoded",
        "fields_encoded",
        "numbers_as_text",
        "trailing_comma",
        "truncated",
        "invalid",
        "wrong_schema",
        "no_object",
    ] = "double_encoded",
) -> Script:
    """A call whose arguments are written oddly, or are broken."""
    if not scene.answer.calls:
        return scene.reply()
    calls = tuple(replace(call, arguments=_odd_arguments(call.arguments, variant)) for call in scene.answer.calls)
    odd = replace(scene.answer, calls=calls)
    if variant not in ("missing", "null"):
        return scene.reply(odd)
    if scene.stream:
        entries = [[_without_arguments(_entry(call.number, f"call_{call.number}", call.name, None), variant)]
                   for call in calls]  # fmt: skip
        return _with_deltas(scene, entries)
    document = scene.wire.completion(odd)
    message = document["choices"][0]["message"]
    message["tool_calls"] = [_without_arguments(call, variant) for call in message["tool_calls"]]
    return json_reply(document)


def _without_arguments(call: dict[str, Any], variant: str) -> dict[str, Any]:
    name = {"name": call["function"]["name"]}
    return {**call, "function": name if variant == "missing" else {**name, "arguments": None}}


def _odd_arguments(text: str, variant: str) -> str:
    value = json.loads(text)
    ways: Mapping[str, Callable[[], str]] = {
        "empty": lambda: "",
        "double_encoded": lambda: json.dumps(text),
        "fields_encoded": lambda: json.dumps({name: _encoded(inner, (list, dict)) for name, inner in value.items()}),
        "numbers_as_text": lambda: json.dumps({name: _encoded(inner, (int, float)) for name, inner in value.items()}),
        "trailing_comma": lambda: f"{text[:-1]},}}",
        "truncated": lambda: text[: max(1, len(text) // 2)],
        "invalid": lambda: f"{text[:-1]} and so on",
        "wrong_schema": lambda: '{"unexpected": true}',
        "no_object": lambda: "[1, 2]",
    }
    return ways.get(variant, lambda: text)()


def _encoded(value: Any, kinds: tuple[type, ...]) -> Any:
    return json.dumps(value) if isinstance(value, kinds) else value


def tool_finish(
    scene: Scene, *, variant: Literal["stop", "none", "other", "length", "no_calls", "malformed"] = "stop"
) -> Script:
    """A call under another finish reason than `tool_calls`; or that reason, or a failed one, without any call."""
    answer = scene.answer
    if not answer.calls:
        return scene.reply()
    if variant == "no_calls":
        return scene.reply(replace(answer, calls=(), text="", finish_reason="tool_calls"))
    if variant == "malformed":
        return scene.reply(replace(answer, calls=(), text="", finish_reason="MALFORMED_FUNCTION_CALL"))
    return scene.reply(replace(answer, finish_reason=None if variant == "none" else variant))


def wrong_tool(scene: Scene, *, tool: str = "a_tool_of_its_own") -> Script:
    """A call of a tool that was not offered."""
    calls = tuple(replace(call, name=tool) for call in scene.answer.calls)
    return scene.reply(replace(scene.answer, calls=calls))


def no_tool_call(scene: Scene, *, text: str = "I would rather say it in words.") -> Script:
    """Words in place of a call, also where a call was demanded."""
    if not scene.tools:
        return scene.reply()
    return scene.reply(replace(scene.answer, calls=(), text=text, finish_reason="stop"))


def two_tool_calls(scene: Scene) -> Script:
    """The same call twice, though one at a time was asked for."""
    calls = tuple(replace(scene.answer.calls[0], number=number) for number in range(2)) if scene.answer.calls else ()
    return scene.reply(replace(scene.answer, calls=calls))


WRITTEN: Mapping[str, Callable[[str, dict[str, Any]], str]] = {
    "hermes": lambda name, arguments: f"<tool_call>\n{_object(name, arguments)}\n</tool_call>",
    "glm": lambda name, arguments: f"<tool_call>{name}\n{_pairs(arguments)}</tool_call>",
    "qwen_coder": lambda name, arguments: (
        f"<tool_call>\n<function={name}>\n{_parameters(arguments)}</function>\n</tool_call>"
    ),
    "minimax": lambda name, arguments: (
        f'<minimax:tool_call>\n<invoke name="{name}">\n{_invoked(arguments)}</invoke>\n</minimax:tool_call>'
    ),
    "kimi": lambda name, arguments: (
        f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0<|tool_call_argument_begin|>"
        f"{json.dumps(arguments)}<|tool_call_end|><|tool_calls_section_end|>"
    ),
    "function": lambda name, arguments: f"<function={name}>{json.dumps(arguments)}</function>",
    "function_open": lambda name, arguments: f"<function={name}{json.dumps(arguments)}</function>",
    "function_dashes": lambda name, arguments: f"<function={name}{json.dumps(arguments)},-----",
    "function_close": lambda name, arguments: f"{name}{json.dumps(arguments)}</function>",
    "bare": lambda name, arguments: _object(name, arguments),
    "fenced": lambda name, arguments: f"```json\n{_object(name, arguments)}\n```",
    "fenced_list": lambda name, arguments: f'```{{"tool_calls": [{_object(name, arguments)}]}}```',
}
"""The forms in which models write calls out, each for a name and arguments."""


def _object(name: str, arguments: dict[str, Any]) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def _pairs(arguments: dict[str, Any]) -> str:
    return "".join(f"<arg_key>{name}</arg_key>\n<arg_value>{_plain(value)}</arg_value>\n"
                   for name, value in arguments.items())  # fmt: skip


def _parameters(arguments: dict[str, Any]) -> str:
    return "".join(f"<parameter={name}>\n{_plain(value)}\n</parameter>\n" for name, value in arguments.items())


def _invoked(arguments: dict[str, Any]) -> str:
    return "".join(f'<parameter name="{name}">{_plain(value)}</parameter>\n' for name, value in arguments.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def tool_in_text(
    scene: Scene,
    *,
    variant: Literal["hermes", "glm", "qwen_coder", "minimax", "kimi", "function", "bare", "fenced"] = "hermes",
    before: str = "",
) -> Script:
    """A call that is written as text, with other words before it where some are given."""
    call = scene.call
    if call is None:
        return scene.reply()
    text = WRITTEN[variant](call.name, json.loads(call.arguments))
    return scene.reply(replace(scene.answer, calls=(), text=before + text, finish_reason="stop"))


def text_before_call(scene: Scene, *, text: str = "Let me look that up.") -> Script:
    """Words ahead of a call."""
    return scene.reply(replace(scene.answer, text=text)) if scene.answer.calls else scene.reply()
