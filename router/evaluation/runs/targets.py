"""Who is worth evaluating for a task: what serves it now, its chain and successors, the best free of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from router.api import DualModelRouter
from router.table.catalogue import best_free
from router.table.free import PAID_TEXTS, target_paid_reason
from router.types import PlannedTarget, Target, TargetState, TaskConfig, TaskType, Tier

_OF_CATALOGUE = 3
"""Models of each provider's list that are offered."""


class Origin(StrEnum):
    """Why a target is offered."""

    SERVING = "serves now"
    SUCCESSOR = "takes over from a retired model"
    CHAIN = "in the route"
    CATALOGUE = "new"


@dataclass(frozen=True, slots=True)
class OfferedTarget:
    """A target that could be evaluated, and why it is offered."""

    target: Target
    origin: Origin


def serving_target(router: DualModelRouter, task: TaskType) -> Target | None:
    """What serves a task: the first that would be tried, or would be but for a cooldown or an allowance."""
    return next((line.target for line in _living_lines(router, task)), None)


def gone_targets(router: DualModelRouter, task: TaskType) -> set[Target]:
    """The task's models that are retired or have vanished."""
    return {line.target for line in router.plan(config=TaskConfig(task)) if line.state is TargetState.RETIRED}


def offered_targets(router: DualModelRouter, task: TaskType) -> list[OfferedTarget]:
    """What is offered for a task, what serves now first; without the last resort, which is another model every time."""
    offered: dict[Target, Origin] = {}
    for line in _living_lines(router, task):
        origin = Origin.SERVING if not offered else Origin.SUCCESSOR if line.stands_for else Origin.CHAIN
        offered.setdefault(line.target, origin)
    for target in _best_of_catalogue(router, task):
        offered.setdefault(target, Origin.CATALOGUE)
    return [OfferedTarget(target, origin) for target, origin in offered.items()]


def _living_lines(router: DualModelRouter, task: TaskType) -> Iterator[PlannedTarget]:
    gone = (TargetState.RETIRED, TargetState.NO_KEY, TargetState.NOT_FREE, TargetState.LEFT_OUT, TargetState.UNFIT)
    for line in router.plan(config=TaskConfig(task)):
        if line.state not in gone and router.table.tier(line.target) is not Tier.NONE:
            yield line


def _best_of_catalogue(router: DualModelRouter, task: TaskType) -> Iterator[Target]:
    table, today = router.table, datetime.fromtimestamp(router.clock.time(), UTC).date()
    wants_json = task is TaskType.STRUCTURED_OUTPUT
    for name, listing in router.listings().items():
        abilities = {"vision": table.tasks[task].vision, "wants_json": wants_json, "free_only": table.free_only}
        models = best_free(listing, table.providers[name], today, **abilities)
        named = (Target(name, model.id) for model in models[:_OF_CATALOGUE])
        yield from (target for target in named if table.tier(target) is not Tier.NONE)


def other_targets(router: DualModelRouter, task: TaskType) -> list[Target]:
    """Every other free model of the providers' lists that can do the task, as far as they tell."""
    table, listings = router.table, router.listings()
    today = datetime.fromtimestamp(router.clock.time(), UTC).date()
    offered = {line.target for line in offered_targets(router, task)}
    living = [
        Target(name, model.id)
        for name, listing in listings.items()
        for model in listing.models.values()
        if model.chat and not model.gone_on(today) and (model.vision is not False or not table.tasks[task].vision)
    ]
    return [
        target for target in living if target not in offered and target_paid_reason(table, target, listings) is None
    ]


def check_target(router: DualModelRouter, target: Target) -> None:
    """Refuse a target that cannot be evaluated, before anything is asked.

    Raises:
        ValueError: its provider is not configured or does not list it, or it is not free; says which.
    """
    if target.provider not in router.accounts:
        raise ValueError(f"{target}: no provider of that name can be called; there are {', '.join(router.accounts)}")
    listing = router.listings().get(target.provider)
    if listing is not None and target.model not in listing.models and str(target) not in router.table.models:
        raise ValueError(f"{target}: {router.table.providers[target.provider].label} lists no model of that name")
    if (reason := target_paid_reason(router.table, target, router.listings())) is not None:
        raise ValueError(f"{target} is not free ({PAID_TEXTS[reason]}), and only free models are evaluated")
