"""What requests are told apart by: the kind of work, its tier, the door that it came in by, what it was for."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias, get_args


class TaskType(StrEnum):
    """The eight kinds of work; each has a chain of targets in the routing table."""

    REAL_TIME_CHAT = "real-time-chat"
    QUICK_CATEGORIZATION = "quick-categorization"
    COMPLEX_REASONING = "complex-reasoning"
    VISION = "vision"
    STRUCTURED_OUTPUT = "structured-output"
    PROGRAM_GENERATION = "program-generation"
    STREAMING_FEEDBACK = "streaming-feedback"
    VERIFICATION = "verification"


class SpeechTask(StrEnum):
    """What is done with a recording. None of the eight tasks: it has a chain, and a row in the log, of its own."""

    TRANSCRIPTION = "transcription"


AnyTask: TypeAlias = TaskType | SpeechTask
"""What a request in the log may have been about."""

ALL_TASKS: tuple[AnyTask, ...] = (*TaskType, *SpeechTask)
"""The eight tasks, and behind them what is done with recordings."""


def task_named(name: str) -> AnyTask:
    """The task of that name, as the log has it.

    Raises:
        ValueError: there is none.
    """
    return SpeechTask(name) if name in list(SpeechTask) else TaskType(name)


RecordingFormat = Literal["wav", "mp3", "m4a", "ogg", "webm", "flac"]
"""The kinds of recording that are known, by the ending of their files' names."""

RECORDING_FORMATS: tuple[RecordingFormat, ...] = get_args(RecordingFormat)


class Tier(StrEnum):
    """What a provider or target is good at; `none` (the last resort) is moved by no override."""

    SPEED = "speed"
    ACCURACY = "accuracy"
    NONE = "none"


class Source(StrEnum):
    """Which door a request came in by."""

    CONSOLE = "console"
    LIBRARY = "library"
    GATEWAY = "gateway"


class Purpose(StrEnum):
    """What a request was for; figures about work leave the staged ones out."""

    PROMPT = "prompt"
    COMPARE = "compare"
    SPEED_RUN = "speed-run"
    CHECK = "check"
    SERVICE = "service"
    DEMONSTRATION = "demonstration"
    EVALUATION = "evaluation"
    TEST = "test"


STAGED = (Purpose.SPEED_RUN, Purpose.DEMONSTRATION, Purpose.EVALUATION, Purpose.TEST)
"""The purposes of requests that were made to be looked at, and not for their answers."""

WORK = tuple(str(purpose) for purpose in Purpose if purpose not in STAGED)
"""The purposes of work: all but the staged ones."""
