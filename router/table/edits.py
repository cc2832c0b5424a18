"""Edits of the routing table, laid over the file's: the file stays as it is shipped.

Pure functions: a table and edits make a table; two tables make their difference; a table makes a file. `EditedTable`
follows the file, and the edits in a store, so that every process on one database routes by the same ones from its next
request on.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from router.errors import ConfigurationError
from router.ports import EditStore
from router.table.free import PAID_TEXTS, target_paid_reason
from router.table.listings import Listing
from router.table.offers import table_in_use
from router.table.operator_files import load_table
from router.table.route_file import checked, file_stamp
from router.table.routes import Edits, ModelEntry, RoutingTable, TaskEdit, TaskEntry
from router.types import Target, TaskType

_log = logging.getLogger("router")

LIMITS = {
    "first_token": "first token within (s)",
    "idle": "longest silence (s)",
    "attempt": "timeout per attempt (s)",
    "deadline": "timeout in all (s)",
    "output_tokens": "most output tokens",
}
"""What of a task's limits can be edited, with its name on pages."""


ORDER = "order"
"""The name of a change of the chain itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two tables, in words."""

    task: TaskType
    what: str
    before: str
    after: str


def apply_edits(table: RoutingTable, edits: Edits) -> RoutingTable:
    """The table with edits laid over it; what the table knows of a model goes before what the edits say of it.

    Raises:
        ConfigurationError: the result does not hold; says what of it.
    """
    if not edits:
        return table
    document = plain(table)
    for task, edit in edits.tasks.items():
        document["tasks"][task.value] |= _overlaid(edit)
    document["models"] = plain(edits.models) | document.get("models", {})
    return checked(document, table.source, "the edited routing table")


def _overlaid(edit: TaskEdit) -> dict[str, Any]:
    """A task's edit as the table has it: the edited chain is all of its targets."""
    settings: dict[str, Any] = plain(edit)
    return settings | {"then": []} if "targets" in settings else settings


def problems(table: RoutingTable, edits: Edits, listings: Mapping[str, Listing]) -> list[str]:
    """Why edits should not be kept; empty where they may.

    Args:
        listings: what each provider lists, by provider.
    """
    try:
        edited = apply_edits(table, edits)
    except ConfigurationError as error:
        return [str(error)]
    chains = (task for task, edit in edits.tasks.items() if edit.targets is not None)
    return [
        *(problem for task in chains for problem in _chain_problems(edited, task, listings)),
        *(problem for task in edits.tasks for problem in _limit_problems(edited.tasks[task])),
    ]


def _chain_problems(table: RoutingTable, task: TaskType, listings: Mapping[str, Listing]) -> Iterator[str]:
    """What is wrong with an edited chain; the file's own may name what routing passes over."""
    entry = table.tasks[task]
    for target in entry.chain:
        if entry.chain.count(target) > 1:
            yield f"{target} stands in the chain more than once."
        listed = listings[target.provider].models.get(target.model) if target.provider in listings else None
        if str(target) not in table.models and target.provider in listings and listed is None:
            yield f"{target} is not on its provider's list of models: check the spelling, or read the list again."
        vision = table.model(target).vision if str(target) in table.models else listed and listed.vision
        if entry.vision and vision is False:
            yield f"{target} does not read images, and this task is about them."
        if (reason := target_paid_reason(table, target, listings)) is not None:
            yield f"{target}: {PAID_TEXTS[reason]}, and only free models are called."


def _limit_problems(entry: TaskEntry) -> Iterator[str]:
    if not entry.first_token <= entry.attempt <= entry.deadline:
        yield "The limits have to grow: first token, then one attempt, then all attempts together."


def difference(before: RoutingTable, after: RoutingTable) -> list[Change]:
    """What differs between two tables of the same tasks."""
    return [change for task in TaskType for change in _changes(before, after, task)]


def _changes(before: RoutingTable, after: RoutingTable, task: TaskType) -> Iterator[Change]:
    old, new = before.tasks[task], after.tasks[task]
    if old.chain != new.chain:
        chains = (" → ".join(table.label(target) for target in table.tasks[task].chain) for table in (before, after))
        yield Change(task, ORDER, *chains)
    for name, words in LIMITS.items():
        if getattr(old, name) != getattr(new, name):
            yield Change(task, words, f"{getattr(old, name):g}", f"{getattr(new, name):g}")


def merged(edits: Edits, task: TaskType, edit: TaskEdit, models: Mapping[str, ModelEntry]) -> Edits:
    """Edits with one task's replaced, and with what is known of the models that it adds."""
    return Edits(tasks={**edits.tasks, task: edit}, models={**models, **edits.models})


