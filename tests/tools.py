"""Tools that tests offer, the question that leads to a call of one, and the turns that follow it."""

import re

import pytest

from tests.world import FIRST, MODES, SECOND, name_of

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "hours": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    },
}
SUM = {
    "type": "function",
    "function": {
        "name": "calculate",
        "description": "Works out an expression",
        "parameters": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        },
    },
}
TOOLS = [WEATHER, SUM]
CALL_ID = re.compile("[A-Za-z0-9]{9}")
ASKED = [{"role": "user", "content": "How is the weather in Oslo for the next 3 days?"}]
BOTH_ASKED = [{"role": "user", "content": "How is the weather in Oslo for 3 days, and what is 12 * 7?"}]
RESULT = "-3 °C and snow"


def by_name(name):
    """A choice of one tool."""
    return {"type": "function", "function": {"name": name}}


def strict(tool):
    """The same tool as a strict one."""
    return {**tool, "function": {**tool["function"], "strict": True}}


def answered(message, *results):
    """An assistant's message with its calls, and a result for each."""
    calls = message.tool_calls
    texts = results or [RESULT] * len(calls)
    return [message, *({"role": "tool", "tool_call_id": call.id, "content": text}
                       for call, text in zip(calls, texts, strict=True))]  # fmt: skip


EACH_TARGET = pytest.mark.parametrize("target", [FIRST, SECOND], ids=["groq", "openrouter"])
EACH_MODE = pytest.mark.parametrize("mode", MODES)


async def called(world, mode="complete", target=None, messages=ASKED, tools=TOOLS, **options):
    """One request with tools; of one target where one is named."""
    pinned = {} if target is None else {"targets": [name_of(target)]}
    return await world.ask(mode, messages=messages, tools=tools, **pinned, **options)


def names(answer):
    return [call.name for call in answer.completion.tool_calls]


def sent(world, index=-1):
    """The document of a request as a provider saw it."""
    return world.seen[index].body
