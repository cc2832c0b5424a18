"""One request as the router works with it: checked, measured, and independent of who will answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, Unpack

import orjson

from router.types import CallOptions, Message, Messages, Purpose, Source, Target, TaskConfig

ROLES = ("system", "developer", "user", "assistant")
_Kind = TypeVar("_Kind", Source, Purpose)
_PARAMETERS = ("temperature", "max_tokens", "seed", "stop")
_OWN_OPTIONS = CallOptions.__optional_keys__ - set(_PARAMETERS)
"""The options that the router itself understands; all others go to the model, or are named as unknown."""


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, as given; every target's parameters are made anew from it.

    Attributes:
        parameters: `temperature`, `max_tokens`, `seed`, `stop` as far as the caller gave them.
        response_format: the caller's, or `json_object` where only `requires_json` was said; None for plain text.
        deadline: seconds over all attempts together; None takes the task's.
        targets: the pinned targets, or None for the task's chain.
        app: whose key of the gateway it came with; empty for the other doors.
        text_bytes: UTF-8 bytes of all text in the messages, from which tokens are estimated.
    """

    config: TaskConfig
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    response_format: Mapping[str, Any] | None = None
    deadline: float | None = None
    targets: tuple[Target, ...] | None = None
    fallback: bool = True
    source: Source = Source.LIBRARY
    purpose: Purpose = Purpose.PROMPT
    app: str = ""
    images: int = 0
    text_bytes: int = 0

    @property
    def wants_json(self) -> bool:
        """Whether the answer has to be one JSON document."""
        return self.response_format is not None

    @property
    def wants_vision(self) -> bool:
        """Whether the target has to read images."""
        return self.config.requires_vision or self.images > 0

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema the answer has to fit, or None."""
        if self.response_format is None:
            return None
        named = self.response_format.get("json_schema")
        schema = named.get("schema") if isinstance(named, Mapping) else None
        return schema if isinstance(schema, Mapping) else None

    @property
    def prompt_tokens(self) -> int:
        """The prompt's estimated size in tokens: four bytes to one, and 800 for a picture (rough, on the low side)."""
        return self.text_bytes // 4 + 800 * self.images


def make_call(config: TaskConfig, messages: Messages, **options: Unpack[CallOptions]) -> Call:
    """Check what a caller gave and make a `Call` of it.

    Raises:
        ValueError: empty or malformed messages, tools, an unknown option, a deadline that is none; says which.
    """
    checked = tuple(_message(index, message) for index, message in enumerate(_sequence(messages)))
    texts = [text for message in checked for text in _texts(message)]
    if not any(text.strip() for text in texts) and not any(_images(message) for message in checked):
        raise ValueError("messages hold no text and no image; there is nothing to answer")
    return Call(
        config=config,
        messages=checked,
        parameters=_parameters({name: value for name, value in options.items() if name not in _OWN_OPTIONS}),
        response_format=_response_format(options.get("response_format"), config),
        deadline=_deadline(options.get("deadline")),
        targets=_targets(options.get("targets")),
        fallback=options.get("fallback", True),
        source=_member(Source, "source", options.get("source", Source.LIBRARY)),
        purpose=_member(Purpose, "purpose", options.get("purpose", Purpose.PROMPT)),
        app=options.get("app", ""),
        images=sum(len(_images(message)) for message in checked),
        text_bytes=sum(len(_encoded(text)) for text in texts),
    )


def _member(kind: type[_Kind], name: str, value: str) -> _Kind:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{name} is {value!r}; it has to be one of: {', '.join(kind)}") from None


def _sequence(messages: object) -> Sequence[Any]:
    if isinstance(messages, str | bytes) or not isinstance(messages, Sequence):
        raise ValueError('messages is a list such as [{"role": "user", "content": "2 eggs and toast"}]')
    if not messages:
        raise ValueError("messages is empty; it needs at least one message")
    return messages


def _message(index: int, message: object) -> Message:
    where = f"messages[{index}]"
    if not isinstance(message, Mapping):
        raise ValueError(f"{where} is a {type(message).__name__}; a message is a dict with role and content")
    if message.get("role") not in ROLES:
        raise ValueError(f"{where}.role is {message.get('role')!r}; it has to be one of: {', '.join(ROLES)}")
    if message.get("tool_calls") or message.get("tool_call_id"):
        raise ValueError(f"{where} carries tool calls, which this router does not support")
    _check_content(f"{where}.content", message.get("content"))
    return message


