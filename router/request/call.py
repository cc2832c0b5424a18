"""One request as the router works with it: checked, measured, and independent of who will answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar, Unpack

import orjson

from router.json_answers.plain import plain_text
from router.request.formats import checked_format
from router.request.messages import calls_in, checked_messages, images_in, texts_in
from router.request.parameters import PARAMETERS, checked_parameters, short_form
from router.request.recordings import Recording
from router.request.tools import checked_choice, checked_parallel, checked_tools
from router.types import (
    AnyTask,
    CallOptions,
    Message,
    Messages,
    Purpose,
    RequestOptions,
    Source,
    SpeechTask,
    Target,
    TaskConfig,
)
from router.types.cache_use import LONGEST_CACHE_SECONDS

_Kind = TypeVar("_Kind", Source, Purpose)

_OWN_OPTIONS = CallOptions.__optional_keys__ - set(PARAMETERS)
"""The options that the router itself understands; all others go to the model, or are named as unknown."""

LONGEST_DEADLINE = 86_400.0
"""Seconds: nobody waits for an answer longer than a day, and a clock cannot count to whatever is a number."""


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, as given; every target's parameters are made anew from it.

    Attributes:
        parameters: `temperature`, `max_tokens`, `seed`, `stop` as far as the caller gave them.
        response_format: the caller's, or `json_object` where only `requires_json` was said; None for plain text.
        tools: what the model may call, each with a name, a schema of its arguments, and what else was said of it.
        tool_choice: `auto`, `none`, `required` or the object that names one; None for the provider's default.
        parallel_tool_calls: whether several calls at once may come; None for the provider's default.
        needs_tools: whether the target has to know tools: to call them, or to read what came of earlier calls.
        deadline: seconds over all attempts together; None takes the task's.
        targets: the pinned targets, or None for the task's chain.
        app: whose key of the gateway it came with; empty for the other doors.
        cache_seconds: how old an earlier answer may be that is given again; None takes the router's own.
        client_retries: how many times its client says that it has sent it before.
        text_bytes: UTF-8 bytes of all text in the messages, the calls in them and the definitions of the tools, from
            which tokens are estimated.
        recording: what is to be written down, in a request that holds no messages.
        language: the language that is spoken in it; None where the caller does not say.
        task: what it is about, and so whose chain serves it.
        prompt_tokens: the prompt's estimated size: four bytes to a token, and 800 tokens for a picture (rough, on the
            low side).
    """

    config: TaskConfig
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    response_format: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    needs_tools: bool = False
    deadline: float | None = None
    targets: tuple[Target, ...] | None = None
    fallback: bool = True
    restart: bool = True
    source: Source = Source.LIBRARY
    purpose: Purpose = Purpose.PROMPT
    app: str = ""
    cache_seconds: float | None = None
    client_retries: int = 0
    images: int = 0
    text_bytes: int = 0
    recording: Recording | None = None
    language: str | None = None

    task: AnyTask = field(init=False)
    prompt_tokens: int = field(init=False)

    def __post_init__(self) -> None:
        # Once: they are asked for two dozen times before the request is answered.
        task = self.config.type if self.recording is None else SpeechTask.TRANSCRIPTION
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "prompt_tokens", self.text_bytes // 4 + 800 * self.images)

    @property
    def wants_json(self) -> bool:
        """Whether the answer has to be one JSON document."""
        return self.response_format is not None

    @property
    def may_call_tools(self) -> bool:
        """Whether the answer may be a call of a tool."""
        return bool(self.tools) and self.tool_choice != "none"

    @property
    def has_to_call(self) -> bool:
        """Whether the answer has to be a call of a tool, be it any or a certain one."""
        return self.tool_choice not in (None, "auto", "none")

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


LONGEST_NAME = 300
"""Characters of an app's name, and of a target's: each stands in every row and every figure of its requests."""


MOST_RETRIES = 1_000
"""Of a client: the most persistent library sends a request seven times."""

MOST_TARGETS = 100
"""Pinned targets of one request; each is planned for anew with every attempt."""


