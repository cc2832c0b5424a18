"""What is going to be gone: the table's models whose end is announced, by the table or by their providers' lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from router.table.listings import Listing
from router.table.routes import RoutingTable
from router.types import ALL_TASKS, AnyTask, Target


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
        for target in dict.fromkeys(_with_successors(table, table.task(task).chain)):
            tasks[target] = (*tasks.get(target, ()), task)
    return tasks


def _with_successors(table: RoutingTable, chain: tuple[Target, ...]) -> Iterator[Target]:
    for target in chain:
        yield target
        yield from table.model(target).successors
