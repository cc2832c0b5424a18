"""What is asked: a task, messages, and the options of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

from router.types.openai_shape import ChoiceMessage
from router.types.request_kinds import TaskType
from router.types.targets import Target

Message: TypeAlias = Mapping[str, Any]
"""One chat message in the OpenAI shape: `role` and `content` (text, or parts with text and images).

An assistant's turn may hold `tool_calls`, and a `tool` turn the result of one, with its `tool_call_id`.
"""


ToolChoice: TypeAlias = str | Mapping[str, Any]
"""`auto`, `none`, `required`, or `{"type": "function", "function": {"name": …}}`."""


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """What the caller wants of a request.

    Args:
        type: the task; a `TaskType` or its text.
        requires_vision: only targets that read images (implied by an image in the messages).
        requires_json: the answer is one JSON document.
        prioritize_speed: targets of the speed tier first.
        prioritize_accuracy: targets of the accuracy tier first.
        critical_accuracy: implies `prioritize_accuracy`, and leaves every other tier out while an
            accuracy provider is configured.

    Raises:
        ValueError: unknown task type, or speed together with accuracy.
    """

    type: TaskType
    requires_vision: bool = False
    requires_json: bool = False
    prioritize_speed: bool = False
    prioritize_accuracy: bool = False
    critical_accuracy: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", _task_type(self.type))
        if self.critical_accuracy:
            object.__setattr__(self, "prioritize_accuracy", True)
        if self.prioritize_speed and self.prioritize_accuracy:
            raise ValueError("prioritize_speed cannot be combined with prioritize_accuracy or critical_accuracy")


class RequestOptions(TypedDict, total=False):
    """What every request takes, whatever it is about.

    Attributes:
        deadline: seconds over all attempts together; the task's own where it is left out.
        targets: pinned targets (`provider:model`) instead of the task's chain.
        fallback: False tries one target only; True where it is left out.
        source: which door the request came in by, for the log: a `Source`; `library` where it is left out.
        purpose: what it is for, for the log: a `Purpose`; `prompt` where it is left out.
        app: whose key of the gateway it came with; empty where it is left out.
        client_retries: how many times whoever asks has sent this before, for the log; 0 where it is left out.
    """

    deadline: float | None
    targets: Sequence[str | Target] | None
    fallback: bool
    source: str
    purpose: str
    app: str
    client_retries: int


class TranscribeOptions(RequestOptions, total=False):
    """What `transcribe` takes beside the recording.

    Attributes:
        language: the language that is spoken, as ISO 639-1 has it (`en`); the model finds it out where it is left out.
    """

    language: str | None


class CallOptions(RequestOptions, total=False):
    """What a call takes beside its task and its messages: the one definition for `complete`, `stream` and `plan`.

    Attributes:
        response_format: `json_object` or `json_schema` as OpenAI has it, or a pydantic model, which stands for its
            schema; plain text where it is left out, unless the task's flags want JSON.
        temperature: from 0 to 2; the model's own where it is left out, like the next six.
        top_p: from 0 to 1; this and the penalties reach the targets that take them.
        frequency_penalty, presence_penalty: from -2 to 2.
        max_tokens: the most tokens that the answer may have.
        seed: for answers that come out the same, as far as the model can.
        stop: a text, or several, at which the answer ends.
        tools: what the model may call, as OpenAI has it: `{"type": "function", "function": {"name", "description",
            "parameters", "strict"}}`, 128 at the most.
        tool_choice: whether it may, must or must not, or which one it has to call; `auto` where it is left out.
        parallel_tool_calls: False asks for one call at a time, and no answer then holds more; the model's own way
            where it is left out.
        restart: False lets a stream fail that breaks off after its first piece, rather than begin anew at another
            target: for callers who cannot take back what they have passed on. True where it is left out.
        cache_seconds: how old an earlier answer may be that is given again to the same request, at temperature 0 or
            with a seed; 0 asks a provider in any case and keeps nothing. `ROUTER_CACHE_SECONDS` where it is left out.
    """

    response_format: Mapping[str, Any] | type | None
    temperature: float | None
    top_p: float | None
    frequency_penalty: float | None
    presence_penalty: float | None
    max_tokens: int | None
    seed: int | None
    stop: str | Sequence[str] | None
    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: ToolChoice | None
    parallel_tool_calls: bool | None
    restart: bool
    cache_seconds: float | None


def _task_type(value: str) -> TaskType:
    try:
        return TaskType(value)
    except ValueError:
        known = ", ".join(TaskType)
        raise ValueError(f"unknown task type {value!r}; it has to be one of: {known}") from None


Messages: TypeAlias = Sequence[Message | ChoiceMessage]
"""A conversation, oldest first; a completion's own message may stand in it."""
