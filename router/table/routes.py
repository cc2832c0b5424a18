"""The routing table: the file `routes.toml` checked and made into frozen values.

`route_file.load_routes` is the only way in. Model ids live in the file alone; nothing in the code knows one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from router.errors import ConfigurationError
from router.table.dialects import Dialect, shipped_dialects
from router.table.rows import Count, Seconds, TableRow, Tokens, Words
from router.types import AnyTask, SpeechTask, Target, TaskType, Tier

Effort = Literal["low", "medium", "high"]
JsonMode = Literal["json_schema", "json_object"]
ProviderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""It stands ahead of the colon in targets, and in the log, addresses of pages and figures."""

_Target = Annotated[Target, BeforeValidator(Target.parse)]

PartName = Annotated[str, Field(pattern=r"^[a-z_]+$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Limits(TableRow):
    """Figures that hold for every request; seconds unless the name says otherwise. The file explains each."""

    attempts: Annotated[int, Field(ge=1, le=40)] = 20
    cooldown_rate_limited: Seconds = 60.0
    cooldown_rate_limited_cap: Seconds = 600.0
    cooldown_sick: Seconds = 5.0
    cooldown_sick_cap: Seconds = 20.0
    cooldown_gone: Seconds = 86_400.0
    cooldown_operator: Seconds = 3_600.0
    after_finish: Seconds = 0.5
    connect: Seconds = 5.0
    retry_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    retry_burst: Annotated[float, Field(ge=0)] = 3.0
    last_resort_share: Annotated[float, Field(ge=0, le=10)] = 1.0
    last_resort_burst: Annotated[float, Field(ge=0)] = 8.0

    @classmethod
    def with_old_names(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tables that were copied from an older version say `hold_sick` for `cooldown_sick`, and so on."""
        return {re.sub("^hold_", "cooldown_", str(name)): value for name, value in values.items()}


class ProviderEntry(TableRow):
    """Who a provider is and which wire it speaks.

    Attributes:
        dialect: the wire, by its name among the table's dialects; `openai` for any compatible address.
        base_url: where it is; a part of the account in it stands in braces, as `{account_id}`.
        url_parts: those parts, each with the variable that holds it.
        key_env: the variable with its key; None where it takes none (a local server).
        key_prefix: how all its keys begin, so that one in another provider's variable is noticed; None where it varies.
        key_page: where to get a key.
        needs_address: whether it is there only where `base_url_env` is set, as a server on one's own machine.
        simulated_by: the simulated provider that stands in for it; that of its dialect's name if left out.
        requests_per_minute, requests_per_day: the account's allowance for all its free models together.
        reserve: of each day's allowance for all its free models, the last requests that are kept for a task: no other
            task is given them.
        free: `plan` (all its models, on the operator's word) or `marked` (ids ending in `:free` and `free_models`).
        serves: models that come to the end of each task's chain with its key: `all`, and a task's own in place of
            those; `*` is what its list holds. `all` is not about recordings: those need `transcription`.
        first_token: seconds that a slow provider is given to its first token at least, whatever the task says.
        limits_note, terms, terms_page: what its free plan allows, and what becomes of prompts, in words for people.
        checked, source, untried: the day on which the entry's facts were looked up, where, and what of them could not
            be tried against the provider.
    """

    label: Words
    dialect: str
    base_url: str
    base_url_env: str | None = None
    url_parts: dict[PartName, VariableName] = {}
    key_env: str | None = None
    key_prefix: Annotated[str, Field(min_length=3)] | None = None
    key_page: str | None = None
    needs_address: bool = False
    simulated_by: str | None = None
    tier: Tier = Tier.NONE
    free: Literal["plan", "marked", "no"] = "no"
    free_models: tuple[str, ...] = ()
    requests_per_minute: Count | None = None
    requests_per_day: Count | None = None
    reserve: dict[TaskType, Count] = {}
    serves: dict[TaskType | SpeechTask | Literal["all"], tuple[Words, ...]] = {}
    first_token: Seconds | None = None
    limits_note: str = ""
    terms: str = ""
    terms_page: str | None = None
    checked: date | None = None
    source: str = ""
    untried: str = ""
    _wire: Dialect | None = PrivateAttr(default=None)
    _day_limits: dict[str, int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _address_is_whole(self) -> ProviderEntry:
        named = set(re.findall(r"{([^{}]*)}", self.base_url))
        if named != set(self.url_parts):
            there = ", ".join(sorted(self.url_parts)) or "none"
            raise ValueError(f"the parts in base_url and those in url_parts ({there}) have to be the same")
        if self.needs_address and not self.base_url_env:
            raise ValueError("needs_address goes with base_url_env, the variable with the address")
        return self

    @property
    def wire(self) -> Dialect:
        """Its dialect's facts.

        Raises:
            ConfigurationError: there is no dialect of that name.
        """
        if self._wire is None:  # an entry that stands in no table
            return dialect_named(self.dialect, shipped_dialects())
        return self._wire

    @property
    def day_limits(self) -> Mapping[str, int]:
        """The requests a day that the table states of single models."""
        return self._day_limits

    def use_table(self, dialects: Mapping[str, Dialect], day_limits: dict[str, int]) -> None:
        """Take in what the table that it stands in says elsewhere; the table does so once.

        Raises:
            ConfigurationError: there is no dialect of its name.
        """
        self._wire, self._day_limits = dialect_named(self.dialect, dialects), day_limits

    def models_for(self, task: AnyTask) -> tuple[str, ...]:
        """The models that come to the end of a task's chain with its key; `*` is what its list holds."""
        if task in self.serves or isinstance(task, SpeechTask):
            return self.serves.get(task, ())
        return self.serves.get("all", ())

    def reserve_of_others(self, task: AnyTask) -> dict[TaskType, int]:
        """What of the day's allowance is kept for other tasks than `task`."""
        return {other_task: requests for other_task, requests in self.reserve.items() if other_task is not task}

    @property
    def counts_calls(self) -> bool:
        """Whether calls to its free models have to be counted here, since its replies do not say what is left."""
        return self.requests_per_minute is not None or self.requests_per_day is not None or bool(self._day_limits)

    def is_free(self, model: str) -> bool:
        """Whether `model` may be called while only free models may."""
        return self.free == "plan" or (self.free == "marked" and (model.endswith(":free") or model in self.free_models))


def dialect_named(name: str, dialects: Mapping[str, Dialect]) -> Dialect:
    """The dialect of a name.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name not in dialects:
        raise ConfigurationError(f"dialect = {name!r} is unknown; it is one of: {', '.join(dialects)}")
    return dialects[name]


class ModelEntry(TableRow):
    """What the wire and the planner need to know of a model; what is None is not known and hinders nothing.

    Attributes:
        tokens_per_minute: of the prompt and the output that is asked for together.
        requests_per_minute, requests_per_day: the model's own, beside what its account may do with all of them; those
            a day are counted here, for providers whose replies do not tell them.
        first_token: seconds that a slow model is given to its first token at least, whatever the task says.
        tools: whether it calls tools.
        tool_choice: whether it can be made to call one (`required`, or a certain one).
        parallel_tools: whether it may be left to call several at once; False asks for one at a time.
    """

    label: str = ""
    family: str | None = None
    tier: Tier | None = None
    retired: date | bool = False
    successors: tuple[_Target, ...] = ()
    context: Tokens | None = None
    max_output: Tokens | None = None
    output_limit: Tokens | None = None
    tokens_per_minute: Tokens | None = None
    requests_per_minute: Count | None = None
    requests_per_day: Count | None = None
    first_token: Seconds | None = None
    vision: bool | None = None
    images: Count | None = None
    tools: bool | None = None
    tool_choice: bool | None = None
    parallel_tools: bool | None = None
    json_modes: tuple[JsonMode, ...] = Field(default=(), alias="json")
    params: dict[str, Any] = {}
    effort: dict[Effort, dict[str, Any]] = {}

    def retired_on(self, today: date) -> bool:
        """Whether the model is gone as of `today`; a date in the future is an announcement."""
        return self.retired <= today if isinstance(self.retired, date) else self.retired

    @property
    def retired_text(self) -> str:
        """The words for people: `retired 2026-08-16`, or `retired` where the day is not known."""
        return f"retired {self.retired.isoformat()}" if isinstance(self.retired, date) else "retired"


class TaskEntry(TableRow):
    """One task's chain and its limits, in seconds; `least_pace` is in tokens a second, and 0 takes any.

    Attributes:
        left_out: models that would come to the chain's end with a provider's key, and are not wanted there.
    """

    label: str
    purpose: str
    example: str
    why: str = ""
    left_out: tuple[_Target, ...] = ()
    _joined: tuple[Target, ...] = PrivateAttr(default=())
    targets: Annotated[tuple[_Target, ...], Field(min_length=1)]
    then: tuple[_Target, ...] = ()
    vision: bool = False
    effort: Effort = "low"
    output_tokens: Tokens = 1500
    first_token: Seconds
    idle: Seconds
    attempt: Seconds
    deadline: Seconds
    least_pace: Annotated[float, Field(ge=0, le=1_000)] = 0.0

    @property
    def chain(self) -> tuple[Target, ...]:
        """All targets in the table's order, those that came with a key behind the others."""
        return self.targets + self.then + self._joined

    @property
    def joined(self) -> tuple[Target, ...]:
        """The targets that came with a provider's key, and were put nowhere by a person."""
        return self._joined

    def with_joined(self, targets: tuple[Target, ...]) -> Self:
        """The same with these behind its own targets."""
        entry = self.model_copy()
        entry._joined = targets
        return entry


class TranscriptionEntry(TaskEntry):
    """The chain that writes recordings down, and its limits; a table need not have one."""

    label: str = "Speech to text"
    purpose: str = "A recording written down"
    example: str = ""
    targets: tuple[_Target, ...] = ()
    first_token: Seconds = 45.0
    idle: Seconds = 45.0
    attempt: Seconds = 45.0
    deadline: Seconds = 90.0


class RoutingTable(TableRow):
    """The whole file.

    Attributes:
        dialects: the wires by name.
        providers: those that are part of the table with or without a key.
        offers: those that are off, and stand nowhere, until they have what they need.
        transcription: who writes recordings down.
        source: the path it was read from, for messages and pages.
    """

    version: Literal[1]
    free_only: bool = True
    limits: Limits = Limits()
    dialects: dict[str, Dialect] = {}
    providers: Annotated[dict[ProviderName, ProviderEntry], Field(min_length=1)]
    offers: dict[ProviderName, ProviderEntry] = {}
    models: dict[str, ModelEntry] = {}
    tasks: dict[TaskType, TaskEntry]
    transcription: TranscriptionEntry = TranscriptionEntry.model_construct()
    source: str = ""
    _facts: dict[Target, ModelEntry] = PrivateAttr(default_factory=dict)

    @property
    def entries(self) -> dict[str, ProviderEntry]:
        """All providers, those that are off among them."""
        return self.providers | self.offers

    @model_validator(mode="after")
    def _whole(self) -> RoutingTable:
        if twice := [name for name in self.offers if name in self.providers]:
            raise ValueError(f"{twice[0]} stands under providers and under offers: one of the two is enough")
        for name, entry in self.entries.items():
            try:
                entry.use_table({**shipped_dialects(), **self.dialects}, self._day_limits(name))
            except ConfigurationError as error:
                raise ValueError(f"provider {name}: {error}") from None
        missing = [task.value for task in TaskType if task not in self.tasks]
        if missing:
            raise ValueError(f"tasks without a route: {', '.join(missing)}")
        for target in self._all_targets():
            if target.provider not in self.entries:
                known = ", ".join(self.entries)
                raise ValueError(f"target {target} names provider {target.provider!r}; the table has: {known}")
        return self

    def _day_limits(self, provider: str) -> dict[str, int]:
        limits = {Target.parse(key): entry.requests_per_day for key, entry in self.models.items()}
        return {
            target.model: limit for target, limit in limits.items() if target.provider == provider and limit is not None
        }

    def _all_targets(self) -> list[Target]:
        named = [target for task in (*self.tasks.values(), self.transcription) for target in task.chain]
        named += [target for entry in self.models.values() for target in entry.successors]
        return named + [Target.parse(key) for key in self.models]

    def with_changes(self, **fields: Any) -> RoutingTable:
        """The same with some fields replaced, which are not checked again."""
        table = self.model_copy(update=fields)
        table._facts = {}  # else both would fill one, each with what it knows
        return table

    def task(self, task: AnyTask) -> TaskEntry:
        """The chain and the limits of a task, or of what is done with recordings."""
        return self.transcription if isinstance(task, SpeechTask) else self.tasks[task]

    def model(self, target: Target) -> ModelEntry:
        """The facts about a target; a target that the table does not know has none, which hinders nothing."""
        facts = self._facts.get(target)
        if facts is None:
            facts = self._facts[target] = self.models.get(str(target), _UNKNOWN)
        return facts

    def tier(self, target: Target) -> Tier:
        """The target's own tier, else its provider's."""
        tier = self.model(target).tier
        return tier if tier is not None else self.entries[target.provider].tier

    def foreign_keys(self, name: str) -> dict[str, str]:
        """How the keys of the other providers begin, each with the variable that such a key belongs in."""
        prefix = self.entries[name].key_prefix or ""
        entries = [entry for other_name, entry in self.entries.items() if other_name != name]
        # Where the other's keys begin like this one's own, they cannot be told apart.
        return {
            entry.key_prefix: entry.key_env
            for entry in entries
            if entry.key_prefix and entry.key_env and not prefix.startswith(entry.key_prefix)
        }

    def label(self, target: Target) -> str:
        """A short name for people."""
        return self.model(target).label or target.model


class TaskEdit(TableRow):
    """What is edited of one task: its whole chain, its limits; None is as the table has it."""

    targets: Annotated[tuple[_Target, ...], Field(min_length=1)] | None = None
    left_out: tuple[_Target, ...] | None = None
    output_tokens: Tokens | None = None
    first_token: Seconds | None = None
    idle: Seconds | None = None
    attempt: Seconds | None = None
    deadline: Seconds | None = None


class Edits(TableRow):
    """All edits of a table, and what is known of the models that they add."""

    tasks: dict[TaskType, TaskEdit] = {}
    models: dict[str, ModelEntry] = {}

    def __bool__(self) -> bool:
        return bool(self.tasks)


_UNKNOWN = ModelEntry.model_validate({"json": ("json_object",)})
