"""What a stream yields, one kind of event a class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from router.types.cache_use import CacheHit
from router.types.completions import Attempt, Completion
from router.types.openai_shape import ToolCall
from router.types.targets import TargetState


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
