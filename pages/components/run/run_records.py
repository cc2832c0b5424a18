"""A run by its id, whether it is under way here, over and in memory, or in the log alone: one place to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pages.components.console.runtime import Runtime
from pages.components.prompt.requests import text_of
from router.background.loop_thread import LiveRun
from router.store import RequestDetail
from router.types import Completion, Message, Target, TaskType, ToolCall

_PARAMETERS = ("temperature", "max_tokens", "seed", "stop")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of a run; at least one of memory and log knows it.

    Attributes:
        live: the run, where it was started by this process and is not long over.
        stored: the log's row, read only where memory does not hold everything.
    """

    id: str
    live: LiveRun | None
    stored: RequestDetail | None

    @property
    def going(self) -> bool:
        """Whether it is under way here."""
        return self.live is not None and not self.live.done.is_set()

    @property
    def prompt(self) -> str:
        """The last prompt, without its pictures; what tools gave since is none."""
        questions = [message for message in self.messages if message["role"] == "user"]
        return text_of(questions[-1]) if questions else ""

    @property
    def elsewhere(self) -> bool:
        """Whether it is under way in another process on the same database."""
        return self.live is None and self.stored is not None and self.stored.row["status"] == "running"

    @property
    def request(self) -> Mapping[str, Any] | None:
        """What was asked, as the log keeps it, or fuller from memory (with its pictures); None where neither has it."""
        if self.live is not None and self.live.request is not None:
            return _as_logged(self.live.request)
        return None if self.stored is None else self.stored.request

    @property
    def messages(self) -> list[Message]:
        """The messages that were sent, the conversation before the last one included."""
        request = self.request
        return [] if request is None else list(request["messages"])

    @property
    def text(self) -> str:
        """The answer, as far as it has come."""
        if self.live is not None:
            return self.live.view().text
        return (self.stored.answer or "") if self.stored is not None else ""

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """What the answer calls."""
        if self.live is not None:
            completion = self.live.view().completion
            return completion.tool_calls if completion is not None else ()
        return tuple(ToolCall(**call) for call in self.stored.tool_calls) if self.stored is not None else ()

    @property
    def completion(self) -> Completion | None:
        """The answer with its figures, where this process still has them."""
        return None if self.live is None else self.live.view().completion

    @property
    def task(self) -> TaskType | None:
        """The task that it was about; None where it is not known, and of a recording, which is about none of them."""
        if self.live is not None and self.live.request is not None:
            return TaskType(self.live.request["config"].type)
        name = "" if self.stored is None else self.stored.row["task_type"]
        return TaskType(name) if name in list(TaskType) else None

    @property
    def target(self) -> Target | None:
        """The first target that it was pinned to; who answered, where it was pinned to none."""
        targets = (self.request or {}).get("targets") or ()
        if targets:
            return Target.parse(targets[0])
        if self.completion is not None:
            return Target(self.completion.provider, self.completion.requested_model)
        row = self.stored.row if self.stored is not None else {}
        return Target(row["provider"], row["model"]) if row.get("provider") and row.get("model") else None

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema that was sent with it."""
        form = ((self.request or {}).get("response_format") or {}).get("json_schema") or {}
        schema: Mapping[str, Any] | None = form.get("schema")
        return schema


def find_run(running: Runtime, run_id: str | None) -> RunRecord | None:
    """The run with this id; None where neither memory nor log knows it."""
    if not run_id:
        return None
    live = running.portal.find(run_id)
    stored = None
    if live is None or live.request is None:
        # What was written a moment ago is still on its way to the database.
        running.store.flush()
        stored = running.store.statistics.request(run_id)
    return None if live is None and stored is None else RunRecord(run_id, live, stored)


def is_going(running: Runtime, run_id: str | None) -> bool:
    """Whether a run is under way here; asks memory alone."""
    live = running.portal.find(run_id) if run_id else None
    return live is not None and not live.done.is_set()


def _as_logged(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request as the log writes it, but with its pictures."""
    return {
        "messages": request["messages"],
        "parameters": {name: request[name] for name in _PARAMETERS if name in request},
        "response_format": request.get("response_format"),
        "tools": request.get("tools"),
        "targets": [str(target) for target in request.get("targets") or ()],
        "config": asdict(request["config"]),
    }