def make_call(config: TaskConfig, messages: Messages, **options: Unpack[CallOptions]) -> Call:
    """Check everything that a caller gave, and make a `Call` of it that shares nothing with the caller's objects.

    Raises:
        ValueError: names what is wrong, and where: messages, pictures, options, the schema, tools.
    """
    if not isinstance(config, TaskConfig):
        raise ValueError(f"config is a {type(config).__name__}; it has to be a TaskConfig")
    checked = checked_messages(messages)
    tools = checked_tools(options.get("tools"))
    texts = [text for message in checked for text in texts_in(message)]
    texts += [text for message in checked for call in calls_in(message) for text in call["function"].values()]
    images = sum(len(images_in(message)) for message in checked)
    if not images and not any(text.strip() for text in texts):
        raise ValueError("messages has no text and no image in it; there is nothing to answer")
    return Call(
        config=config,
        messages=checked,
        parameters=checked_parameters({name: value for name, value in options.items() if name not in _OWN_OPTIONS}),
        response_format=checked_format(options.get("response_format"), config),
        tools=tools,
        tool_choice=checked_choice(options.get("tool_choice"), tools),
        parallel_tool_calls=checked_parallel(options.get("parallel_tool_calls")),
        needs_tools=bool(tools) or any(message["role"] == "tool" for message in checked),
        restart=_flag("restart", options.get("restart", True)),
        cache_seconds=_cache_seconds(options.get("cache_seconds")),
        images=images,
        text_bytes=sum(len(text.encode()) for text in texts) + (len(orjson.dumps(tools)) if tools else 0),
        **checked_options(options),
    )


class CheckedOptions(TypedDict):
    """`RequestOptions`, checked, under the names that a `Call` has for them."""

    deadline: float | None
    targets: tuple[Target, ...] | None
    fallback: bool
    source: Source
    purpose: Purpose
    app: str
    client_retries: int


def checked_options(options: RequestOptions) -> CheckedOptions:
    """What every request takes.

    Raises:
        ValueError: names what is wrong.
    """
    return CheckedOptions(
        deadline=_deadline(options.get("deadline")),
        targets=_targets(options.get("targets")),
        fallback=_flag("fallback", options.get("fallback", True)),
        source=_member(Source, "source", options.get("source", Source.LIBRARY)),
        purpose=_member(Purpose, "purpose", options.get("purpose", Purpose.PROMPT)),
        app=_app(options.get("app", "")),
        client_retries=_client_retries(options.get("client_retries", 0)),
    )


def _member(kind: type[_Kind], name: str, value: str) -> _Kind:
    if isinstance(value, kind):
        return value
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{name} is {value!r}; it has to be one of: {', '.join(kind)}") from None


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {short_form(value)}; it has to be true or false")
    return value


def _app(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"app is {short_form(name)}; it has to be a text")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"app has {len(name)} characters; {LONGEST_NAME} are the most")
    return plain_text("app", name)


def _client_retries(count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_RETRIES:
        raise ValueError(f"client_retries is {short_form(count)}; it has to be a whole number from 0 to {MOST_RETRIES}")
    return count


def _deadline(deadline: object) -> float | None:
    if deadline is None:
        return None
    if isinstance(deadline, bool) or not isinstance(deadline, int | float) or not 0 < deadline <= LONGEST_DEADLINE:
        raise ValueError(
            f"deadline is {short_form(deadline)}; it is a number of seconds above 0, and at most "
            f"{LONGEST_DEADLINE:.0f} (a day)"
        )
    return float(deadline)


def _cache_seconds(seconds: object) -> float | None:
    if seconds is None:
        return None
    is_flag = isinstance(seconds, bool)
    if is_flag or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_CACHE_SECONDS:
        raise ValueError(
            f"cache_seconds is {short_form(seconds)}; it is a number of seconds from 0 (ask a provider in any case) to "
            f"{LONGEST_CACHE_SECONDS:.0f} (thirty days)"
        )
    return float(seconds)


def _targets(targets: object) -> tuple[Target, ...] | None:
    if targets is None:
        return None
    if isinstance(targets, str | bytes | Target) or not isinstance(targets, Sequence) or not targets:
        raise ValueError('targets is a list such as ["provider:model"]; leave it out for the task\'s own chain')
    if len(targets) > MOST_TARGETS:
        raise ValueError(f"targets has {len(targets):,} entries; {MOST_TARGETS} are the most")
    return tuple(_target(f"targets[{index}]", target) for index, target in enumerate(targets))


def _target(where: str, target: object) -> Target:
    if not isinstance(target, str | Target):
        raise ValueError(f"{where} is {short_form(target)}; a target is written provider:model, or a Target")
    if len(str(target)) > LONGEST_NAME:
        raise ValueError(f"{where} has {len(str(target))} characters; {LONGEST_NAME} are the most")
    try:
        return Target.parse(plain_text(where, str(target)))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
