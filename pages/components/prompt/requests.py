"""What a page asks for: its controls' values as a request to the router, and a request from the log as controls."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from router.api import DualModelRouter
from router.images import Picture
from router.json_answers import check_schema
from router.types import Message, PlannedTarget, TargetState, TaskConfig, TaskType

TASK_DEFAULT = "Task default"

OVERRIDES: Mapping[str, Mapping[str, bool]] = {
    TASK_DEFAULT: {},
    "Speed": {"prioritize_speed": True},
    "Accuracy": {"prioritize_accuracy": True},
    "Critical accuracy": {"critical_accuracy": True},
}
"""The overrides by the names they have on pages."""

CONTROLS = (
    "task", "prompt", "override", "json", "schema", "system", "temperature", "max_tokens", "seed", "target", "tools",
)  # fmt: skip
"""The controls' keys in a session; Run and Compare have them in common."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt as the operator set it up.

    Attributes:
        schema: a JSON schema as text; empty asks for none.
        target: a pinned target, or a provider's name for those of its targets that the task has; empty as routed.
        history: the conversation before this prompt.
        tools: definitions of tools as JSON text; empty offers none.
    """

    task: TaskType
    prompt: str
    override: str = TASK_DEFAULT
    as_json: bool = False
    schema: str = ""
    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    target: str = ""
    pictures: tuple[Picture, ...] = ()
    history: tuple[Message, ...] = ()
    tools: str = ""

    @property
    def config(self) -> TaskConfig:
        """The router's configuration for it."""
        wants_json = self.as_json or bool(self.schema.strip())
        return TaskConfig(
            self.task, requires_vision=bool(self.pictures), requires_json=wants_json, **OVERRIDES[self.override]
        )

    @property
    def messages(self) -> list[Message]:
        """The conversation with this prompt as its last message, pictures behind the text."""
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system.strip() else []
        before = [message for message in self.history if message["role"] != "system"]
        return [*system, *before, self.message]

    @property
    def message(self) -> Message:
        """This prompt alone."""
        if not self.pictures:
            return {"role": "user", "content": self.prompt}
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.prompt}] if self.prompt.strip() else []
        return {"role": "user", "content": [*parts, *(picture.part for picture in self.pictures)]}

    def options(self, router: DualModelRouter) -> dict[str, Any]:
        """What `complete`, `stream` and `plan` take besides where a request comes from.

        Raises:
            ValueError: a schema that is none, a provider without a target for the task.
        """
        options: dict[str, Any] = {"config": self.config}
        if self.prompt.strip() or self.pictures:
            options["messages"] = self.messages
        values = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        options |= {name: value for name, value in values.items() if value is not None}
        schema = read_schema(self.schema)
        if schema is not None:
            options["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        tools = read_tools(self.tools)
        if tools:
            options["tools"] = tools
        if self.target:
            options["targets"] = targets_of(router, self.target, options)
        return options

    def request(self, router: DualModelRouter, purpose: str = "prompt") -> dict[str, Any]:
        """What `LoopThread.start` takes.

        Raises:
            ValueError: as `options`, and where something is still missing; says what.
        """
        if not self.prompt.strip():
            raise ValueError("Write a prompt first, or use the example.")
        if router.table.tasks[self.task].vision and not (self.pictures or any(map(pictures_of, self.history))):
            raise ValueError("This task is about a picture: add one first.")
        return self.options(router) | {"source": "console", "purpose": purpose}

    def plan(self, router: DualModelRouter) -> list[PlannedTarget]:
        """Whom it would be sent to, as things stand.

        Raises:
            ValueError: as `options`.
        """
        return router.plan(**self.options(router))


def wanted_from(state: MutableMapping[Any, Any], **more: Any) -> Wanted:
    """The controls as they stand; in a callback these are newer than what the script last saw.

    Args:
        more: what is not in a control, or is to be taken in its place.
    """
    values: dict[str, Any] = {
        "task": TaskType(state.get("task") or TaskType.REAL_TIME_CHAT),
        "override": state.get("override") or TASK_DEFAULT,
        "as_json": bool(state.get("json")),
    }
    values |= {name: state.get(name) or "" for name in ("prompt", "schema", "system", "target", "tools")}
    values |= {name: state.get(name) for name in ("temperature", "max_tokens", "seed")}
    return Wanted(**values | more)


def controls_from(request: Mapping[str, Any]) -> dict[str, Any]:
    """The controls' values that ask for a request of the log again; of a conversation its last prompt."""
    config, parameters = request.get("config") or {}, request.get("parameters") or {}
    messages = request.get("messages") or []
    texts = {message["role"]: text_of(message) for message in messages}
    tools = request.get("tools")
    named = (request.get("response_format") or {}).get("json_schema") or {}
    targets = request.get("targets") or []
    return {
        "task": TaskType(config.get("type", TaskType.REAL_TIME_CHAT)),
        "prompt": texts.get("user", ""),
        "system": texts.get("system", ""),
        "override": _override_name(config),
        "json": bool(config.get("requires_json") or request.get("response_format")),
        "schema": json.dumps(named["schema"], indent=2, ensure_ascii=False) if named.get("schema") else "",
        "target": _pin_of(targets),
        "tools": json.dumps(tools, indent=2, ensure_ascii=False) if tools else "",
        **{name: parameters.get(name) for name in ("temperature", "max_tokens", "seed")},
    }


def wanted_again(request: Mapping[str, Any], **more: Any) -> Wanted:
    """A request of the log as it was asked, without its pictures and what stood before its prompt.

    Args:
        more: what is to be taken in place of its own.
    """
    values = {("as_json" if name == "json" else name): value for name, value in controls_from(request).items()}
    return Wanted(**values | more)


def _override_name(config: Mapping[str, Any]) -> str:
    if config.get("critical_accuracy"):
        return "Critical accuracy"
    flags = (("prioritize_speed", "Speed"), ("prioritize_accuracy", "Accuracy"))
    return next((name for flag, name in flags if config.get(flag)), TASK_DEFAULT)


def _pin_of(targets: list[str]) -> str:
    """One target, or the one provider that all of them are of."""
    providers = {target.partition(":")[0] for target in targets}
    return targets[0] if len(targets) == 1 else providers.pop() if len(providers) == 1 else ""


def text_of(message: Message) -> str:
    """A message's text, without its pictures."""
    content = message["content"]
    if not content or isinstance(content, str):
        return content or ""  # a turn that only calls tools has none
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def pictures_of(message: Message) -> list[Mapping[str, Any]]:
    """A message's pictures, as they are sent."""
    content = message["content"]
    return [] if not content or isinstance(content, str) else [part for part in content if part["type"] == "image_url"]


def read_schema(text: str) -> dict[str, Any] | None:
    """The JSON schema that a text holds; None for an empty one.

    Raises:
        ValueError: it is no JSON, or no schema; says where.
    """
    if not text.strip():
        return None
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"The JSON schema is no valid JSON at {where}: {error.msg}.") from None
    if not isinstance(schema, dict):
        raise ValueError('The JSON schema has to be an object, such as {"type": "object", "properties": {…}}.')
    check_schema(schema)
    return schema


TOOLS_FORM = '[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]'
"""How tools are defined."""


def read_tools(text: str) -> list[Any]:
    """The tools that a text defines; none for an empty one. What is in a definition is checked by the router.

    Raises:
        ValueError: it is no JSON, or no list of definitions; says where.
    """
    if not text.strip():
        return []
    try:
        tools = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"The tools are no valid JSON at {where}: {error.msg}.") from None
    if not isinstance(tools, list):
        raise ValueError(f"The tools have to be a list, such as {TOOLS_FORM}.")
    return tools


def targets_of(router: DualModelRouter, pinned: str, options: Mapping[str, Any]) -> list[str]:
    """The targets that a pin means: itself, or those of a provider that the task has, in its order.

    Raises:
        ValueError: the provider has none.
    """
    if pinned not in router.table.providers:
        return [pinned]
    provider_lines = [line for line in router.plan(**options) if line.provider == pinned]
    living = [str(line.target) for line in provider_lines if line.state is not TargetState.RETIRED]
    if not living:
        raise ValueError(f"{router.table.providers[pinned].label} has no model for this task.")
    return living


def kept_lines(plan: list[PlannedTarget]) -> list[PlannedTarget]:
    """The lines of a plan that would be tried."""
    return [line for line in plan if line.kept]
