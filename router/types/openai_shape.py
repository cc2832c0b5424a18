"""An answer as callers of the OpenAI shape read it: `choices[0].message`, with its text and its tool calls.

`router.types` hands these on: they are a part of its vocabulary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolFunction:
    """What is called and with what, as callers of the OpenAI shape read it: `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool, whole and checked: the name is one that was offered.

    Attributes:
        id: nine letters and digits of the router's own, the same whichever provider goes on with the conversation.
        arguments: a JSON object.
        type: `function`, as callers of the OpenAI shape read it.
    """

    id: str
    name: str
    arguments: dict[str, Any]
    type: str = "function"

    @property
    def arguments_json(self) -> str:
        """The arguments as JSON text; `{}` where there are none."""
        return json.dumps(self.arguments, ensure_ascii=False, separators=(",", ":"))

    @property
    def function(self) -> ToolFunction:
        """Name and arguments in the OpenAI shape: `tool_calls[0].function.arguments` is a text."""
        return ToolFunction(self.name, self.arguments_json)

    def as_message(self) -> dict[str, Any]:
        """The call as an assistant's turn holds it under `tool_calls`, for the messages of the next request."""
        function = {"name": self.name, "arguments": self.arguments_json}
        return {"id": self.id, "type": self.type, "function": function}


@dataclass(frozen=True, slots=True)
class ChoiceMessage:
    """The answer as callers of the OpenAI shape read it.

    It may stand in the messages of the next request as it is.

    Attributes:
        content: None where the model did nothing but call tools.
        tool_calls: None where it called none.
    """

    content: str | None
    tool_calls: tuple[ToolCall, ...] | None = None
    role: str = "assistant"


@dataclass(frozen=True, slots=True)
class Choice:
    """The only choice of a completion."""

    message: ChoiceMessage
    finish_reason: str | None
    index: int = 0
