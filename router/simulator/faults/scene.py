"""A request about to be answered: what a fault is given to spoil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.simulator.wire.script import Step
from router.simulator.wire.wires import Answer, ModelCall, Wire


@dataclass(frozen=True, slots=True)
class Scene:
    """A request about to be answered.

    Attributes:
        answer: what a healthy model would say.
        context: tokens that the model takes.
        body: the request.
    """

    wire: Wire
    answer: Answer
    stream: bool = False
    wants_json: bool = False
    context: int = 131_072
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools that were offered."""
        offered: Sequence[Mapping[str, Any]] = self.body.get("tools") or ()
        return offered

    @property
    def call(self) -> ModelCall | None:
        """The model's first call; where it makes none, one of the first tool; None where none was offered."""
        if self.answer.calls or not self.tools:
            return next(iter(self.answer.calls), None)
        return ModelCall(0, self.tools[0]["function"]["name"], "{}")

    def reply(self, answer: Answer | None = None) -> list[Step]:
        """The healthy reply, of another answer where one is given."""
        answer = answer or self.answer
        return self.wire.streamed(answer) if self.stream else self.wire.plain(answer)

    @property
    def is_groq(self) -> bool:
        """Whether Groq's wording is wanted, which is that of plain OpenAI servers too."""
        return self.wire.name != "openrouter"
