"""Models that go or are gone: those that serve and whose end is announced, and those that vanished without a word; how
long they have, and who could take their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from router.api import DualModelRouter
from router.evaluation.runs.targets import offered_targets, serving_target
from router.table.retirements import VanishedModel, retirements, vanished_models
from router.types import Target, TaskConfig, TaskType

_MOST_CANDIDATES = 2


@dataclass(frozen=True, slots=True)
class Leaving:
    """A model that goes, or is gone.

    Attributes:
        place: its place among those that go, from 0 on.
        on: its last day; `days` are left until then. None for one that has vanished.
        tasks: those that it serves first, or served; of one that vanished and served none, those that count on it.
        candidates: by task, who is to be asked: itself, as long as it can be, and the next behind it.
    """

    place: int
    target: Target
    on: date | None
    days: int
    tasks: tuple[TaskType, ...]
    candidates: Mapping[TaskType, tuple[Target, ...]]


def leaving_models(router: DualModelRouter, today: date) -> list[Leaving]:
    """The models that have vanished, then those that serve a task first and are announced to end, the soonest first."""
    gone = [model for model in _vanished(router, today) if model.target.provider in router.accounts]
    ends = retirements(router.table, router.listings(), today)
    # Eight plans for every look at a page would be spent for nothing while no end is announced.
    serving = {task: serving_target(router, task) for task in TaskType} if ends else {}
    leaving = [_vanished_as_leaving(router, place, model) for place, model in enumerate(gone)]
    for retirement in ends:
        tasks = tuple(task for task, target in serving.items() if target == retirement.target)
        if tasks:
            candidates = _all_candidates(router, tasks, retirement.target)
            days = (retirement.on - today).days
            leaving.append(Leaving(len(leaving), retirement.target, retirement.on, days, tasks, candidates))
    return leaving


def _vanished(router: DualModelRouter, today: date) -> list[VanishedModel]:
    return vanished_models(router.table, router.listings(), today)


def _vanished_as_leaving(router: DualModelRouter, place: int, model: VanishedModel) -> Leaving:
    """With the tasks that it served first; with all that count on it where it served none."""
    first = tuple(task for task in model.tasks if _served_first(router, task, model.target))
    tasks = first or model.tasks
    return Leaving(place, model.target, None, 0, tasks, _all_candidates(router, tasks, model.target))


def _served_first(router: DualModelRouter, task: TaskType, gone: Target) -> bool:
    """Whether a model that is gone stands ahead of what serves now."""
    serving = serving_target(router, task)
    names = [line.target for line in router.plan(config=TaskConfig(task))]
    return gone in names and (serving is None or names.index(gone) < names.index(serving))


def _all_candidates(
    router: DualModelRouter, tasks: Sequence[TaskType], target: Target
) -> Mapping[TaskType, tuple[Target, ...]]:
    return {task: _candidates(router, task, target) for task in tasks}


def _candidates(router: DualModelRouter, task: TaskType, target: Target) -> tuple[Target, ...]:
    """The table's own successors come first, then whoever is offered for the task."""
    offered = [offer.target for offer in offered_targets(router, task)]
    named = [successor for successor in router.table.model(target).successors if successor in offered]
    others = [other for other in [*named, *offered] if other != target]
    candidates = list(dict.fromkeys(others))[:_MOST_CANDIDATES]
    return (target, *candidates) if target in offered else tuple(candidates)