# --- as documents ----------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A model as plain values, as the file has them: only what was set, under the file's names."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        named = (
            (fields[name].alias or name, getattr(value, name)) for name in fields if name in value.model_fields_set
        )
        return {name: plain(inner) for name, inner in named if inner is not None and name != "source"}
    if isinstance(value, Target):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def as_toml(table: RoutingTable) -> str:
    """A table as a complete file, fit for `ROUTER_ROUTES`."""
    import tomli_w  # only who exports needs it

    head = "# A routing table, exported from the console. Name this file in ROUTER_ROUTES to use it.\n\n"
    return head + tomli_w.dumps(plain(table))


def as_json(edits: Edits) -> str:
    """Edits as text for a store."""
    return json.dumps(plain(edits), default=str)


def read_edits(text: str | None) -> Edits:
    """The edits in such a text; none in none.

    Raises:
        ConfigurationError: it holds no edits.
    """
    try:
        return Edits.model_validate_json(text) if text else Edits()
    except ValidationError as error:
        raise ConfigurationError(f"the edits in the database cannot be read: {error.error_count()} faults") from error


class EditedTable:
    """The table as it stands now: the file's, with the edits in a store laid over it.

    Both are followed: what is changed in the file or in the store holds from the next request on. A file that has
    become unreadable changes nothing, since a router that served a moment ago goes on serving.

    Attributes:
        shipped: the file's, as it was last read, with the offers that are in use.
        table, edits: as they stand.
    """

    def __init__(
        self, shipped: RoutingTable, store: EditStore, in_use: Collection[str] = (), added: Path | None = None
    ) -> None:
        """Begin with a table.

        Args:
            in_use: the providers that have what they need.
            added: the folder with further providers that it was read with.
        """
        self._in_use, self._added = frozenset(in_use), added
        self._read = shipped
        self._applied = shipped
        self.shipped = self.table = table_in_use(shipped, self._in_use)
        self.edits = Edits()
        self._file = Path(shipped.source) if shipped.source else None
        self._stamp = None if self._file is None else file_stamp(self._file)
        self._file_problem = self._edits_problem = ""
        self._store = store
        self._version: int | None = None
        self._lock = threading.Lock()
        self.refresh()

    @property
    def problem(self) -> str:
        """Why the file or the edits in the store are not used; empty where both are."""
        return "\n".join(filter(None, (self._file_problem, self._edits_problem)))

    def refresh(self) -> bool:
        """Follow what anybody has changed since; whether the table is another one now. Cheap where it is not."""
        stamp = self._stamp if self._file is None else file_stamp(self._file)
        version = self._store.version()
        if stamp == self._stamp and version == self._version:
            return False
        with self._lock:
            before = self.table
            if stamp != self._stamp:
                self._stamp = stamp
                self._read_file()
            self._version = version
            self._lay_edits()
            return self.table is not before

    def _read_file(self) -> None:
        if self._file is None:
            return
        try:
            table = load_table(self._file, self._added)
            # Keys and addresses were read when the router was made: another provider would have neither.
            if table.entries != self._read.entries:
                raise ConfigurationError(f"the providers in {self._file} have changed: that takes a restart")
        except ConfigurationError as error:
            self._file_problem = f"the routing table as it was read before is used: {error}"
            _log.warning("%s", self._file_problem)
        else:
            self._read, self.shipped = table, table_in_use(table, self._in_use)
            self._file_problem = ""

    def _lay_edits(self) -> None:
        try:
            self.edits = read_edits(self._store.load())
            applied = apply_edits(self._read, self.edits)
            if applied is not self._applied:  # else the table would count as another one although nothing has changed
                self._applied, self.table = applied, table_in_use(applied, self._in_use)
            self._edits_problem = ""
        except ConfigurationError as error:
            self._edits_problem = f"the edits of the routing table are not used: {error}"
            _log.warning("%s", self._edits_problem)
            self.edits, self.table, self._applied = Edits(), self.shipped, self._read

    def with_edits(self, edits: Edits) -> RoutingTable:
        """The table as it would be with these edits.

        Raises:
            ConfigurationError: it does not hold.
        """
        return table_in_use(apply_edits(self._read, edits), self._in_use)

    @property
    def document(self) -> RoutingTable:
        """The file's table with the edits, for an export: its offers are still offers."""
        return self._read if self._edits_problem else apply_edits(self._read, self.edits)

    def keep(self, edits: Edits, note: str, *, over: int | None = None) -> bool:
        """Keep edits in place of those there are; False where nothing was written. `EditStore.keep` says of `over`."""
        return self._store.keep(as_json(edits), note, over=over)

    def undo(self, *, over: int | None = None) -> bool:
        """Take the latest edits back; those before them hold again. False where there were none, or not `over`."""
        return self._store.undo(over=over)
