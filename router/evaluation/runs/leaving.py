"""Models that serve a task now and whose end is announced: how long they have, and who could take their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from router.api import DualModelRouter
from router.evaluation.runs.targets import offered_targets, serving_target
from router.table.retirements import retirements
from router.types import Target, TaskType

_MOST_CANDIDATES = 2


@dataclass(frozen=True, slots=True)
class Leaving:
    """A model that goes.

    Attributes:
        place: its place among those that go, from 0 on.
        on: its last day; `days` are left until then.
        tasks: those that it serves now.
        candidates: by task, who is to be asked: itself, as long as it can be, and the next behind it.
    """

    place: int
    target: Target
    on: date
    days: int
    tasks: tuple[TaskType, ...]
    candidates: Mapping[TaskType, tuple[Target, ...]]


def leaving_models(router: DualModelRouter, today: date) -> list[Leaving]:
    """The models that serve a task first and are announced to end, the soonest first."""
    ends = retirements(router.table, router.listings(), today)
    # Eight plans for every look at a page would be spent for nothing while no end is announced.
    serving = {task: serving_target(router, task) for task in TaskType} if ends else {}
    leaving: list[Leaving] = []
    for retirement in ends:
        tasks = tuple(task for task, target in serving.items() if target == retirement.target)
        if tasks:
            candidates = {task: _candidates(router, task, retirement.target) for task in tasks}
            days = (retirement.on - today).days
            leaving.append(Leaving(len(leaving), retirement.target, retirement.on, days, tasks, candidates))
    return leaving


def _candidates(router: DualModelRouter, task: TaskType, target: Target) -> tuple[Target, ...]:
    """The table's own successors come first, then whoever is offered for the task."""
    offered = [offer.target for offer in offered_targets(router, task)]
    named = [successor for successor in router.table.model(target).successors if successor in offered]
    others = [other for other in [*named, *offered] if other != target]
    return (target, *list(dict.fromkeys(others))[:_MOST_CANDIDATES])
