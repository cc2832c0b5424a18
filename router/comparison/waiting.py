"""How long comparisons wait for a target that cools down or is short of an allowance: one limit, the router's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.errors import AllTargetsFailed, RouterError
from router.types import AttemptOutcome, PlannedTarget, Target, TargetState, TaskConfig

LONGEST_WAIT = 90.0
"""Seconds: a minute's allowance refills within them. What takes longer is a failure of a lane, and pauses a run."""

_WAITED_FOR = {AttemptOutcome.SKIPPED, AttemptOutcome.RATE_LIMITED}


def is_limited(error: RouterError) -> bool:
    """Whether a request failed only because an allowance was used up when it came there."""
    return isinstance(error, AllTargetsFailed) and {attempt.outcome for attempt in error.attempts} <= _WAITED_FOR


async def wait_for_target(router: DualModelRouter, job: Job[Any], config: TaskConfig, *, targets: list[Target]) -> bool:
    """Wait until one of these targets may be called, ahead of a request: the router's own waiting would be measured.

    Args:
        job: is told who is waited for.

    Returns:
        Whether one may be called now; where it takes longer than `LONGEST_WAIT`, that is said at once.
    """
    plan = router.plan(config=config, targets=targets)
    if any(line.kept and line.state is TargetState.SERVING for line in plan):
        return True
    until = soonest_end(plan)
    if until is not None and (seconds := seconds_until(router, until)) <= LONGEST_WAIT:
        job.advance(JobNote(Activity.WAITING, plan[0].provider, seconds=seconds), by=0)
    return await router.wait_until_callable(config=config, targets=targets, longest=LONGEST_WAIT)


def soonest_end(plan: list[PlannedTarget]) -> datetime | None:
    """When the first target of a plan may be called again; None where no time is known."""
    return min((line.until for line in plan if line.until is not None), default=None)


def seconds_until(router: DualModelRouter, moment: datetime) -> float:
    """How long that is by the router's clock, by which cooldowns and allowances end."""
    return max(0.0, moment.timestamp() - router.clock.time())
