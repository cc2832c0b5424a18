"""Providers that the table has off until they have what they need: a key, or an address on one's own machine.

They stand nowhere then: in no chain, on no page but Setup. With a key they are part of the table like any other, and
their models come to the end of each task's chain, until somebody puts them where they belong.
"""

from __future__ import annotations

from collections.abc import Collection

from router.table.routes import ProviderEntry, RoutingTable, TaskEntry
from router.types import AnyTask, SpeechTask, Target

LISTED = "*"
"""In `serves`: the models of the provider's own list."""


def table_in_use(table: RoutingTable, names: Collection[str]) -> RoutingTable:
    """The table with these of its offers switched on, and without the models of the others.

    An offer that stands in a chain, because somebody has put it there, is part of the table with or without its key.

    Args:
        names: the providers that have what they need.
    """
    placed = {target.provider for task in (*table.tasks.values(), table.transcription) for target in task.chain}
    used = {name: entry for name, entry in table.offers.items() if name in names or name in placed}
    if not table.offers:
        return table
    ready = {name: entry for name, entry in used.items() if name in names}
    tasks = {task: entry.with_joined(joined_targets(task, entry, ready)) for task, entry in table.tasks.items()}
    offers = {name: entry for name, entry in table.offers.items() if name not in used}
    models = {key: entry for key, entry in table.models.items() if Target.parse(key).provider not in offers}
    brought = joined_targets(SpeechTask.TRANSCRIPTION, table.transcription, ready)
    return table.with_changes(
        providers=table.providers | used,
        offers=offers,
        tasks=tasks,
        transcription=table.transcription.with_joined(brought),
        models=models,
    )


def joined_targets(task: AnyTask, entry: TaskEntry, ready: dict[str, ProviderEntry]) -> tuple[Target, ...]:
    """What comes to the end of a task's chain with the keys of these providers."""
    brought = (
        Target(name, model)
        for name, provider in ready.items()
        for model in provider.models_for(task)
        if model != LISTED
    )
    return tuple(target for target in brought if target not in entry.chain and target not in entry.left_out)
