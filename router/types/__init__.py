"""The router's vocabulary: what is asked, what is planned, what is tried, what comes back.

Plain, frozen values without behaviour beyond checking themselves. Times are aware UTC datetimes,
durations are milliseconds where the name ends in `_ms` and seconds otherwise.
"""

from router.types.attempt_outcomes import UNFAILED_OUTCOMES, AttemptOutcome, attempt_failed
from router.types.cache_use import CacheHit, CacheStatus, CacheUse
from router.types.completions import Attempt, Completion, Transcription, Usage
from router.types.events import (
    AttemptFailed,
    AttemptSkipped,
    AttemptStarted,
    Completed,
    Delta,
    Event,
    Reasoning,
    Restart,
    ToolCallEvent,
    Waiting,
)
from router.types.openai_shape import Choice, ChoiceMessage, ToolCall, ToolFunction
from router.types.request_kinds import (
    ALL_TASKS,
    RECORDING_FORMATS,
    WORK,
    AnyTask,
    Purpose,
    Source,
    SpeechTask,
    TaskType,
    Tier,
    task_named,
)
from router.types.requests import (
    CallOptions,
    Message,
    Messages,
    RequestOptions,
    TaskConfig,
    ToolChoice,
    TranscribeOptions,
)
from router.types.targets import PlannedTarget, Target, TargetState

__all__ = [
    "ALL_TASKS",
    "RECORDING_FORMATS",
    "UNFAILED_OUTCOMES",
    "WORK",
    "AnyTask",
    "Attempt",
    "AttemptFailed",
    "AttemptOutcome",
    "AttemptSkipped",
    "AttemptStarted",
    "CacheHit",
    "CacheStatus",
    "CacheUse",
    "CallOptions",
    "Choice",
    "ChoiceMessage",
    "Completed",
    "Completion",
    "Delta",
    "Event",
    "Message",
    "Messages",
    "PlannedTarget",
    "Purpose",
    "Reasoning",
    "RequestOptions",
    "Restart",
    "Source",
    "SpeechTask",
    "Target",
    "TargetState",
    "TaskConfig",
    "TaskType",
    "Tier",
    "ToolCall",
    "ToolCallEvent",
    "ToolChoice",
    "ToolFunction",
    "TranscribeOptions",
    "Transcription",
    "Usage",
    "Waiting",
    "attempt_failed",
    "task_named",
]
