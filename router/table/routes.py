"""The routing table: the file `routes.toml` checked and made into frozen values.

`load_routes` is the only way in. Model ids live in the file alone; nothing in the code knows one.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from router.errors import ConfigurationError
from router.setting_paths import is_no_file
from router.types import Target, TaskType, Tier

Effort = Literal["low", "medium", "high"]
JsonMode = Literal["json_schema", "json_object"]
_Target = Annotated[Target, BeforeValidator(Target.parse)]
_Seconds = Annotated[float, Field(gt=0, le=86_400 * 31)]
_Tokens = Annotated[int, Field(gt=0)]


class _TableRow(BaseModel):
    # Built at the first validation: 40 ms that `import router` would otherwise pay for a table that it may never read.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


class Limits(_TableRow):
    """Figures that hold for every request; seconds unless the name says otherwise. The file explains each."""

    attempts: Annotated[int, Field(ge=1, le=40)] = 20
    cooldown_rate_limited: _Seconds = 60.0
    cooldown_rate_limited_cap: _Seconds = 600.0
    cooldown_sick: _Seconds = 5.0
    cooldown_sick_cap: _Seconds = 20.0
    cooldown_gone: _Seconds = 86_400.0
    cooldown_operator: _Seconds = 3_600.0
    after_finish: _Seconds = 0.5
    connect: _Seconds = 5.0
    retry_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    retry_burst: Annotated[float, Field(ge=0)] = 3.0
    last_resort_share: Annotated[float, Field(ge=0, le=10)] = 1.0
    last_resort_burst: Annotated[float, Field(ge=0)] = 8.0

    @model_validator(mode="before")
    @classmethod
    def _take_old_names(cls, values: object) -> object:
        """Tables that were copied from an older version say `hold_sick` for `cooldown_sick`, and so on."""
        if not isinstance(values, dict):
            return values
        return {re.sub("^hold_", "cooldown_", str(name)): value for name, value in values.items()}


class ProviderEntry(_TableRow):
    """Who a provider is and which wire it speaks.

    Attributes:
        dialect: the wire: `groq`, `openrouter`, or `openai` for any compatible address.
        key_env: the variable with its key; None where it takes none (a local server).
        key_prefix: how all its keys begin, so that one in another provider's variable is noticed; None where it varies.
        requests_per_minute, requests_per_day: the account's allowance for all its free models together.
        reserve: of each day's allowance for all its free models, the last requests that are kept for a task: no other
            task is given them.
        free: `plan` (all its models, on the operator's word) or `marked` (ids ending in `:free` and `free_models`).
    """

    label: str
    dialect: str
    base_url: str
    base_url_env: str | None = None
    key_env: str | None = None
    key_prefix: Annotated[str, Field(min_length=3)] | None = None
    key_page: str | None = None
    tier: Tier = Tier.NONE
    free: Literal["plan", "marked", "no"] = "no"
    free_models: tuple[str, ...] = ()
    requests_per_minute: Annotated[int, Field(gt=0)] | None = None
    requests_per_day: Annotated[int, Field(gt=0)] | None = None
    reserve: dict[TaskType, Annotated[int, Field(gt=0)]] = {}

    def reserve_of_others(self, task: TaskType) -> dict[TaskType, int]:
        """What of the day's allowance is kept for other tasks than `task`."""
        return {other: requests for other, requests in self.reserve.items() if other is not task}

    @property
    def counts_calls(self) -> bool:
        """Whether calls to its free models have to be counted here, since its replies do not say what is left."""
        return self.requests_per_minute is not None or self.requests_per_day is not None

    def is_free(self, model: str) -> bool:
        """Whether `model` may be called while only free models may."""
        return self.free == "plan" or (self.free == "marked" and (model.endswith(":free") or model in self.free_models))


class ModelEntry(_TableRow):
    """What the wire and the planner need to know of a model; what is None is not known and hinders nothing.

    Attributes:
        tokens_per_minute: of the prompt and the output that is asked for together.
        requests_per_minute: the model's own, beside what its account may do with all of them.
        tools: whether it calls tools.
        tool_choice: whether it can be made to call one (`required`, or a certain one).
        parallel_tools: whether it may be left to call several at once; False asks for one at a time.
    """

    label: str = ""
    family: str | None = None
    tier: Tier | None = None
    retired: date | bool = False
    successors: tuple[_Target, ...] = ()
    context: _Tokens | None = None
    max_output: _Tokens | None = None
    output_limit: _Tokens | None = None
    tokens_per_minute: _Tokens | None = None
    requests_per_minute: Annotated[int, Field(gt=0)] | None = None
    vision: bool | None = None
    images: Annotated[int, Field(gt=0)] | None = None
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


class TaskEntry(_TableRow):
    """One task's chain and its limits, in seconds; `least_pace` is in tokens a second, and 0 takes any."""

    label: str
    purpose: str
    example: str
    why: str = ""
    targets: Annotated[tuple[_Target, ...], Field(min_length=1)]
    then: tuple[_Target, ...] = ()
    vision: bool = False
    effort: Effort = "low"
    output_tokens: _Tokens = 1500
    first_token: _Seconds
    idle: _Seconds
    attempt: _Seconds
    deadline: _Seconds
    least_pace: Annotated[float, Field(ge=0, le=1_000)] = 0.0

    @property
    def chain(self) -> tuple[Target, ...]:
        """All targets in the table's order."""
        return self.targets + self.then


class RoutingTable(_TableRow):
    """The whole file.

    Attributes:
        source: the path it was read from, for messages and pages.
    """

    version: Literal[1]
    free_only: bool = True
    limits: Limits = Limits()
    providers: Annotated[dict[str, ProviderEntry], Field(min_length=1)]
    models: dict[str, ModelEntry] = {}
    tasks: dict[TaskType, TaskEntry]
    source: str = ""
    _facts: dict[Target, ModelEntry] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> RoutingTable:
        missing = [task.value for task in TaskType if task not in self.tasks]
        if missing:
            raise ValueError(f"tasks without a route: {', '.join(missing)}")
        for target in self._all_targets():
            if target.provider not in self.providers:
                known = ", ".join(self.providers)
                raise ValueError(f"target {target} names provider {target.provider!r}; the table has: {known}")
        return self

    def _all_targets(self) -> list[Target]:
        named = [target for task in self.tasks.values() for target in task.chain]
        named += [target for entry in self.models.values() for target in entry.successors]
        return named + [Target.parse(key) for key in self.models]

    def model(self, target: Target) -> ModelEntry:
        """The facts about a target; a target that the table does not know has none, which hinders nothing."""
        facts = self._facts.get(target)
        if facts is None:
            facts = self._facts[target] = self.models.get(str(target), _UNKNOWN)
        return facts

    def tier(self, target: Target) -> Tier:
        """The target's own tier, else its provider's."""
        own = self.model(target).tier
        return own if own is not None else self.providers[target.provider].tier

    def foreign_keys(self, name: str) -> dict[str, str]:
        """How the keys of the other providers begin, each with the variable that such a key belongs in."""
        own = self.providers[name].key_prefix or ""
        entries = [entry for other, entry in self.providers.items() if other != name]
        # Where the other's keys begin like this one's own, they cannot be told apart.
        return {
            entry.key_prefix: entry.key_env
            for entry in entries
            if entry.key_prefix and entry.key_env and not own.startswith(entry.key_prefix)
        }

    def label(self, target: Target) -> str:
        """A short name for people."""
        return self.model(target).label or target.model


class TaskEdit(_TableRow):
    """What is edited of one task: its whole chain, its limits; None is as the table has it."""

    targets: Annotated[tuple[_Target, ...], Field(min_length=1)] | None = None
    output_tokens: _Tokens | None = None
    first_token: _Seconds | None = None
    idle: _Seconds | None = None
    attempt: _Seconds | None = None
    deadline: _Seconds | None = None


class Edits(_TableRow):
    """All edits of a table, and what is known of the models that they add."""

    tasks: dict[TaskType, TaskEdit] = {}
    models: dict[str, ModelEntry] = {}

    def __bool__(self) -> bool:
        return bool(self.tasks)


_UNKNOWN = ModelEntry.model_validate({"json": ("json_object",)})


class FileStamp(NamedTuple):
    """What changes of a file whenever what is in it does: also where it is replaced, or its dates are set back."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int


def file_stamp(path: Path) -> FileStamp | None:
    """The stamp of a file, for the price of one `stat`; None where there is none."""
    try:
        status = os.stat(path)  # which costs half of what `Path.stat` does, before every request
    except OSError:
        return None
    return FileStamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


_read_tables: dict[Path, tuple[FileStamp, RoutingTable]] = {}  # two threads may read the same file: both are right


def load_routes(path: Path) -> RoutingTable:
    """Read and check a routing table; one that has not changed since is not read again.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or says something that cannot hold; names the file,
            the setting and its value.
    """
    stamp = file_stamp(path)  # ahead of the reading: what is written meanwhile is then read the next time
    read_at, table = _read_tables.get(path, (None, None))
    if table is None or stamp is None or read_at != stamp:
        table = _read_table(path)
        if stamp is not None:
            _read_tables[path] = stamp, table
    return table


def _read_table(path: Path) -> RoutingTable:
    if is_no_file(path):
        raise ConfigurationError(f"{path} is a folder or a device; ROUTER_ROUTES has to name a readable file")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"the routing table {path} cannot be read ({error.strerror}); ROUTER_ROUTES has to name a readable file"
        ) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise ConfigurationError(f"the routing table {path} is no valid TOML: {error}") from error
    return checked(data, str(path), f"the routing table {path}")


def checked(data: Mapping[str, Any], source: str, name: str) -> RoutingTable:
    """A table out of plain values.

    Args:
        source: where they come from, kept in the table.
        name: what they are, for the error.

    Raises:
        ConfigurationError: they say something that cannot hold; names each setting and its value.
    """
    try:
        return RoutingTable.model_validate({**data, "source": source})
    except ValidationError as error:
        raise ConfigurationError(f"{name} does not hold:\n{_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    return "\n".join(
        f"  {'.'.join(map(str, fault['loc'])) or 'table'} = {_shown(fault)}: {fault['msg']}"
        for fault in error.errors(include_url=False)
    )


def _shown(fault: Any) -> str:
    text = repr(fault.get("input"))
    return text if len(text) <= 80 else text[:79] + "…"
