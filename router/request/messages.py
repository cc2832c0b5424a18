"""A conversation as the router takes it: roles, texts, pictures and tools, each checked with its place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.json_answers.plain import plain_json, plain_text
from router.request.parameters import short_form
from router.request.tool_turns import checked_calls, checked_id, in_order
from router.types import ChoiceMessage, Message
from router.workers import give_way

ROLES = ("system", "developer", "user", "assistant", "tool")
"""Who may speak; a tool's turn is the result of one of the assistant's calls."""

MOST_PIECES = 5_000
"""Messages, parts and tool calls of one conversation, all together: each takes some ten microseconds of the event loop
wherever it is read, and a million of them would stop everybody's answers for a minute. OpenAI takes 2,048 messages."""

_ADDRESSES = ("https://", "http://", "data:image/")


def checked_messages(messages: object) -> tuple[Message, ...]:
    """The messages as copies of what is understood of them.

    Raises:
        ValueError: names the place of what is wrong.
    """
    if isinstance(messages, str | bytes | bytearray) or not isinstance(messages, Sequence):
        raise ValueError(
            f'messages is a {type(messages).__name__}; it is a list such as [{{"role": "user", "content": "2 eggs"}}]'
        )
    if not messages:
        raise ValueError("messages is empty; it needs at least one message")
    count = sum(map(_pieces_in, messages)) if len(messages) <= MOST_PIECES else len(messages)
    if count > MOST_PIECES:
        raise ValueError(f"messages has {count:,} messages, parts and tool calls; {MOST_PIECES:,} are the most")
    return in_order([_message(f"messages[{index}]", message) for index, message in enumerate(messages)])


def _pieces_in(message: object) -> int:
    fields = message if isinstance(message, Mapping) else {}
    lists = (fields.get("content"), fields.get("tool_calls"))
    return 1 + sum(len(value) for value in lists if isinstance(value, list | tuple))


def _message(where: str, message: object) -> Message:
    if isinstance(message, ChoiceMessage):
        message = {"role": message.role, "content": message.content, "tool_calls": message.tool_calls}
    if not isinstance(message, Mapping):
        raise ValueError(f"{where} is a {type(message).__name__}; a message is a dict with role and content")
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise ValueError(f"{where}.role is {short_form(role)}; it has to be one of: {', '.join(ROLES)}")
    content, plain_role = message.get("content"), str.__str__(role)
    if plain_role == "tool":
        id = checked_id(f"{where}.tool_call_id", message.get("tool_call_id"))
        return {"role": plain_role, "tool_call_id": id, "content": _content(f"{where}.content", content)}
    if plain_role == "assistant" and message.get("tool_calls"):
        calls = checked_calls(f"{where}.tool_calls", message["tool_calls"])
        # A turn that only calls tools has no content, which clients write in three ways.
        text = "" if content is None or content == [] else _content(f"{where}.content", content)
        return {"role": plain_role, "content": text, "tool_calls": calls}
    if message.get("tool_calls") or message.get("tool_call_id"):
        raise ValueError(f"{where} has role {plain_role}, and only assistant and tool turns take part in tool calls")
    return {"role": plain_role, "content": _content(f"{where}.content", content)}


def _content(where: str, content: object) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return plain_text(where, content)
    if isinstance(content, bytes | bytearray) or not isinstance(content, Sequence) or not content:
        raise ValueError(f"{where} is {_named(content)}; it has to be a text or a list of parts")
    return [_part(f"{where}[{index}]", part) for index, part in enumerate(content)]


def _named(value: object) -> str:
    if value is None:
        return "missing"
    return "empty" if value in ([], ()) else short_form(value)


def _part(where: str, part: object) -> dict[str, Any]:
    if not isinstance(part, Mapping) or part.get("type") not in ("text", "image_url"):
        raise ValueError(f"{where} has to be a part of type text or image_url")
    if part["type"] == "image_url":
        return {"type": "image_url", "image_url": _image(f"{where}.image_url", part.get("image_url"))}
    if not isinstance(part.get("text"), str):
        raise ValueError(f"{where}.text is no text")
    return {"type": "text", "text": plain_text(f"{where}.text", part["text"])}


def _image(where: str, image: object) -> dict[str, Any]:
    """A picture's address and what else a provider is told of it (`detail`); what it was said to hash to is dropped."""
    url = image.get("url") if isinstance(image, Mapping) else None
    if not isinstance(url, str) or not url[:11].lower().startswith(_ADDRESSES):
        raise ValueError(f"{where}.url is neither an http(s) address nor a data:image/… URL")
    if url[:5].lower() == "data:" and len(url) <= DECODED_AT_ONCE:
        try:
            decode_data_url(url)
        except ValueError as error:
            raise ValueError(f"{where}.url: {error}") from None
    plain: dict[str, Any] = plain_json(where, image)
    return plain


_SLICE = 1_000_000

DECODED_AT_ONCE = 100_000
"""Characters of a picture that are looked at while the call is made, in a tenth of a millisecond. A larger one would
stop the event loop; it is decoded once, beside it, when it is made fit to be sent."""


def decode_data_url(url: str) -> bytes:
    """The bytes in a data URL.

    Raises:
        ValueError: it is none of base64, or damaged, or empty.
    """
    head, comma, body = url.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise ValueError("the data URL is not base64")
    try:
        data = b"".join(_decoded_slices(body))
    except (binascii.Error, ValueError):  # the latter from a letter that is not ASCII
        raise ValueError("the data URL's base64 is damaged") from None
    if not data:
        raise ValueError("the data URL holds nothing")
    return data


def _decoded_slices(body: str) -> Iterator[bytes]:
    """The bytes of base64, slice by slice: 20 MB at once would stop every other thread for a twentieth of a second.

    Raises:
        ValueError: it is none.
    """
    rest, is_over = "", False
    for start in range(0, len(body), _SLICE):
        # Line ends are allowed: encoders of the standard library's `encodebytes` kind put them in.
        piece = rest + "".join(body[start : start + _SLICE].split())
        if start and not piece.strip("="):
            continue  # more of its end than there need be
        if is_over:
            raise ValueError("something stands behind its end")
        whole, rest = piece[: len(piece) // 4 * 4], piece[len(piece) // 4 * 4 :]
        is_over = "=" in whole
        yield base64.b64decode(whole, validate=True)
        give_way()
    if rest.strip("="):
        raise ValueError("it ends within a group of four letters")


def parts_in(message: Message) -> Sequence[Mapping[str, Any]]:
    """A checked message's parts; a text alone is one."""
    content = message["content"]
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def texts_in(message: Message) -> Iterator[str]:
    """A checked message's texts."""
    return (part["text"] for part in parts_in(message) if part["type"] == "text")


def images_in(message: Message) -> list[str]:
    """The addresses of a checked message's pictures."""
    return [part["image_url"]["url"] for part in parts_in(message) if part["type"] == "image_url"]


def calls_in(message: Message) -> Sequence[Mapping[str, Any]]:
    """The tool calls of a checked message."""
    calls: Sequence[Mapping[str, Any]] = message.get("tool_calls", ())
    return calls
