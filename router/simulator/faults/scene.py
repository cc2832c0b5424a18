"""A request about to be answered: what a fault is given to spoil."""

from __future__ import annotations

from dataclasses import dataclass

from router.simulator.wire.script import Step
from router.simulator.wire.wires import Answer, Wire


@dataclass(frozen=True, slots=True)
class Scene:
    """A request about to be answered.

    Attributes:
        answer: what a healthy model would say.
        context: tokens that the model takes.
    """

    wire: Wire
    answer: Answer
    stream: bool = False
    wants_json: bool = False
    context: int = 131_072

    def reply(self, answer: Answer | None = None) -> list[Step]:
        """The healthy reply, of another answer where one is given."""
        answer = answer or self.answer
        return self.wire.streamed(answer) if self.stream else self.wire.plain(answer)

    @property
    def is_groq(self) -> bool:
        """Whether Groq's wording is wanted, which is that of plain OpenAI servers too."""
        return self.wire.name != "openrouter"
