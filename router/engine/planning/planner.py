"""One request → the targets to try in order, and why not the others. No network, no waiting.

The engine asks for a plan before every attempt, with what it has tried already left out; `router.plan` shows the
first of these to people. There is no second way to choose a target.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Literal, NamedTuple

from router.engine.planning.chains import Chains
from router.engine.planning.plan_lines import LinesOnDemand, cooling_line, only_first, with_last_resorts
from router.engine.planning.target_fit import counted_seconds, lacking_tools, recording_misfit
from router.failures import durations
from router.failures.memory import CalledTarget, CooldownVerdict, FailureMemory
from router.failures.quota import QuotaLedger
from router.ports import Clock
from router.providers.accounts import Account
from router.providers.requests import USEFUL_OUTPUT, output_limit
from router.request import Call
from router.table.catalogue import Catalogue
from router.table.routes import JsonMode, ModelEntry, RoutingTable
from router.types import PlannedTarget, Target, TargetState, TaskConfig

_NONE_GONE: frozenset[Target] = frozenset()


class NeededTokens(NamedTuple):
    """The size of a call as its target is likely to count it, in tokens."""

    prompt: int
    output: int


class Planner:
    """Makes plans from the table, the configured accounts and the failure memory.

    What depends on the table, the keys and the day is worked out once for each kind of request (`Chains`); what depends
    on the request and on the moment is looked at every time.
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
        self.accounts = accounts
        self._memory = memory
        self._quota = quota
        self._catalogue = catalogue
        self._clock = clock
        self._chains = Chains(table, accounts, catalogue)
        self._facts: dict[Target, ModelEntry] = {}
        self._facts_of = (-1, 0)  # the versions of the catalogue and of the table that they belong to

    @property
    def table(self) -> RoutingTable:
        """The routing table that it plans by."""
        return self._chains.table

    def use(self, table: RoutingTable) -> None:
        """Plan by another table from now on."""
        self._chains.use(table)

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
        lines = self._chains.lines_of(self._chains.key_of(call, self._gone_models(now), now))
        return [line for line in lines if line.target not in tried] if tried else lines

    def _refreshed_now(self) -> float:
        self._memory.refresh()
        now = self._clock.time()
        for account in self.accounts.values():
            self._quota.refresh(account.id, now)
        return now

    def _gone_models(self, now: float) -> frozenset[Target]:
        """The models that their providers have said are gone, whose successors take their place."""
        gone = self._memory.gone(now)
        if not gone:
            return _NONE_GONE
        account_ids = {account.id for account in self.accounts.values()}
        return frozenset(
            Target(cooldown.provider, cooldown.model) for cooldown in gone if cooldown.account in account_ids
        )

    def _whole_plan(self, lines: Iterable[PlannedTarget], call: Call, now: float) -> list[PlannedTarget]:
        plan = with_last_resorts([self._line_now(line, call, now) for line in lines])
        return plan if call.fallback else list(only_first(plan))

    def degraded(self, config: TaskConfig, target: Target) -> bool:
        """Whether an answer from `target` is of a lower tier than critical accuracy asks for."""
        return self._chains.is_degraded(config, target)

    def facts(self, target: Target) -> ModelEntry:
        """What is known of a target: the table's word, else the catalogue's."""
        versions = self._catalogue.version, self._chains.edition
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
        remaining_modes = tuple(known for known in facts.json_modes if known != mode)
        self._facts[target] = facts.model_copy(update={"json_modes": remaining_modes})

    def lacks_ability(self, target: Target, ability: Literal["tools", "tool_choice", "parallel_tools"]) -> None:
        """A provider says that this model cannot do something with tools; believed until its list is read anew."""
        self._facts[target] = self.facts(target).model_copy(update={ability: False})

    def _joined_facts(self, target: Target) -> ModelEntry:
        entry, listed = self.table.model(target), self._chains.listed_model(target)
        if listed is None:
            return entry
        known = entry.model_dump(exclude_unset=True) if str(target) in self.table.models else {}
        return listed.entry().model_copy(update={name: getattr(entry, name) for name in known})

    def doubt(self, target: Target) -> None:
        """A provider said that a model is gone: its list is due to be read."""
        self._catalogue.doubt(self.accounts[target.provider].id)

    # --- what depends on the request and on the moment ----------------------------------------------------------------

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
        most_output = call.parameters.get("max_tokens") or self.table.task(call.task).output_tokens
        return min(int(most_output), USEFUL_OUTPUT)


def _is_passed_over(line: PlannedTarget) -> bool:
    return not line.kept
