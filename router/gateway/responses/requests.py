"""A Responses request as the chat request that asks the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from router.api import DualModelRouter
from router.gateway.bodies import GatewayCall, OnRestart
from router.gateway.chat_requests import read_chat_call
from router.gateway.errors import GatewayError, bad_request

Json: TypeAlias = Mapping[str, Any]
"""A JSON object as it was read."""

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
    "previous_response_id": "Responses are not stored here; send the whole conversation in `input` (`store: false`).",
    "conversation": "Conversations are not stored here; send the whole conversation in `input`.",
    "prompt": "Stored prompts are not served; send the text in `instructions` and `input`.",
    "background": "Responses are not stored here, so none can be made in the background; wait for it, or stream it.",
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
    call = read_chat_call(chat_request(body), router, app)
    if call.on_restart is OnRestart.MARK:
        raise _refused("router.on_restart", "mark is for chat completions; no client of this API takes text back.")
    return ResponsesCall(**{part.name: getattr(call, part.name) for part in fields(call)}, body=body)


def chat_request(body: Json) -> dict[str, Any]:
    """The chat completion that a Responses request asks for.

    Raises:
        GatewayError: 400 that names the field that has no place in a stateless service, or that is malformed.
    """
    for name, advice in _STATEFUL.items():
        if body.get(name):
            raise _refused(name, advice)
    request = {name: body[name] for name in _HANDED_ON if body.get(name) is not None}
    request["messages"] = [*_instructions(body.get("instructions")), *_read_input(body.get("input"))]
    if body.get("max_output_tokens") is not None:
        request["max_tokens"] = body["max_output_tokens"]
    if (effort := _object("reasoning", body.get("reasoning")).get("effort")) is not None:
        request["reasoning_effort"] = effort
    if (response_format := _response_format(body.get("text"))) is not None:
        request["response_format"] = response_format
    return request | _tool_fields(body)


def _refused(where: str, advice: str) -> GatewayError:
    return bad_request(f"{where}: {advice}", param=where)


def _object(where: str, value: object) -> Json:
    """A field that holds an object or nothing."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refused(where, "has to be an object.")
    return value


def _list(where: str, value: object) -> list[Any]:
    """A field that holds a list or nothing."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _refused(where, "has to be a list.")
    return value


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refused(where, "has to be a text.")
    return value


# --- the conversation ------------------------------------------------------------------------------------------------


def _instructions(value: object) -> list[Json]:
    return [] if value is None else [{"role": "system", "content": _text("instructions", value)}]


def _read_input(value: object) -> list[Json]:
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if not isinstance(value, list) or not value:
        raise _refused("input", "has to be a text, or a list of items with at least one in it.")
    conversation = _Conversation()
    for index, item in enumerate(value):
        where = f"input[{index}]"
        if item is None:
            raise _refused(where, "has to be an object.")
        kind = _text(f"{where}.type", _object(where, item).get("type", "message"))
        if kind not in _ITEMS:
            raise _refused(where, f"An item of type {kind!r} is not served; {', '.join(_ITEMS)} are.")
        _ITEMS[kind](conversation, where, item)
    return conversation.messages()


@dataclass
class _Conversation:
    """Chat messages as items come in: system texts go to the start, an assistant's text and calls into one turn.

    Attributes:
        pictures: those in tools' results; tool messages hold text alone, so a user's message brings them right after.
    """

    head: list[dict[str, Any]] = field(default_factory=list)
    body: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[Json] = field(default_factory=list)

    def messages(self) -> list[Json]:
        self._show_pictures()
        return [*self.head, *self.body]

    def add_message(self, where: str, item: Json) -> None:
        role = _text(f"{where}.role", item.get("role"))
        content = _read_content(f"{where}.content", item.get("content"))
        if role in ("system", "developer"):
            self.head.append({"role": "system", "content": content})
        elif role in ("user", "assistant"):
            self._show_pictures()
            self.body.append({"role": role, "content": content})
        else:
            raise _refused(f"{where}.role", "has to be user, assistant, system or developer.")

    def add_call(self, where: str, item: Json) -> None:
        self._show_pictures()
        called = {name: _text(f"{where}.{name}", item.get(name)) for name in ("name", "arguments")}
        call = {"id": _text(f"{where}.call_id", item.get("call_id")), "type": "function", "function": called}
        if not self.body or self.body[-1]["role"] != "assistant":
            self.body.append({"role": "assistant", "content": None})
        self.body[-1].setdefault("tool_calls", []).append(call)

    def add_result(self, where: str, item: Json) -> None:
        content = _read_content(f"{where}.output", item.get("output"))
        if not isinstance(content, str):
            self.pictures += [part for part in content if part["type"] == "image_url"]
            content = "\n".join(part["text"] for part in content if part["type"] == "text") or "(a picture)"
        call_id = _text(f"{where}.call_id", item.get("call_id"))
        self.body.append({"role": "tool", "tool_call_id": call_id, "content": content})

    def drop_item(self, where: str, item: Json) -> None:
        """What another model thought says nothing to the next one."""

    def refuse_reference(self, where: str, item: Json) -> None:
        raise _refused(
            where, "Items are not stored here; send the item itself. The AI SDK does so with `store: false`."
        )

    def _show_pictures(self) -> None:
        if self.pictures:
            self.body.append({"role": "user", "content": self.pictures})
            self.pictures = []


_ITEMS: Mapping[str, Callable[[_Conversation, str, Json], None]] = {
    "message": _Conversation.add_message,
    "function_call": _Conversation.add_call,
    "function_call_output": _Conversation.add_result,
    "reasoning": _Conversation.drop_item,
    "item_reference": _Conversation.refuse_reference,
}

_TEXTS = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}
"""Parts that are text, each with the field that holds it."""


def _read_content(where: str, value: object) -> str | list[Json]:
    """Content as chat has it: one text where there is nothing else in it, as more models take that."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise _refused(where, "has to be a text or a list of parts.")
    parts = [_read_part(f"{where}[{index}]", part) for index, part in enumerate(value)]
    return parts[0]["text"] if len(parts) == 1 and parts[0]["type"] == "text" else parts


