"""What the Run page asks for: its controls' values as a request to the router."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.types import Message, PlannedTarget, TaskConfig, TaskType

OVERRIDES: Mapping[str, Mapping[str, bool]] = {
    "None": {},
    "Speed": {"prioritize_speed": True},
    "Accuracy": {"prioritize_accuracy": True},
    "Critical accuracy": {"critical_accuracy": True},
}
"""The overrides by the names they have on pages."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt as the operator set it up."""

    task: TaskType
    prompt: str
    override: str = "None"
    as_json: bool = False
    pictures: tuple[bytes, ...] = ()

    @property
    def config(self) -> TaskConfig:
        """The router's configuration for it."""
        flags = OVERRIDES[self.override]
        return TaskConfig(self.task, requires_vision=bool(self.pictures), requires_json=self.as_json, **flags)

    @property
    def messages(self) -> list[Message]:
        """The conversation: one message, with its pictures behind the text."""
        if not self.pictures:
            return [{"role": "user", "content": self.prompt}]
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.prompt}]
        parts += [{"type": "image_url", "image_url": {"url": _data_url(data)}} for data in self.pictures]
        return [{"role": "user", "content": parts}]

    def request(self) -> dict[str, Any]:
        """What `Portal.start` takes."""
        return {"config": self.config, "messages": self.messages, "source": "console"}


def _data_url(data: bytes) -> str:
    # The kind is looked up in the bytes themselves when the picture is prepared; names and types are not trusted.
    return "data:image/*;base64," + base64.b64encode(data).decode()


def kept(plan: list[PlannedTarget]) -> list[PlannedTarget]:
    """The lines of a plan that would be tried."""
    return [line for line in plan if line.kept]
