"""The router's vocabulary: what is asked, what is planned, what is tried, what comes back.

Plain, frozen values without behaviour beyond checking themselves. Times are aware UTC datetimes,
durations are milliseconds where the name ends in `_ms` and seconds otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias, TypedDict

# Handed on: with `as`, so that other modules may take these names from here.
from router.types.attempt_outcomes import UNFAILED_OUTCOMES as UNFAILED_OUTCOMES
from router.types.attempt_outcomes import AttemptOutcome as AttemptOutcome
from router.types.attempt_outcomes import attempt_failed as attempt_failed
from router.types.cache_use import CacheHit as CacheHit
from router.types.cache_use import CacheStatus as CacheStatus
from router.types.cache_use import CacheUse as CacheUse
from router.types.openai_shape import Choice as Choice
from router.types.openai_shape import ChoiceMessage as ChoiceMessage
from router.types.openai_shape import ToolCall as ToolCall
from router.types.openai_shape import ToolFunction as ToolFunction
from router.types.request_kinds import ALL_TASKS as ALL_TASKS
from router.types.request_kinds import RECORDING_FORMATS as RECORDING_FORMATS
from router.types.request_kinds import WORK as WORK
from router.types.request_kinds import AnyTask as AnyTask
from router.types.request_kinds import Purpose as Purpose
from router.types.request_kinds import Source as Source
from router.types.request_kinds import SpeechTask as SpeechTask
from router.types.request_kinds import TaskType as TaskType
from router.types.request_kinds import Tier as Tier
from router.types.request_kinds import task_named as task_named

Message: TypeAlias = Mapping[str, Any]
"""One chat message in the OpenAI shape: `role` and `content` (text, or parts with text and images).

An assistant's turn may hold `tool_calls`, and a `tool` turn the result of one, with its `tool_call_id`.
"""

ToolChoice: TypeAlias = str | Mapping[str, Any]
"""`auto`, `none`, `required`, or `{"type": "function", "function": {"name": …}}`."""


class TargetState(StrEnum):
    """Why a target is used or passed over: the one list of words for pages, log and README."""

    SERVING = "serving"
    COOLING = "cooling down"
    HALF_OPEN = "half-open"
    RETIRED = "retired"
    NO_KEY = "no key"
    NO_ALLOWANCE = "no allowance"
    NOT_FREE = "not free"
    UNFIT = "unfit"
    LEFT_OUT = "left out"


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


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One model at one provider, written `provider:model`."""

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str | Target) -> Target:
        """Read `provider:model`; the model may itself hold colons (`openrouter:google/gemma:free`).

        Raises:
            ValueError: no provider or no model in it.
        """
        if isinstance(text, Target):
            return text
        provider, colon, model = text.partition(":")
        if not (provider and colon and model):
            raise ValueError(f"a target is written provider:model, as in the routing table; got {text!r}")
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One line of a plan: a target, and whether the next call would use it.

    Attributes:
        kept: whether it would be tried.
        state: the word for it.
        reason: a sentence why it is passed over; where it is kept, what is to be known of it (its announced end).
        until: when that ends, where it is known.
        stands_for: the target of the table that this one replaces, where it is a successor.
        chosen: whether the router chose it from the catalogue, because the chain has run out of living models.
        joined: whether its provider's key has brought it to the chain's end, where nobody has put it elsewhere.
        last_resort: whether it is passed over only because calls to it have failed: it is tried all the same where
            nobody better is left.
    """

    target: Target
    kept: bool
    state: TargetState = TargetState.SERVING
    reason: str = ""
    until: datetime | None = None
    stands_for: Target | None = None
    chosen: bool = False
    joined: bool = False
    last_resort: bool = False

    @property
    def provider(self) -> str:
        """The target's provider."""
        return self.target.provider

    @property
    def model(self) -> str:
        """The target's model id, as it goes over the wire."""
        return self.target.model


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to a target, or one target passed over (`outcome="skipped"`).

    Attributes:
        outcome: as in the log: `not_sent` where it never left, whatever ended it.
        error: what went wrong in words fit for a page; for a skipped target its reason.
        latency_ms, ttft_ms: from when it was sent; None where it was skipped or nothing streamed.
        retry_at: until when the target cools down because of it.
        came_to: what ended it, also where it never left; None is `outcome`.
    """

    provider: str
    model: str
    outcome: AttemptOutcome
    http_status: int | None = None
    error: str | None = None
    started_at: datetime | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    retry_at: datetime | None = None
    came_to: AttemptOutcome | None = None

    @property
    def failed(self) -> bool:
        """Whether it is a call that came to nothing; a target passed over or a call that somebody stopped is none."""
        return attempt_failed(self.outcome, self.came_to)


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer and how it came about.

    Attributes:
        text: the answer; with JSON asked for, the valid (if need be mended) document.
        parsed: the document as Python values, or None where no JSON was asked for.
        reasoning: the model's reasoning, kept apart from the answer; empty where there was none.
        tool_calls: the tools that the model calls, each whole; the text is then mostly empty, and no answer yet.
        provider, model: who served.
        requested_model: the model that was asked at that provider.
        finish_reason: the provider's word (`stop`, `length`, ...); `tool_calls` wherever there are some.
        cost_usd: what the provider says it cost, in US dollars.
        latency_ms, ttft_ms: from the start of the request; `ttft_ms` is None where nothing was streamed.
        degraded: answered by a lower tier than `critical_accuracy` asks for.
        simulated: answered by the simulated providers.
        request_id: ULID, the id of the row in the log.
        attempts: everything that was tried or passed over, in order.
        cache: what came of looking into the cache; None where the request may not be answered from it. An answer from
            it used no tokens, cost nothing and has no attempts.
    """

    text: str
    provider: str
    model: str
    requested_model: str
    request_id: str
    finish_reason: str | None = None
    parsed: Any = None
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    ttft_ms: float | None = None
    degraded: bool = False
    simulated: bool = False
    attempts: tuple[Attempt, ...] = ()
    cache: CacheUse | None = None

    @property
    def from_cache(self) -> bool:
        """Whether an earlier answer was given again, and no provider was called."""
        return self.cache is not None and self.cache.is_hit

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answer in the OpenAI shape: `choices[0].message.content`, and `.tool_calls` beside it."""
        content = None if self.tool_calls and not self.text else self.text
        return (Choice(ChoiceMessage(content, self.tool_calls or None), self.finish_reason),)


@dataclass(frozen=True, slots=True)
class Transcription(Completion):
    """What was said in a recording; `text` is empty where no words were heard.

    Attributes:
        language: the language that was heard, in the provider's word for it; None where it says nothing of it.
        seconds: how long the recording is, by the provider's word; None where it says nothing of it.
    """

    language: str | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, completion: Completion, language: str | None, seconds: float | None) -> Transcription:
        """The answer to a recording, with what its provider says of it."""
        values = {name: getattr(completion, name) for name in Completion.__dataclass_fields__}
        return cls(**values, language=language, seconds=seconds)


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A target is about to be called."""

    provider: str
    model: str
    kind: ClassVar[Literal["attempt_started"]] = "attempt_started"


