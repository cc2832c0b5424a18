"""A Responses request as the chat request that asks the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from router.api import DualModelRouter
from router.gateway.bodies import GatewayCall, OnRestart
from router.gateway.chat.requests import read_chat_call
from router.gateway.errors import GatewayError
from router.gateway.field_names import ROUTER_FIELDS, FieldNames, renamed_error
from router.gateway.responses.conversation import Conversation, read_input
from router.gateway.responses.fields import Json, list_in, object_in, refused_field, text_in
from router.request.parameters import short_form

_HANDED_ON = (
    "frequency_penalty",
    "model",
    "parallel_tool_calls",
    "presence_penalty",
    "router",
    "seed",
    "stop",
    "stream",
    "temperature",
    "top_p",
    "user",
)
"""Fields that mean the same in both requests; what is no field of either is ignored, like `store` and `metadata`."""

_STATEFUL = {
    "previous_response_id": "needs stored responses, and none are stored here; send the whole conversation in `input`.",
    "conversation": "needs stored conversations, and none are stored here; send the whole of it in `input`.",
    "prompt": "needs stored prompts, and none are stored here; send the text in `instructions` and `input`.",
    "background": "needs stored responses, and none are stored here; wait for the answer, or stream it.",
}
"""What would need something to be kept between requests, with what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesCall(GatewayCall):
    """A request by `/v1/responses`.

    Attributes:
        body: as it came; a response repeats some of it.
    """

    body: Json


def read_responses_call(body: Json, router: DualModelRouter, app: str) -> ResponsesCall:
    """A body's request.

    Args:
        app: whose key it came with.

    Raises:
        GatewayError: it cannot be used: 400, or 404 where there is no such model.
        ValueError: flags that contradict each other.
    """
    translated = chat_request(body)
    try:
        call = read_chat_call(translated.body, router, app)
    except GatewayError as error:
        raise renamed_error(error, translated.names) from None
    if call.on_restart is OnRestart.MARK:
        raise refused_field("router.on_restart", "cannot be mark here: no client of this API takes text back.")
    parts = {part.name: getattr(call, part.name) for part in fields(call)}
    return ResponsesCall(**{**parts, "names": translated.names}, body=body)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The chat completion that a Responses request asks for.

    Attributes:
        body: its body.
        names: its fields as the caller wrote them.
    """

    body: dict[str, Any]
    names: FieldNames


_NAMES: FieldNames = {
    **ROUTER_FIELDS,
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "response_format": "text.format",
    "response_format.json_schema": "text.format",
    "tool_choice.allowed_tools": "tool_choice",
    "tool_choice.function": "tool_choice",
}


def chat_request(body: Json) -> ChatRequest:
    """The chat completion that a Responses request asks for.

    Raises:
        GatewayError: 400 that names the field that has no place in a stateless service, or that is malformed.
    """
    for name, advice in _STATEFUL.items():
        if body.get(name):
            raise refused_field(name, advice)
    request = {name: body[name] for name in _HANDED_ON if body.get(name) is not None}
    conversation = Conversation()
    if body.get("instructions") is not None:
        conversation.add_system("instructions", text_in("instructions", body["instructions"]))
    read_input(body.get("input"), conversation)
    request["messages"] = conversation.messages()
    if body.get("max_output_tokens") is not None:
        request["max_tokens"] = body["max_output_tokens"]
    if (effort := object_in("reasoning", body.get("reasoning")).get("effort")) is not None:
        request["reasoning_effort"] = effort
    if (response_format := _response_format(body.get("text"))) is not None:
        request["response_format"] = response_format
    tools, tool_names = _tool_fields(body)
    return ChatRequest({**request, **tools}, {**_NAMES, **conversation.names(), **tool_names})


# --- the answer's form -----------------------------------------------------------------------------------------------


def _response_format(text: object) -> Json | None:
    text_format = object_in("text.format", object_in("text", text).get("format"))
    kind = text_format.get("type")
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return {"type": kind}
    if kind != "json_schema":
        raise refused_field("text.format.type", "has to be text, json_object or json_schema.")
    if not isinstance(text_format.get("schema"), dict):
        raise refused_field("text.format.schema", "has to be a JSON schema, which is an object.")
    named = {
        name: text_format[name]
        for name in ("name", "description", "schema", "strict")
        if text_format.get(name) is not None
    }
    return {"type": kind, "json_schema": named}


# --- tools -----------------------------------------------------------------------------------------------------------


def _tool_fields(body: Json) -> tuple[Json, FieldNames]:
    """`tools` and `tool_choice` as chat has them, and their places as the caller wrote them.

    Tools that OpenAI itself would run are left out.
    """
    tools, names = _function_tools(list_in("tools", body.get("tools")))
    choice = _tool_choice(body.get("tool_choice"))
    if not tools:
        if choice in (None, "auto", "none"):
            return {}, {}
        raise refused_field("tool_choice", "asks for a tool, and there is no function among the tools.")
    return ({"tools": tools} if choice is None else {"tools": tools, "tool_choice": choice}), names


def _function_tools(tools: Sequence[object]) -> tuple[list[Json], FieldNames]:
    functions: list[Json] = []
    names: dict[str, str] = {}
    for index, value in enumerate(tools):
        where = f"tools[{index}]"
        tool = object_in(where, value)
        if text_in(f"{where}.type", tool.get("type")) != "function":
            continue
        names |= {f"tools[{len(functions)}]": where, f"tools[{len(functions)}].function": where}
        if isinstance(tool.get("function"), dict):
            raise refused_field(f"{where}.function", "is for chat completions; here the name stands beside the type.")
        function = {"name": text_in(f"{where}.name", tool.get("name"))}
        more = {name: tool[name] for name in ("description", "parameters", "strict") if tool.get(name) is not None}
        functions.append({"type": "function", "function": function | more})
    return functions, names


def _tool_choice(value: object) -> Any:
    """The choice as chat has it."""
    if value is None or isinstance(value, str):
        return value
    choice = object_in("tool_choice", value)
    if choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if choice.get("type") == "allowed_tools":
        listed = [object_in("tool_choice.tools", tool) for tool in list_in("tool_choice.tools", choice.get("tools"))]
        tools = [{"type": "function", "function": {"name": tool.get("name")}} for tool in listed if _is_function(tool)]
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.get("mode", "auto"), "tools": tools}}
    kind = short_form(choice.get("type"))
    raise refused_field("tool_choice", f"is of type {kind}, which is not served; function and allowed_tools are.")


def _is_function(tool: Json) -> bool:
    """Whether it is a tool of the caller's own; those that OpenAI itself would run are not served."""
    return bool(tool.get("type", "function") == "function")
