"""An async router over free LLM tiers: eight task types, automatic fallback, memory of what failed.

from router import DualModelRouter, TaskConfig, TaskType

async with DualModelRouter.from_env() as router:
    completion = await router.complete(
        config=TaskConfig(type=TaskType.REAL_TIME_CHAT),
        messages=[{"role": "user", "content": "Should I train today?"}],
    )
"""

from router.api import DualModelRouter
from router.default_router import dual_router
from router.engine.stream import Stream
from router.errors import (
    AllTargetsFailed,
    ConfigurationError,
    DeadlineExceeded,
    RequestRejected,
    RouterClosed,
    RouterError,
)
from router.types import (
    Attempt,
    AttemptOutcome,
    CacheUse,
    CallOptions,
    Completion,
    Event,
    PlannedTarget,
    Purpose,
    Source,
    Target,
    TargetState,
    TaskConfig,
    TaskType,
    Tier,
    ToolCall,
    Transcription,
    Usage,
)

__all__ = [
    "AllTargetsFailed",
    "Attempt",
    "AttemptOutcome",
    "CacheUse",
    "CallOptions",
    "Completion",
    "ConfigurationError",
    "DeadlineExceeded",
    "DualModelRouter",
    "Event",
    "PlannedTarget",
    "Purpose",
    "RequestRejected",
    "RouterClosed",
    "RouterError",
    "Source",
    "Stream",
    "Target",
    "TargetState",
    "TaskConfig",
    "TaskType",
    "Tier",
    "ToolCall",
    "Transcription",
    "Usage",
    "dual_router",
]
