"""The conversation in `input`, as chat messages that say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.gateway.field_names import FieldNames
from router.gateway.responses.fields import Json, object_in, refused_field, text_in


def read_input(value: object, conversation: Conversation) -> None:
    """Add the items of `input` to a conversation.

    Raises:
        GatewayError: names the item that is malformed, or has no place in a stateless service.
    """
    if isinstance(value, str):
        conversation.body.append(("input", {"role": "user", "content": value}))
        return
    if not isinstance(value, list) or not value:
        raise refused_field("input", "has to be a text, or a list of items with at least one in it.")
    for index, item in enumerate(value):
        where = f"input[{index}]"
        if item is None:
            raise refused_field(where, "has to be an object.")
        kind = text_in(f"{where}.type", object_in(where, item).get("type", "message"))
        if kind not in _ITEMS:
            raise refused_field(where, f"is an item of type {kind}, which is not served; {', '.join(_SERVED)} are.")
        _ITEMS[kind](conversation, where, item)
    conversation.check_answered()


@dataclass
class Conversation:
    """Chat messages as items come in: system texts go to the start, an assistant's text and calls into one turn.

    Attributes:
        head: system messages, each with the place that it was read from; `body` likewise.
        pictures: those in tools' results; tool messages hold text alone, so a user's message brings them right after.
        open_calls: the ids of calls without a result so far, with their places.
        call_places: the places of all calls.
    """

    head: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    body: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pictures: list[Json] = field(default_factory=list)
    open_calls: dict[str, str] = field(default_factory=dict)
    call_places: list[str] = field(default_factory=list)

    def messages(self) -> list[Json]:
        """The messages as chat has them, in order."""
        self._show_pictures()
        return [message for _, message in [*self.head, *self.body]]

    def names(self) -> FieldNames:
        """The places of the messages, as the caller wrote them."""
        names: dict[str, str] = {}
        call_places = iter(self.call_places)
        for index, (where, message) in enumerate([*self.head, *self.body]):
            names[f"messages[{index}]"] = where
            for number, _ in enumerate(message.get("tool_calls", ())):
                call = f"messages[{index}].tool_calls[{number}]"
                place = next(call_places)
                names |= {call: place, f"{call}.function": place, f"{call}.id": f"{place}.call_id"}
            if message["role"] == "tool":
                names |= {f"messages[{index}].content": f"{where}.output"}
                names |= {f"messages[{index}].tool_call_id": f"{where}.call_id"}
        return names

    def add_system(self, where: str, content: str | list[Json]) -> None:
        """Instructions, or what a system or developer said."""
        self.head.append((where, {"role": "system", "content": content}))

    def add_message(self, where: str, item: Json) -> None:
        """What somebody said."""
        role = text_in(f"{where}.role", item.get("role"))
        content = _read_content(f"{where}.content", item.get("content"))
        if role in ("system", "developer"):
            self.add_system(where, content)
        elif role in ("user", "assistant"):
            self.check_answered()
            self._show_pictures()
            self.body.append((where, {"role": role, "content": content}))
        else:
            raise refused_field(f"{where}.role", "has to be user, assistant, system or developer.")

    def add_call(self, where: str, item: Json) -> None:
        """A call of a tool: part of the turn of the assistant."""
        self._show_pictures()
        called = {name: text_in(f"{where}.{name}", item.get(name)) for name in ("name", "arguments")}
        call_id = text_in(f"{where}.call_id", item.get("call_id"))
        if call_id in self.open_calls:
            raise refused_field(f"{where}.call_id", f"is {call_id!r}, as that of another call that has no result yet.")
        self.open_calls[call_id] = where
        self.call_places.append(where)
        if not self.body or self.body[-1][1]["role"] != "assistant":
            self.body.append((where, {"role": "assistant", "content": None}))
        call = {"id": call_id, "type": "function", "function": called}
        self.body[-1][1].setdefault("tool_calls", []).append(call)

    def add_result(self, where: str, item: Json) -> None:
        """What came of a call."""
        content = _read_content(f"{where}.output", item.get("output"))
        if not isinstance(content, str):
            self.pictures += [part for part in content if part["type"] == "image_url"]
            content = "\n".join(part["text"] for part in content if part["type"] == "text") or "(a picture)"
        call_id = text_in(f"{where}.call_id", item.get("call_id"))
        if self.open_calls.pop(call_id, None) is None:
            raise refused_field(f"{where}.call_id", f"is {call_id!r}, which answers no function_call before it.")
        self.body.append((where, {"role": "tool", "tool_call_id": call_id, "content": content}))

    def check_answered(self) -> None:
        """Refuse a call without its result.

        Raises:
            GatewayError: names the call, and what has to follow it.
        """
        for call_id, where in self.open_calls.items():
            raise refused_field(
                where,
                f"is a call without a result; right behind it a function_call_output with call_id {call_id!r} is due.",
            )

    def drop_item(self, where: str, item: Json) -> None:
        """What another model thought says nothing to the next one."""

    def refuse_reference(self, where: str, item: Json) -> None:
        """An item that would have to be stored here."""
        raise refused_field(
            where,
            "points to a stored item, and none is stored here; send the item (the AI SDK: `store: false`).",
        )

    def _show_pictures(self) -> None:
        if self.pictures:
            self.body.append(("input", {"role": "user", "content": self.pictures}))
            self.pictures = []


_ITEMS: Mapping[str, Callable[[Conversation, str, Json], None]] = {
    "message": Conversation.add_message,
    "function_call": Conversation.add_call,
    "function_call_output": Conversation.add_result,
    "reasoning": Conversation.drop_item,
    "item_reference": Conversation.refuse_reference,
}
_SERVED = [kind for kind in _ITEMS if kind != "item_reference"]

_TEXTS = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}
"""Parts that are text, each with the field that holds it."""


def _read_content(where: str, value: object) -> str | list[Json]:
    """Content as chat has it: one text where there is nothing else in it, as more models take that."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise refused_field(where, "has to be a text or a list of parts.")
    parts = [_read_part(f"{where}[{index}]", part) for index, part in enumerate(value)]
    return parts[0]["text"] if len(parts) == 1 and parts[0]["type"] == "text" else parts


def _read_part(where: str, value: object) -> Json:
    part = object_in(where, value)
    kind = text_in(f"{where}.type", part.get("type"))
    if kind in _TEXTS:
        return {"type": "text", "text": text_in(f"{where}.{_TEXTS[kind]}", part.get(_TEXTS[kind]))}
    if kind != "input_image":
        raise refused_field(where, f"is a part of type {kind}, which is not served; input_text and input_image are.")
    url = part.get("image_url")
    if not isinstance(url, str):
        raise refused_field(
            f"{where}.image_url", "has to be the picture's address or a data: URL; no files are stored here."
        )
    detail = {"detail": part["detail"]} if part.get("detail") else {}
    return {"type": "image_url", "image_url": {"url": url, **detail}}
