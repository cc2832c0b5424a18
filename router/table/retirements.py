"""What is going to be gone: the table's models whose end is announced, by the table or by their providers' lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from router.table.listings import Listing
from router.table.routes import RoutingTable
from router.types import ALL_TASKS, AnyTask, Target, TaskType


@dataclass(frozen=True, slots=True)
class Retirement:
    """A model's announced end.

    Attributes:
        on: its last day.
        tasks: whose chains it stands in, as itself or as a successor; that of recordings is among them.
    """

    target: Target
    on: date
    tasks: tuple[AnyTask, ...]


def retirements(table: RoutingTable, listings: Mapping[str, Listing], today: date) -> list[Retirement]:
    """The announced ends of the table's models from `today` on, the soonest first.

    Args:
        listings: what each provider lists, by provider.
    """
    announced = [
        Retirement(target, day, tasks)
        for target, tasks in _tasks_by_target(table).items()
        if (day := _end(table, listings, target)) is not None and day >= today
    ]
    return sorted(announced, key=lambda retirement: (retirement.on, retirement.target))


@dataclass(frozen=True, slots=True)
class VanishedModel:
    """A model that the table counts on and its provider has no more, though the table knows of no end.

    Attributes:
        tasks: whose chains count on it, as itself or in the place of one that is retired.
    """

    target: Target
    tasks: tuple[TaskType, ...]


def vanished_models(table: RoutingTable, listings: Mapping[str, Listing], today: date) -> list[VanishedModel]:
    """The models that are gone by their providers' lists alone, in the table's order.

    Args:
        listings: what each provider lists, by provider; a provider whose list was never read has lost nothing.
    """
    tasks: dict[Target, tuple[TaskType, ...]] = {}
    for task, entry in table.tasks.items():
        for target in dict.fromkeys(_expected(table, target, today) for target in entry.chain):
            if target is not None and _has_vanished(table, listings, target, today):
                tasks[target] = (*tasks.get(target, ()), task)
    return [VanishedModel(target, served) for target, served in tasks.items()]


def _expected(table: RoutingTable, target: Target, today: date) -> Target | None:
    """Who serves in a place of a chain as far as the table knows: successors that it merely has ready are no loss."""
    candidates = (target, *table.model(target).successors)
    return next((candidate for candidate in candidates if not table.model(candidate).retired_on(today)), None)


def _has_vanished(table: RoutingTable, listings: Mapping[str, Listing], target: Target, today: date) -> bool:
    listing, entry = listings.get(target.provider), table.entries.get(target.provider)
    if listing is None or entry is None:
        return False
    listed = listing.models.get(target.model)
    if listed is None:
        return entry.wire.models.is_complete  # a list that names only some models says nothing of the others
    return listed.gone_on(today)


def _end(table: RoutingTable, listings: Mapping[str, Listing], target: Target) -> date | None:
    listing = listings.get(target.provider)
    listed = None if listing is None else listing.models.get(target.model)
    if listed is not None and listed.expires is not None:
        return listed.expires
    retired = table.model(target).retired
    return retired if isinstance(retired, date) else None


def _tasks_by_target(table: RoutingTable) -> dict[Target, tuple[AnyTask, ...]]:
    tasks: dict[Target, tuple[AnyTask, ...]] = {}
    for task in ALL_TASKS:
        for target in models_of_task(table, task):
            tasks[target] = (*tasks.get(target, ()), task)
    return tasks


def models_of_task(table: RoutingTable, task: AnyTask) -> list[Target]:
    """A task's chain, each model with those that may take its place, and theirs, behind it."""
    named: dict[Target, None] = {}
    waiting = list(reversed(table.task(task).chain))
    while waiting:
        target = waiting.pop()
        if target not in named:
            named[target] = None
            waiting += reversed(table.model(target).successors)
    return list(named)
