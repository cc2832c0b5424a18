"""Which tasks are served now, and by whom: what Health and the frame around every page say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.api import DualModelRouter
from router.types import PlannedTarget, TargetState, TaskConfig, TaskType

Plans = Mapping[TaskType, Sequence[PlannedTarget]]


def plan_tasks(router: DualModelRouter) -> Plans:
    """What each task would try now; asks no provider."""
    return {task: router.plan(config=TaskConfig(task)) for task in TaskType}


def is_ready(line: PlannedTarget) -> bool:
    """Whether a target can be relied on now: one that has just failed is tried, but only where nobody else is left."""
    return line.kept and not line.last_resort


def count_ready(plan: Sequence[PlannedTarget]) -> int:
    """How many targets of a plan can be relied on."""
    return sum(is_ready(line) for line in plan)


def unserved_tasks(plans: Plans) -> list[TaskType]:
    """The tasks that no target can be relied on for, and none is up for a retry."""
    return [task for task, plan in plans.items() if not count_ready(plan) and not _is_untested(plan)]


def untested_tasks(plans: Plans) -> list[TaskType]:
    """The tasks that rest on models whose cooldown is over, but which nobody has called since."""
    return [task for task, plan in plans.items() if _is_untested(plan)]


def _is_untested(plan: Sequence[PlannedTarget]) -> bool:
    is_served = any(is_ready(line) and line.state is TargetState.SERVING for line in plan)
    return not is_served and any(line.state is TargetState.HALF_OPEN for line in plan)


OUT_FOR_NOW = (TargetState.COOLING, TargetState.HALF_OPEN, TargetState.NO_ALLOWANCE)
"""States of targets that are passed over, and will be back."""


def stood_in_tasks(plans: Plans) -> list[TaskType]:
    """The tasks that are served, but not by their first choice: it is out for now."""
    return [task for task, plan in plans.items() if _has_stand_in(plan)]


def _has_stand_in(plan: Sequence[PlannedTarget]) -> bool:
    first = next((place for place, line in enumerate(plan) if is_ready(line)), 0)
    return any(line.state in OUT_FOR_NOW for line in plan[:first])


def single_tasks(plans: Plans) -> list[TaskType]:
    """The tasks that would be without a model if one more went."""
    return [task for task, plan in plans.items() if count_ready(plan) == 1]


def narrowed_tasks(plans: Plans) -> list[TaskType]:
    """The tasks that rest on one provider for now, with more than one model of its, where another's are out."""
    return [task for task, plan in plans.items() if count_ready(plan) > 1 and _is_narrowed(plan)]


def _is_narrowed(plan: Sequence[PlannedTarget]) -> bool:
    serving = {line.provider for line in plan if is_ready(line)}
    return len(serving) == 1 and any(line.state in OUT_FOR_NOW and line.provider not in serving for line in plan)


def is_whole(plans: Plans) -> bool:
    """Whether nothing that could serve is out for now."""
    return not any(line.state in OUT_FOR_NOW for plan in plans.values() for line in plan)


def by_urgency(plans: Plans) -> list[TaskType]:
    """The tasks, those first that need looking at: nothing ready or certain, then one model left, a provider out."""
    return sorted(plans, key=lambda task: _urgency(plans[task]))


def _urgency(plan: Sequence[PlannedTarget]) -> int:
    ready = count_ready(plan)
    if ready < 2 or _is_untested(plan):
        return min(ready, 1)
    providers = {line.provider for line in plan}
    lines = [telling_line(plan, provider) for provider in providers]
    return 2 if any(line is not None and line.state is not TargetState.SERVING for line in lines) else 3


def telling_line(plan: Sequence[PlannedTarget], provider: str) -> PlannedTarget | None:
    """The provider's best line: what would be used, else the one whose reason tells most."""
    lines = [line for line in plan if line.provider == provider]
    best = next((line for line in lines if is_ready(line)), None)
    living = next((line for line in lines if line.state is not TargetState.RETIRED), None)
    return best or living or next(iter(lines), None)


def keyless_providers(plans: Plans) -> list[str]:
    """The providers of the plans that have no key, while others have: with none at all there is more to say."""
    states: dict[str, set[bool]] = {}
    for plan in plans.values():
        for line in plan:
            if line.state is not TargetState.RETIRED:
                states.setdefault(line.provider, set()).add(line.state is TargetState.NO_KEY)
    missing = [provider for provider, has_none in states.items() if has_none == {True}]
    return missing if len(missing) < len(states) else []


def soonest_return(plans: Plans) -> float | None:
    """When the first target that is passed over may be ready again, in seconds since the epoch; None if unknown."""
    ends = [line.until for plan in plans.values() for line in plan if line.until is not None and not is_ready(line)]
    return min(ends).timestamp() if ends else None
