"""A task's chain of targets: whom the table asks for, who stands in for them, and who is out whatever the moment.

What depends on the table, the keys, the lists and the day is worked out once for each kind of request, and kept until
one of them changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from router.providers.accounts import Account
from router.request import Call
from router.table.catalogue import Catalogue, best_free
from router.table.dialects import ListForm
from router.table.free import PAID_TEXTS, paid_reason
from router.table.listings import Listed, Listing
from router.table.offers import LISTED
from router.table.routes import RoutingTable
from router.types import AnyTask, PlannedTarget, SpeechTask, Target, TargetState, TaskConfig, TaskType, Tier

_MOST_LISTED = 2
"""Models of one list that come to a chain's end: a machine of one's own may hold dozens."""


@dataclass(frozen=True, slots=True)
class ChainKey:
    """What decides a chain before the request itself is looked at."""

    task: AnyTask
    config: TaskConfig
    pinned: tuple[Target, ...] | None
    day: date
    gone: frozenset[Target]
    vision: bool
    json: bool
    tools: bool
    catalogue: int
    edition: int


class Chains:
    """The chains by one routing table.

    Attributes:
        table: the routing table; `use` changes it.
        edition: a number that changes with the table.
    """

    def __init__(self, table: RoutingTable, accounts: Mapping[str, Account], catalogue: Catalogue) -> None:
        self.table = table
        self.edition = 0
        self._accounts = accounts
        self._catalogue = catalogue
        self._lines: dict[ChainKey, tuple[PlannedTarget, ...]] = {}
        self._checks = (self._retirement, self._no_key, self._left_out, self._not_free)

    def use(self, table: RoutingTable) -> None:
        """Make chains by another table from now on."""
        self.table = table
        self.edition += 1
        self._lines.clear()

    def key_of(self, call: Call, gone: frozenset[Target], now: float) -> ChainKey:
        """What decides a call's chain.

        Args:
            gone: the models that their providers have said are gone, whose successors take their place.
            now: seconds since the epoch.
        """
        vision = call.wants_vision or self.table.task(call.task).vision
        return ChainKey(
            task=call.task,
            config=call.config,
            pinned=call.targets,
            day=_utc_day(now),
            gone=gone,
            vision=vision,
            json=call.wants_json,
            tools=call.needs_tools,
            catalogue=self._catalogue.version,
            edition=self.edition,
        )

    def lines_of(self, chain: ChainKey) -> tuple[PlannedTarget, ...]:
        """A chain's targets in order, each judged as far as that does not depend on the request or the moment."""
        lines = self._lines.get(chain)
        if lines is None:
            if len(self._lines) > 500:
                self._lines.clear()
            came_with_key = {*self.table.task(chain.task).joined, *self._listed_with_key(chain)}
            judged = [
                replace(self._judged_line(chain, target, origin), joined=target in came_with_key)
                for target, origin in self._candidates(chain)
            ]
            lines = self._lines[chain] = tuple(self._filled_up(chain, judged))
        return lines

    def _candidates(self, chain: ChainKey) -> list[tuple[Target, Target | None]]:
        if chain.pinned is not None:
            return [(target, None) for target in dict.fromkeys(chain.pinned)]
        origins: dict[Target, Target | None] = {}  # whom each stands for
        for target in (*self._asked_for(chain), *self._listed_with_key(chain)):
            self._add_with_successors(target, None, origins, chain)
        return sorted(origins.items(), key=lambda item: self._tier_rank(chain.config, item[0]))

    def _asked_for(self, chain: ChainKey) -> tuple[Target, ...]:
        """The task's own chain, and behind it the vision chain where another task comes with a picture."""
        task = self.table.task(chain.task)
        seeing = self.table.tasks[TaskType.VISION].chain if chain.vision and not task.vision else ()
        return tuple(dict.fromkeys(task.chain + seeing))

    def _listed_with_key(self, chain: ChainKey) -> list[Target]:
        """The best models of lists that come to the end of every chain, as a server's of one's own do."""
        if isinstance(chain.task, SpeechTask):
            return []
        names = [
            name
            for name, account in self._accounts.items()
            if LISTED in account.entry.models_for(chain.task) and name in self.table.providers
        ]
        left_out = self.table.task(chain.task).left_out
        targets = [
            Target(name, model.id) for name in names for model in self._best_free_models(chain, name)[:_MOST_LISTED]
        ]
        return [target for target in targets if target not in left_out]

    def _filled_up(self, chain: ChainKey, lines: list[PlannedTarget]) -> list[PlannedTarget]:
        """A chain whose models are all gone gets the best free ones of the catalogue, ahead of its last resort."""
        living = [line for line in lines if line.kept and self.table.tier(line.target) is not Tier.NONE]
        # A list does not tell which of its models write recordings down.
        if living or chain.pinned is not None or isinstance(chain.task, SpeechTask):
            return lines
        known = {line.target for line in lines}
        chosen = [
            self._judged_line(chain, target, None) for target in self._catalogue_choice(chain) if target not in known
        ]
        position = next((index for index, line in enumerate(lines) if line.kept), len(lines))
        return [*lines[:position], *(replace(line, chosen=True) for line in chosen), *lines[position:]]

    def _catalogue_choice(self, chain: ChainKey) -> list[Target]:
        """The catalogue's best for this chain: two of each provider, in the order of the task's own."""
        first = [target.provider for target in self.table.task(chain.task).targets]
        names = [name for name in dict.fromkeys([*first, *self._accounts]) if name in self._accounts]
        picks = [Target(name, model.id) for name in names for model in self._best_free_models(chain, name)[:2]]
        return sorted(picks, key=lambda target: self._tier_rank(chain.config, target))

    def _best_free_models(self, chain: ChainKey, name: str) -> list[Listed]:
        account = self._accounts[name]
        listing = self._catalogue.listing(account.id)
        if listing is None:
            return []
        wants = {"vision": chain.vision, "wants_json": chain.json, "tools": chain.tools}
        models = best_free(listing, account.entry, chain.day, free_only=self.table.free_only, **wants)
        return [model for model in models if Target(name, model.id) not in chain.gone]

    def _add_with_successors(
        self, target: Target, stands_for: Target | None, origins: dict[Target, Target | None], chain: ChainKey
    ) -> None:
        """Add a target and, where it is gone, its successors right behind it."""
        if target in origins:
            return
        origins[target] = stands_for
        if target in chain.gone or self._retirement(chain, target) is not None:
            for successor in self.table.model(target).successors:
                self._add_with_successors(successor, stands_for or target, origins, chain)

    def _tier_rank(self, config: TaskConfig, target: Target) -> int:
        """0 for the tier that an override moves to the front, 1 for the rest; sorting keeps the order within."""
        preferred_tier = (
            Tier.SPEED if config.prioritize_speed else Tier.ACCURACY if config.prioritize_accuracy else None
        )
        return 0 if preferred_tier is not None and self.table.tier(target) is preferred_tier else 1

    def is_degraded(self, config: TaskConfig, target: Target) -> bool:
        """Whether `target` is of a lower tier than critical accuracy asks for."""
        return config.critical_accuracy and self.table.tier(target) is not Tier.ACCURACY

    def listed_model(self, target: Target) -> Listed | None:
        """What its provider's list says of a model; None where there is no list, or nothing in it."""
        account = self._accounts.get(target.provider)
        return None if account is None else self._catalogue.find(account.id, target.model)

    # --- the checks: a state and a reason, or None --------------------------------------------------------------------

    def _judged_line(self, chain: ChainKey, target: Target, stands_for: Target | None) -> PlannedTarget:
        for check in self._checks:
            if (verdict := check(chain, target)) is not None:
                return PlannedTarget(target, False, *verdict, stands_for=stands_for)
        return PlannedTarget(target, True, reason=self._announced_end(chain, target), stands_for=stands_for)

    def _announced_end(self, chain: ChainKey, target: Target) -> str:
        """The end that the provider's list or the table announces for a model that still serves."""
        listed, retired = self.listed_model(target), self.table.model(target).retired
        day = listed.expires if listed is not None and listed.expires is not None else retired
        if not isinstance(day, date) or day < chain.day:
            return ""
        return f"its provider has announced its end for {day.isoformat()}"

    def _retirement(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        """Gone by the table, unless its provider lists it again; or gone by the provider's list."""
        model = self.table.model(target)
        account = self._accounts.get(target.provider)
        listing = None if account is None else self._catalogue.listing(account.id)
        listed = None if listing is None else listing.models.get(target.model)
        if listed is not None and not listed.gone_on(chain.day):
            return None
        if account is not None and listed is None and _is_partial(account.dialect.models, chain.task):
            listing = None  # a list that names only some models says nothing of the others
        words = model.retired_text if model.retired_on(chain.day) else _not_listed(listing, listed)
        if words is None:
            return None
        instead = f"; {self.table.label(model.successors[0])} stands in for it" if model.successors else ""
        return TargetState.RETIRED, words + instead

    def _no_key(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        if target.provider in self._accounts:
            return None
        entry = self.table.entries.get(target.provider)
        if entry is None:
            return TargetState.NO_KEY, "the table has no such provider"
        needed = [name for name in (entry.key_env, *entry.url_parts.values()) if name] or [entry.base_url_env or ""]
        return TargetState.NO_KEY, f"{' or '.join(needed)} is not set"

    def _left_out(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        accurate = any(account.entry.tier is Tier.ACCURACY for account in self._accounts.values())
        if not accurate or not self.is_degraded(chain.config, target):
            return None
        return TargetState.LEFT_OUT, "critical accuracy was asked for, and this is not of that tier"

    def _not_free(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        if not self.table.free_only:
            return None
        reason = paid_reason(self.table.entries[target.provider], target.model, self.listed_model(target))
        if reason is None:
            return None
        return TargetState.NOT_FREE, f"{PAID_TEXTS[reason]}, and only free models are called"


def _is_partial(form: ListForm, task: AnyTask) -> bool:
    """Whether a list is read in part: what is picked out of it are models that answer prompts."""
    return not form.is_complete or (bool(form.only) and isinstance(task, SpeechTask))


def _not_listed(listing: Listing | None, listed: Listed | None) -> str | None:
    if listed is not None and listed.expires is not None:
        return f"retired {listed.expires.isoformat()}"
    return None if listing is None else "retired: its provider does not list it any more"


def _utc_day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