def _read_part(where: str, value: object) -> Json:
    part = _object(where, value)
    kind = _text(f"{where}.type", part.get("type"))
    if kind in _TEXTS:
        return {"type": "text", "text": _text(f"{where}.{_TEXTS[kind]}", part.get(_TEXTS[kind]))}
    if kind != "input_image":
        raise _refused(where, f"A part of type {kind!r} is not served; input_text and input_image are.")
    url = part.get("image_url")
    if not isinstance(url, str):
        raise _refused(
            f"{where}.image_url", "has to be the picture's address or a data: URL; no files are stored here."
        )
    detail = {"detail": part["detail"]} if part.get("detail") else {}
    return {"type": "image_url", "image_url": {"url": url, **detail}}


# --- the answer's form -----------------------------------------------------------------------------------------------


def _response_format(text: object) -> Json | None:
    wanted = _object("text.format", _object("text", text).get("format"))
    kind = wanted.get("type")
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return {"type": kind}
    if kind != "json_schema":
        raise _refused("text.format.type", "has to be text, json_object or json_schema.")
    named = {name: wanted[name] for name in ("name", "description", "schema", "strict") if wanted.get(name) is not None}
    return {"type": kind, "json_schema": named}


# --- tools -----------------------------------------------------------------------------------------------------------


def _tool_fields(body: Json) -> dict[str, Any]:
    """`tools` and `tool_choice` as chat has them; tools that OpenAI itself would run are left out."""
    tools = list(_function_tools(_list("tools", body.get("tools"))))
    choice, names = _tool_choice(body.get("tool_choice"))
    if names is not None:
        tools = [tool for tool in tools if tool["function"]["name"] in names]
    if not tools:
        if choice in (None, "auto", "none"):
            return {}
        raise _refused("tool_choice", "asks for a tool, and there is no function among the tools.")
    return {"tools": tools} if choice is None else {"tools": tools, "tool_choice": choice}


def _function_tools(tools: Sequence[object]) -> Iterator[Json]:
    for index, value in enumerate(tools):
        tool = _object(f"tools[{index}]", value)
        if tool.get("type") == "function":
            function = {"name": _text(f"tools[{index}].name", tool.get("name"))}
            more = {name: tool[name] for name in ("description", "parameters", "strict") if tool.get(name) is not None}
            yield {"type": "function", "function": function | more}


def _tool_choice(value: object) -> tuple[Any, set[str] | None]:
    """The choice as chat has it, and the tools that it leaves, where it names some."""
    if value is None or isinstance(value, str):
        return value, None
    choice = _object("tool_choice", value)
    if choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}, None
    if choice.get("type") == "allowed_tools":
        allowed = [_object("tool_choice.tools", tool) for tool in _list("tool_choice.tools", choice.get("tools"))]
        return choice.get("mode", "auto"), {str(tool.get("name")) for tool in allowed}
    raise _refused("tool_choice", f"A tool of type {choice.get('type')!r} is not served; functions are.")
