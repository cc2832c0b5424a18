"""What requests are told apart by: the kind of work, its tier, the door that it came in by, what it was for."""

from __future__ import annotations

from enum import StrEnum


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


STAGED = (Purpose.SPEED_RUN, Purpose.DEMONSTRATION, Purpose.EVALUATION)
"""The purposes of requests that were made to be looked at, and not for their answers."""

WORK = tuple(str(purpose) for purpose in Purpose if purpose not in STAGED)
"""The purposes of work: all but the staged ones."""