@dataclass(frozen=True, slots=True)
class AttemptSkipped:
    """A target was passed over."""

    provider: str
    model: str
    reason: str
    state: TargetState
    kind: ClassVar[Literal["attempt_skipped"]] = "attempt_skipped"


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """A call to a target came to nothing."""

    attempt: Attempt
    kind: ClassVar[Literal["attempt_failed"]] = "attempt_failed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Every target cools down, and one is waited for.

    Attributes:
        until: when the next is tried; sooner where one is found well before that.
    """

    until: datetime
    kind: ClassVar[Literal["waiting"]] = "waiting"


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer."""

    text: str
    kind: ClassVar[Literal["delta"]] = "delta"


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The next piece of the model's reasoning."""

    text: str
    kind: ClassVar[Literal["reasoning"]] = "reasoning"


@dataclass(frozen=True, slots=True)
class ToolCallEvent:
    """The model calls a tool; given whole and once, after the text and before `completed`."""

    call: ToolCall
    kind: ClassVar[Literal["tool_call"]] = "tool_call"


@dataclass(frozen=True, slots=True)
class Restart:
    """What was shown so far is void: the next target answers from the start."""

    kind: ClassVar[Literal["restart"]] = "restart"


@dataclass(frozen=True, slots=True)
class Completed:
    """The whole answer; the last event of a stream."""

    completion: Completion
    kind: ClassVar[Literal["completed"]] = "completed"


Event: TypeAlias = (
    AttemptStarted
    | AttemptSkipped
    | AttemptFailed
    | Waiting
    | CacheHit
    | Delta
    | Reasoning
    | ToolCallEvent
    | Restart
    | Completed
)
"""What a stream yields."""

Messages: TypeAlias = Sequence[Message | ChoiceMessage]
"""A conversation, oldest first; a completion's own message may stand in it."""
