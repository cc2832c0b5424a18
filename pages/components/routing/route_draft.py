"""A draft of one task's route: the chain and the limits as an operator is changing them, before they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from router.table.edits import LIMITS, ORDER, merged
from router.table.free import target_paid_reason
from router.table.listings import Listed, Listing
from router.table.routes import Edits, ModelEntry, RoutingTable, TaskEdit
from router.types import PlannedTarget, Target, TargetState, TaskType


@dataclass(frozen=True, slots=True)
class Draft:
    """A task's chain and limits.

    Attributes:
        chain: the targets in the order in which they would be tried; models that are gone stand no more among them.
        start, start_limits: chain and limits as they were before they were changed.
    """

    task: TaskType
    chain: tuple[Target, ...]
    start: tuple[Target, ...]
    limits: Mapping[str, float]
    start_limits: Mapping[str, float]

    @classmethod
    def of(cls, table: RoutingTable, task: TaskType, plan: Sequence[PlannedTarget]) -> Draft:
        """The task as it stands: what is left of its chain by a plan, and the table's limits."""
        entry = table.tasks[task]
        living = tuple(line.target for line in plan if line.state is not TargetState.RETIRED) or entry.chain
        limits = {name: getattr(entry, name) for name in LIMITS}
        return cls(task=task, chain=living, start=living, limits=limits, start_limits=limits)

    def moved(self, position: int, by: int) -> Draft:
        """With one target moved up (-1) or down (1)."""
        chain = list(self.chain)
        neighbour = position + by
        if 0 <= neighbour < len(chain):
            chain[position], chain[neighbour] = chain[neighbour], chain[position]
        return replace(self, chain=tuple(chain))

    def first(self, position: int) -> Draft:
        """With one target moved to the head of all."""
        chain = (self.chain[position], *self.chain[:position], *self.chain[position + 1 :])
        return replace(self, chain=chain)

    def without(self, position: int) -> Draft:
        """With one target less; the last one stays."""
        chain = (*self.chain[:position], *self.chain[position + 1 :])
        return replace(self, chain=chain or self.chain)

    def with_target(self, target: Target) -> Draft:
        """With one more, at the end."""
        return self if target in self.chain else replace(self, chain=(*self.chain, target))

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to keep."""
        return self.chain != self.start or dict(self.limits) != dict(self.start_limits)

    def clashes(self, fresh: Draft) -> list[str]:
        """What both this draft and somebody else have changed, and differently: `order`, or names of limits.

        Args:
            fresh: the task as it stands by now.
        """
        order = [ORDER] if self.chain != self.start and fresh.start not in (self.start, self.chain) else []
        limits = [
            name
            for name, value in self.limits.items()
            if value != self.start_limits[name] and fresh.limits[name] not in (value, self.start_limits[name])
        ]
        return order + limits

    def rebased(self, fresh: Draft) -> Draft:
        """This draft's changes upon the task as it stands by now; where both have changed something, this one's."""
        limits = {
            name: fresh.limits[name] if value == self.start_limits[name] else value
            for name, value in self.limits.items()
        }
        return replace(fresh, chain=fresh.chain if self.chain == self.start else self.chain, limits=limits)

    def edits(self, shipped: RoutingTable, edits: Edits, listings: Mapping[str, Listing]) -> Edits:
        """The edits with this draft among them; what is as shipped is no edit."""
        entry = shipped.tasks[self.task]
        changed = {name: value for name, value in self.limits.items() if value != getattr(entry, name)}
        before = edits.tasks[self.task].targets if self.task in edits.tasks else None
        chain = self.chain if self.chain != self.start else before
        values = changed | ({} if chain is None else {"targets": chain, **self._left_out(shipped, chain)})
        models = {
            str(target): listed.entry()
            for target in self.chain
            if str(target) not in shipped.models and (listed := _listed(target, listings)) is not None
        }
        if values:
            return merged(edits, self.task, TaskEdit.model_validate(values), models)
        return Edits(tasks={task: edit for task, edit in edits.tasks.items() if task != self.task}, models=edits.models)

    def _left_out(self, shipped: RoutingTable, chain: tuple[Target, ...]) -> dict[str, tuple[Target, ...]]:
        """What a key has brought to the chain's end and is not wanted there: it would come again."""
        brought = tuple(target for target in shipped.tasks[self.task].joined if target not in chain)
        return {"left_out": brought} if brought else {}


def _listed(target: Target, listings: Mapping[str, Listing]) -> Listed | None:
    listing = listings.get(target.provider)
    return None if listing is None else listing.models.get(target.model)


def choices(table: RoutingTable, listings: Mapping[str, Listing], draft: Draft) -> dict[Target, str]:
    """What can be added, with its abilities: living models of the providers' lists, or of the table without one."""
    day = datetime.now(UTC).date()
    offered: dict[Target, str] = {}
    for provider, listing in listings.items():
        for model in listing.models.values():
            target = Target(provider, model.id)
            if model.chat and not model.gone_on(day) and target_paid_reason(table, target, listings) is None:
                offered[target] = abilities(model.entry())
    for key, known in table.models.items():
        target = Target.parse(key)
        free = target_paid_reason(table, target, listings) is None
        if target.provider not in listings and not known.retired_on(day) and free:
            offered[target] = abilities(known)
    return {target: words for target, words in offered.items() if target not in draft.chain}


def named_target(text: str, table: RoutingTable, options: Mapping[Target, str]) -> Target:
    """The target that somebody typed: as `provider:model`, or by a model's id alone where one provider offers it.

    Raises:
        ValueError: no provider can be told from it; says how to write it.
    """
    typed = text.strip()
    matches = [target for target in options if typed.casefold() in (str(target).casefold(), target.model.casefold())]
    if len(matches) == 1:
        return matches[0]
    provider, colon, model = typed.partition(":")
    if colon and model and provider in table.providers:
        return Target(provider, model)
    known = ", ".join(table.providers)
    if matches:
        raise ValueError(f"{typed} is offered by several providers: write provider:model ({known})")
    raise ValueError(f"{typed} is on no provider's list: check the spelling, or write provider:model ({known})")


def abilities(model: ModelEntry) -> str:
    """What a model can do, in a few words."""
    context = "" if model.context is None else f"{model.context / 1000:,.0f}k context"
    words = [context, "images" if model.vision else "", {"json_schema": "JSON schema", "json_object": "JSON"}.get(
        model.json_modes[0] if model.json_modes else "", ""
    )]  # fmt: skip
    return ", ".join(word for word in words if word)