def _check_content(where: str, content: object) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, Sequence) or not content:
        raise ValueError(f"{where} is neither a text nor a list of parts")
    for index, part in enumerate(content):
        _check_part(f"{where}[{index}]", part)


def _check_part(where: str, part: object) -> None:
    if not isinstance(part, Mapping) or part.get("type") not in ("text", "image_url"):
        raise ValueError(f"{where} has to be a part of type text or image_url")
    if part["type"] == "text":
        if not isinstance(part.get("text"), str):
            raise ValueError(f"{where}.text is no text")
        return
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:image/")):
        raise ValueError(f"{where}.image_url.url is neither an http(s) address nor a data:image/… URL")


def _parts(message: Message) -> Sequence[Mapping[str, Any]]:
    content = message["content"]
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _texts(message: Message) -> Iterator[str]:
    return (part["text"] for part in _parts(message) if part["type"] == "text")


def _images(message: Message) -> list[str]:
    return [part["image_url"]["url"] for part in _parts(message) if part["type"] == "image_url"]


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a message holds half a character (a lone surrogate) at position {error.start}") from error


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("tools") or given.get("tool_choice"):
        raise ValueError("tools are not supported by this router; leave them out")
    unknown = [name for name, value in given.items() if name not in _PARAMETERS and value is not None]
    if unknown:
        raise ValueError(f"unknown parameters: {', '.join(unknown)}; {', '.join(_PARAMETERS)} pass through")
    limit = given.get("max_tokens")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise ValueError(f"max_tokens is {limit!r}; it has to be a whole number of at least 1")
    temperature = given.get("temperature")
    if temperature is not None and not (isinstance(temperature, int | float) and 0 <= temperature <= 2):
        raise ValueError(f"temperature is {temperature!r}; it has to be a number from 0 to 2")
    seed = given.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise ValueError(f"seed is {seed!r}; it has to be a whole number")
    stop = given.get("stop")
    if stop is not None and not (isinstance(stop, str) or _are_texts(stop)):
        raise ValueError(f"stop is {stop!r}; it has to be a text or a list of texts")
    return {name: value for name, value in given.items() if value is not None}


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _response_format(given: Mapping[str, Any] | None, config: TaskConfig) -> Mapping[str, Any] | None:
    if given is None:
        return {"type": "json_object"} if config.requires_json else None
    kind = given.get("type")
    if kind == "text":
        return {"type": "json_object"} if config.requires_json else None
    if kind == "json_object":
        return {"type": "json_object"}
    named = given.get("json_schema")
    if kind == "json_schema" and isinstance(named, Mapping) and isinstance(named.get("schema"), Mapping):
        return given
    raise ValueError(
        'response_format is {"type": "text"}, {"type": "json_object"} or '
        '{"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}'
    )


def _deadline(deadline: float | None) -> float | None:
    if deadline is not None and not (isinstance(deadline, int | float) and deadline > 0):
        raise ValueError(f"deadline is {deadline!r}; it is a number of seconds above 0")
    return deadline


def _targets(targets: Sequence[str | Target] | None) -> tuple[Target, ...] | None:
    if targets is None:
        return None
    if isinstance(targets, str) or not targets:
        raise ValueError('targets is a list such as ["provider:model"], or None for the task\'s own chain')
    return tuple(Target.parse(target) for target in targets)


def log_content(call: Call) -> str:
    """The messages and parameters as JSON for the log, with every picture replaced by its hash and size."""
    document = {
        "messages": [_without_pictures(message) for message in call.messages],
        "parameters": dict(call.parameters),
        "response_format": call.response_format,
        "targets": [str(target) for target in call.targets] if call.targets else None,
        "config": {name: getattr(call.config, name) for name in TaskConfig.__dataclass_fields__},
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def prompt_text(call: Call) -> str:
    """The texts of a conversation, the latest message's first."""
    return "\n".join(text for message in reversed(call.messages) for text in _texts(message))


def _without_pictures(message: Message) -> dict[str, Any]:
    if isinstance(message["content"], str):
        return {"role": message["role"], "content": message["content"]}
    return {"role": message["role"], "content": [_without_picture(part) for part in _parts(message)]}


def _without_picture(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    url = part["image_url"]["url"]
    digest = part.get("sha256") or hashlib.sha256(url.encode()).hexdigest()
    return {"type": "image", "sha256": digest, "bytes": len(url), "thumbnail": part.get("thumbnail")}
