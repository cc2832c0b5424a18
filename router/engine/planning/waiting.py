"""Waiting until a target may be called, for work that is not urgent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from router.engine.planning.plan_lines import soonest_end
from router.failures.memory import FailureMemory
from router.ports import Clock
from router.types import PlannedTarget, TargetState

_LEAST_PAUSE = 0.05
"""Seconds: what ends at this very moment is waited for this long, so that no loop is a tight one."""

_LOOK_AGAIN = 5.0
"""Seconds: a wait for an allowance looks again this often, since another process may have changed what stands."""


async def wait_for_plan(
    plan: Callable[[], Sequence[PlannedTarget]], memory: FailureMemory, clock: Clock, *, longest: float
) -> bool:
    """Wait until a plan has a target for a better reason than that nobody else is left; whether it has one now.

    Args:
        plan: the plan as it stands when it is called.
        memory: wakes the wait where something may be called again.
        clock: whose time cooldowns and allowances go by.
        longest: seconds; where everything takes longer, nobody waits.
    """
    give_up_at = clock.time() + longest
    while True:
        lines = plan()
        if any(line.kept and line.state in (TargetState.SERVING, TargetState.HALF_OPEN) for line in lines):
            return True
        seconds = soonest_end(lines, clock.time())
        if seconds is None or clock.time() + seconds > give_up_at:
            return False
        await memory.wait_for_change(min(max(seconds, _LEAST_PAUSE), _LOOK_AGAIN))
