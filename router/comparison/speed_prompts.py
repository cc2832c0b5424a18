"""The prompts of the speed table, from `speed_prompts.toml`."""

from __future__ import annotations

import base64
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from router.types import Message, TaskConfig, TaskType

_FILE = Path(__file__).with_name("speed_prompts.toml")


@dataclass(frozen=True, slots=True)
class TaskPrompts:
    """A task's prompts.

    Attributes:
        measure: what the task is judged by: `total` or `first token`.
        output_tokens: what an answer may have at most.
        then: the figures of 2025, by provider and for the factor, as they were told; empty where there were none.
    """

    task: TaskType
    measure: str
    output_tokens: int
    prompts: tuple[str, ...]
    picture: bool = False
    json: bool = False
    then: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> TaskConfig:
        """The router's configuration for it."""
        return TaskConfig(self.task, requires_vision=self.picture, requires_json=self.json)

    def messages(self, number: int) -> list[Message]:
        """The conversation of a repetition: the prompts take turns."""
        text = self.prompts[number % len(self.prompts)]
        if not self.picture:
            return [{"role": "user", "content": text}]
        parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": _picture()}}]
        return [{"role": "user", "content": parts}]

    def options(self) -> dict[str, Any]:
        """What goes with the request besides."""
        return {"config": self.config, "max_tokens": self.output_tokens, "temperature": 0.0}


@dataclass(frozen=True, slots=True)
class PromptSet:
    """All prompts of one version, in the table's order."""

    version: int
    tasks: Mapping[TaskType, TaskPrompts]


@cache
def load_prompts() -> PromptSet:
    """The prompts that the router comes with."""
    document = tomllib.loads(_FILE.read_text())
    tasks = {
        TaskType(name): TaskPrompts(TaskType(name), **{**entry, "prompts": tuple(entry["prompts"])})
        for name, entry in document["tasks"].items()
    }
    return PromptSet(document["version"], tasks)


@cache
def _picture() -> str:
    """A picture drawn for the purpose, the same in every run: a blue square and two red discs."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (320, 240), "#ffffff")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 60, 130, 160), fill="#1d4ed8")
    for edge in (160, 240):
        draw.ellipse((edge, 80, edge + 60, 140), fill="#dc2626")
    data = io.BytesIO()
    image.save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
