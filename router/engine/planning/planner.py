"""One request → the targets to try in order, and why not the others. No network, no waiting.

The engine asks for a plan before every attempt, with what it has tried already left out; `router.plan` shows the
first of these to people. There is no second way to choose a target.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Literal, NamedTuple

from router.engine.planning.plan_lines import LinesOnDemand, cooling_line, only_first, with_last_resorts
from router.engine.planning.target_fit import counted_seconds, lacking_tools, recording_misfit
from router.failures import durations
from router.failures.memory import CalledTarget, CooldownVerdict, FailureMemory
from router.failures.quota import QuotaLedger
from router.ports import Clock
from router.providers.accounts import Account
from router.providers.requests import USEFUL_OUTPUT, output_limit
from router.request import Call
from router.table.catalogue import Catalogue, best_free
from router.table.dialects import ListForm
from router.table.free import PAID_TEXTS, paid_reason
from router.table.listings import Listed, Listing
from router.table.offers import LISTED
from router.table.routes import JsonMode, ModelEntry, RoutingTable
from router.types import AnyTask, PlannedTarget, SpeechTask, Target, TargetState, TaskConfig, TaskType, Tier

_NONE_GONE: frozenset[Target] = frozenset()

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


class NeededTokens(NamedTuple):
    """The size of a call as its target is likely to count it, in tokens."""

    prompt: int
    output: int


class Planner:
    """Makes plans from the table, the configured accounts and the failure memory.

    What depends on the table, the keys and the day is worked out once for each kind of request; what depends on the
    request and on the moment is looked at every time.
    """

    def __init__(
        self,
        *,
        table: RoutingTable,
        accounts: Mapping[str, Account],
        memory: FailureMemory,
        quota: QuotaLedger,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self.table = table
        self.accounts = accounts
        self._memory = memory
        self._quota = quota
        self._catalogue = catalogue
        self._clock = clock
        self._edition = 0
        self._facts: dict[Target, ModelEntry] = {}
        self._facts_of = (-1, 0)  # the versions of the catalogue and of the table that they belong to
        self._chains: dict[ChainKey, tuple[PlannedTarget, ...]] = {}
        self._checks = (self._retirement, self._no_key, self._left_out, self._not_free)

    def use(self, table: RoutingTable) -> None:
        """Plan by another table from now on."""
        self.table = table
        self._edition += 1
        self._chains.clear()

    def plan(self, call: Call, tried: Collection[Target] = ()) -> list[PlannedTarget]:
        """Every candidate in order, each kept or passed over with the reason.

        Args:
            tried: targets that this request has had an attempt at, left out altogether.
        """
        now = self._refreshed_now()
        return self._whole_plan(self._untried_lines(call, tried, now), call, now)

    def plan_ahead(self, call: Call, tried: Collection[Target] = ()) -> Iterable[PlannedTarget]:
        """The same plan, whose lines are looked at as far as they are asked for; to be gone through at once.

        Nearly every request is answered by the first of them, and needs to know of one more.
        """
        now = self._refreshed_now()
        lines = self._untried_lines(call, tried, now)
        gone = list(takewhile(_is_passed_over, lines))  # retired ones first, as a table gets with the years
        following = (self._line_now(line, call, now) for line in lines[len(gone) :])
        first = next(following, None) if call.fallback else None
        if first is None or not first.kept:
            return self._whole_plan(lines, call, now)
        return LinesOnDemand([*gone, first], following)

    def _untried_lines(self, call: Call, tried: Collection[Target], now: float) -> Sequence[PlannedTarget]:
        lines = self._judged_lines(self._chain_key(call, now))
        return [line for line in lines if line.target not in tried] if tried else lines

    def _refreshed_now(self) -> float:
        self._memory.refresh()
        now = self._clock.time()
        for account in self.accounts.values():
            self._quota.refresh(account.id, now)
        return now

    def _whole_plan(self, lines: Iterable[PlannedTarget], call: Call, now: float) -> list[PlannedTarget]:
        plan = with_last_resorts([self._line_now(line, call, now) for line in lines])
        return plan if call.fallback else list(only_first(plan))

    def degraded(self, config: TaskConfig, target: Target) -> bool:
        """Whether an answer from `target` is of a lower tier than critical accuracy asks for."""
        return config.critical_accuracy and self.table.tier(target) is not Tier.ACCURACY

    def facts(self, target: Target) -> ModelEntry:
        """What is known of a target: the table's word, else the catalogue's."""
        versions = self._catalogue.version, self._edition
        if self._facts_of != versions:
            self._facts, self._facts_of = {}, versions
        facts = self._facts.get(target)
        if facts is None:
            facts = self._facts[target] = self._joined_facts(target)
        return facts

    def needed_tokens(self, call: Call, target: Target) -> NeededTokens:
        """What a provider counts a call as when it comes in: its prompt, and the output that is asked for."""
        if call.recording is not None:
            return NeededTokens(0, 0)
        called_target = self.accounts[target.provider].called_target(target.model)
        prompt = self._quota.tokens(called_target, call.prompt_tokens)
        return NeededTokens(prompt, self._needed_output(call, self.facts(target)))

    def _needed_output(self, call: Call, facts: ModelEntry) -> int:
        return 0 if call.recording is not None else output_limit(call, facts, self.table.task(call.task))[0]

    def refuses(self, target: Target, mode: JsonMode) -> None:
        """A provider does not take a JSON mode for this model; believed until its list is read anew."""
        facts = self.facts(target)
        left = tuple(known for known in facts.json_modes if known != mode)
        self._facts[target] = facts.model_copy(update={"json_modes": left})

    def lacks_ability(self, target: Target, ability: Literal["tools", "tool_choice", "parallel_tools"]) -> None:
        """A provider says that this model cannot do something with tools; believed until its list is read anew."""
        self._facts[target] = self.facts(target).model_copy(update={ability: False})

    def _joined_facts(self, target: Target) -> ModelEntry:
        entry, listed = self.table.model(target), self._listed_model(target)
        if listed is None:
            return entry
        known = entry.model_dump(exclude_unset=True) if str(target) in self.table.models else {}
        return listed.entry().model_copy(update={name: getattr(entry, name) for name in known})

    def doubt(self, target: Target) -> None:
        """A provider said that a model is gone: its list is due to be read."""
        self._catalogue.doubt(self.accounts[target.provider].id)

    def _listed_model(self, target: Target) -> Listed | None:
        account = self.accounts.get(target.provider)
        return None if account is None else self._catalogue.find(account.id, target.model)

    def _chain_key(self, call: Call, now: float) -> ChainKey:
        vision = call.wants_vision or self.table.task(call.task).vision
        return ChainKey(
            task=call.task,
            config=call.config,
            pinned=call.targets,
            day=_utc_day(now),
            gone=self._gone_models(now),
            vision=vision,
            json=call.wants_json,
            tools=call.needs_tools,
            catalogue=self._catalogue.version,
            edition=self._edition,
        )

    def _gone_models(self, now: float) -> frozenset[Target]:
        """The models that their providers have said are gone, whose successors take their place."""
        gone = self._memory.gone(now)
        if not gone:
            return _NONE_GONE
        mine = {account.id for account in self.accounts.values()}
        return frozenset(Target(cooldown.provider, cooldown.model) for cooldown in gone if cooldown.account in mine)

    def _judged_lines(self, chain: ChainKey) -> tuple[PlannedTarget, ...]:
        lines = self._chains.get(chain)
        if lines is None:
            if len(self._chains) > 500:
                self._chains.clear()
            came_with_key = {*self.table.task(chain.task).joined, *self._listed_with_key(chain)}
            judged = [
                replace(self._judged_line(chain, target, origin), joined=target in came_with_key)
                for target, origin in self._candidates(chain)
            ]
            lines = self._chains[chain] = tuple(self._filled_up(chain, judged))
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
            for name, account in self.accounts.items()
            if LISTED in account.entry.models_for(chain.task) and name in self.table.providers
        ]
        left_out = self.table.task(chain.task).left_out
        found = [
            Target(name, model.id) for name in names for model in self._best_free_models(chain, name)[:_MOST_LISTED]
        ]
        return [target for target in found if target not in left_out]

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
        names = [name for name in dict.fromkeys([*first, *self.accounts]) if name in self.accounts]
        picks = [Target(name, model.id) for name in names for model in self._best_free_models(chain, name)[:2]]
        return sorted(picks, key=lambda target: self._tier_rank(chain.config, target))

    def _best_free_models(self, chain: ChainKey, name: str) -> list[Listed]:
        account = self.accounts[name]
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
        wanted = Tier.SPEED if config.prioritize_speed else Tier.ACCURACY if config.prioritize_accuracy else None
        return 0 if wanted is not None and self.table.tier(target) is wanted else 1

    # --- what does not depend on the moment: the state and the reason, or None ----------------------------------------

    def _judged_line(self, chain: ChainKey, target: Target, stands_for: Target | None) -> PlannedTarget:
        for check in self._checks:
            if (verdict := check(chain, target)) is not None:
                return PlannedTarget(target, False, *verdict, stands_for=stands_for)
        return PlannedTarget(target, True, reason=self._announced_end(chain, target), stands_for=stands_for)

    def _announced_end(self, chain: ChainKey, target: Target) -> str:
        """The end that the provider's list or the table announces for a model that still serves."""
        listed, retired = self._listed_model(target), self.table.model(target).retired
        day = listed.expires if listed is not None and listed.expires is not None else retired
        if not isinstance(day, date) or day < chain.day:
            return ""
        return f"its provider has announced its end for {day.isoformat()}"

    def _retirement(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        """Gone by the table, unless its provider lists it again; or gone by the provider's list."""
        model = self.table.model(target)
        account = self.accounts.get(target.provider)
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
        if target.provider in self.accounts:
            return None
        entry = self.table.entries.get(target.provider)
        if entry is None:
            return TargetState.NO_KEY, "the table has no such provider"
        needed = [name for name in (entry.key_env, *entry.url_parts.values()) if name] or [entry.base_url_env or ""]
        return TargetState.NO_KEY, f"{' or '.join(needed)} is not set"

    def _left_out(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        accurate = any(account.entry.tier is Tier.ACCURACY for account in self.accounts.values())
        if not accurate or not self.degraded(chain.config, target):
            return None
        return TargetState.LEFT_OUT, "critical accuracy was asked for, and this is not of that tier"

    def _not_free(self, chain: ChainKey, target: Target) -> tuple[TargetState, str] | None:
        if not self.table.free_only:
            return None
        reason = paid_reason(self.table.entries[target.provider], target.model, self._listed_model(target))
        if reason is None:
            return None
        return TargetState.NOT_FREE, f"{PAID_TEXTS[reason]}, and only free models are called"

    # --- what does ---------------------------------------------------------------------------------------------------

    def _line_now(self, line: PlannedTarget, call: Call, now: float) -> PlannedTarget:
        if not line.kept:
            return line
        target = line.target
        account = self.accounts[target.provider]
        called_target = account.called_target(target.model)
        tokens, facts = self._quota.tokens(called_target, call.prompt_tokens), self.facts(target)
        if call.recording is None:
            misfit, seconds = self._misfit(facts, called_target, call, tokens), 0.0
        else:
            form = account.dialect.transcription
            misfit, seconds = recording_misfit(call.recording, form), counted_seconds(call.recording, form)
        if misfit is not None:
            return replace(line, kept=False, state=TargetState.UNFIT, reason=misfit)
        standing = self._memory.standing(called_target, now)
        if standing.verdict is CooldownVerdict.COOLING and not standing.merely_sick:
            return cooling_line(line, standing)
        short = self._quota.shortfall(
            called_target,
            account.entry,
            tokens,
            now,
            output=self._needed_output(call, facts),
            audio_seconds=seconds,
            facts=facts,
            reserve=account.entry.reserve_of_others(call.task) if account.entry.reserve else None,
        )
        if short is not None:
            until = durations.utc(short.until)
            return replace(line, kept=False, state=TargetState.NO_ALLOWANCE, reason=short.reason, until=until)
        if standing.cooldown is None:
            return line
        return replace(cooling_line(line, standing), last_resort=standing.merely_sick)

    def _misfit(self, facts: ModelEntry, called_target: CalledTarget, call: Call, tokens: int) -> str | None:
        if facts.vision is False and (call.wants_vision or self.table.task(call.task).vision):
            return "it does not read images"
        if facts.images is not None and call.images > facts.images:
            return f"it takes {facts.images} images at most, and the request has {call.images}"
        if call.needs_tools and (words := lacking_tools(call, facts)) is not None:
            return words
        if facts.context is not None and tokens > facts.context:
            return f"the prompt of about {tokens} tokens is over its context of {facts.context}"
        minute = self._quota.minute_limit(called_target) or facts.tokens_per_minute
        if minute is not None and tokens > minute:
            return f"the prompt of about {tokens} tokens is over its {minute} tokens a minute"
        if minute is None and facts.context is None:
            return None
        room = min(limit for limit in (minute, facts.context) if limit is not None)
        if room - tokens < self._least_output(call):
            return f"beside the prompt of about {tokens} tokens, its {room} leave no room for an answer"
        return None

    def _least_output(self, call: Call) -> int:
        wanted = call.parameters.get("max_tokens") or self.table.task(call.task).output_tokens
        return min(int(wanted), USEFUL_OUTPUT)


def _is_passed_over(line: PlannedTarget) -> bool:
    return not line.kept


def _is_partial(form: ListForm, task: AnyTask) -> bool:
    """Whether a list is read in part: what is picked out of it are models that answer prompts."""
    return not form.is_complete or (bool(form.only) and isinstance(task, SpeechTask))


def _not_listed(listing: Listing | None, listed: Listed | None) -> str | None:
    if listed is not None and listed.expires is not None:
        return f"retired {listed.expires.isoformat()}"
    return None if listing is None else "retired: its provider does not list it any more"


def _utc_day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
