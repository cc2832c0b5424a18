"""Which tools a simulated model calls and with what: by the words of the prompt, of the tools and of their schemas."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.simulator.answers.answers import MARK
from router.simulator.answers.instances import SchemaFacts, instance_of
from router.simulator.answers.prompts import TABLE, Prompt, figures_in
from router.simulator.wire.wires import ModelCall

_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])")
_PLAIN_WORDS = frozenset(TABLE["tools"]["plain_words"])
"""Words that say nothing of what a tool is for."""

_NEEDED = 3
"""Points that a tool needs to be called of the model's own accord: a word of its name, or several of what it says."""

_PLACE = re.compile(r"\b(?:in|at|for|from|to|near|of)\s+((?:[A-ZÄÖÜÉ][\w'’-]+)(?:\s+[A-ZÄÖÜÉ][\w'’-]+)*)")
_QUOTED = re.compile(r"[\"“„']([^\"”“']{2,200})[\"”“']")
_SUM = re.compile(r"\(?\d[\d\s.,+*/()x×^-]*[-+*/x×^][\d\s.,+*/()x×^-]*\d\)?")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b(?:today|tomorrow|yesterday|tonight)\b", re.IGNORECASE)
_PLACES = ("city", "location", "place", "town", "country", "destination", "origin", "region", "address", "timezone")
_TEXTS = (
    "query",
    "q",
    "search",
    "question",
    "text",
    "input",
    "prompt",
    "message",
    "task",
    "description",
    "topic",
    "food",
)
_SUMS = ("expression", "formula", "equation", "calculation")
_DATES = ("date", "day", "when")
_MOST_SHOWN = 600
"""Characters of a tool's result that an answer quotes."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """What a request says of tools.

    Attributes:
        results: what tools have answered since the last words of a person, with the name of each; the newest last.
    """

    tools: Sequence[Mapping[str, Any]] = ()
    choice: Any = None
    parallel: bool = True
    results: Sequence[tuple[str, str]] = ()

    @property
    def may_call(self) -> bool:
        """Whether a call may come of it."""
        return bool(self.tools) and self.choice != "none"

    @property
    def has_to_call(self) -> bool:
        """Whether a call has to come of it."""
        return bool(self.tools) and self.choice not in (None, "auto", "none")


def read_tool_request(body: Mapping[str, Any]) -> ToolRequest:
    """What a request's body says of tools."""
    names: dict[str, str] = {}
    results: list[tuple[str, str]] = []
    for message in body["messages"]:
        if message["role"] == "user" and message.get("content"):
            results.clear()
        for call in message.get("tool_calls") or ():
            names[call["id"]] = call["function"]["name"]
        if message["role"] == "tool":
            results.append((names.get(message["tool_call_id"], "the tool"), _text_of(message.get("content"))))
    parallel = body.get("parallel_tool_calls") is not False
    return ToolRequest(tuple(body.get("tools") or ()), body.get("tool_choice"), parallel, tuple(results))


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or ())


def choose_calls(request: ToolRequest, prompt: Prompt, dice: random.Random, *, most: int) -> tuple[ModelCall, ...]:
    """The calls of a turn: those of the tools that the prompt asks for and that have not answered yet.

    Args:
        most: how many calls the model makes in one turn.

    Raises:
        BadSchema: a tool's schema has no instance.
    """
    tools = _chosen_tools(request, prompt)[: most if request.parallel else 1]
    return tuple(_call_of(tool, number, prompt, dice) for number, tool in enumerate(tools))


def _chosen_tools(request: ToolRequest, prompt: Prompt) -> list[Mapping[str, Any]]:
    if not request.may_call:
        return []
    if isinstance(request.choice, Mapping):
        name = request.choice["function"]["name"]
        return [tool for tool in request.tools if tool["function"]["name"] == name]
    answered = {name for name, _ in request.results}
    waiting = [tool for tool in request.tools if tool["function"]["name"] not in answered]
    points = {index: _points(tool["function"], prompt.text) for index, tool in enumerate(waiting)}
    fitting = [waiting[index] for index in sorted(points, key=lambda index: -points[index]) if points[index] >= _NEEDED]
    if fitting or not request.has_to_call:
        return fitting
    best = max(points, key=lambda index: points[index], default=None)
    return [request.tools[0]] if best is None else [waiting[best]]


def _points(function: Mapping[str, Any], text: str) -> int:
    """How much of what a tool says of itself stands in a text: words of its name count most."""
    if re.search(rf"\b{re.escape(function['name'])}\b", text):
        return 100
    words = _stems(text)
    properties = (function.get("parameters") or {}).get("properties") or {}
    described_stems = _stems(f"{function.get('description', '')} {' '.join(properties)}")
    has_sum = bool(properties.keys() & set(_SUMS)) and _SUM.search(text) is not None
    return 3 * len(_stems(function["name"]) & words) + len(described_stems & words) + (_NEEDED if has_sum else 0)


def _stems(text: str) -> set[str]:
    """The words of a text without their endings, so that "calculates" and "calculator" are one."""
    words = {word.lower() for word in _WORD.findall(text)} - _PLAIN_WORDS
    return {re.sub(r"(ations?|ators?|ates?|ing|ers?|ed|es|s)$", "", word) if len(word) > 4 else word for word in words}


def _call_of(tool: Mapping[str, Any], number: int, prompt: Prompt, dice: random.Random) -> ModelCall:
    function = tool["function"]
    schema = function.get("parameters") or {}
    facts = SchemaFacts(prompt.quote.split() or ["sample"], _values(schema, prompt))
    arguments = instance_of({"type": "object", **schema}, dice, facts) if schema.get("properties") else {}
    return ModelCall(number, function["name"], json.dumps(arguments, ensure_ascii=False, separators=(",", ":")))


def _values(schema: Mapping[str, Any], prompt: Prompt) -> dict[str, Any]:
    """What the prompt says for the fields of a schema, by their names in small letters."""
    values: dict[str, Any] = {}
    figures = [number for number, _ in figures_in(prompt.text)] + [
        float(n) for n in re.findall(r"-?\d+\b", prompt.text)
    ]
    unused = iter(dict.fromkeys(figures))
    for name, part in _fields(schema):
        # Who is asked once more finds what it was about further up in the conversation.
        value = _value(name, part, prompt.text, unused) or _value(name, part, prompt.everything, unused)
        if value is not None:
            values[re.sub("[^a-z]", "", name.lower())] = value
    return values


def _fields(schema: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The fields of a schema and of the objects in it."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    for name, part in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(part, Mapping):
            yield name, part
            yield from _fields(part)
            yield from _fields(part.get("items"))


def _value(name: str, part: Mapping[str, Any], text: str, figures: Iterable[float]) -> Any:
    words = [word.lower() for word in _WORD.findall(name)] or [name.lower()]
    options = [option for option in part.get("enum") or () if isinstance(option, str)]
    if options:
        return next((option for option in options if re.search(rf"\b{re.escape(option)}\b", text, re.IGNORECASE)), None)
    if part.get("type") in ("number", "integer"):
        number = next(iter(figures), None)
        return int(number) if number is not None and number.is_integer() else number
    ways: tuple[tuple[tuple[str, ...], Callable[[], str | None]], ...] = (
        (_PLACES, lambda: _first(_PLACE, text, 1)),
        (_SUMS, lambda: _first(_SUM, text, 0)),
        (_DATES, lambda: _first(_DATE, text, 0)),
        (_TEXTS, lambda: _first(_QUOTED, text, 1) or " ".join(text.split())[:200]),
    )
    return next((way() for names, way in ways if any(word in names for word in words)), None)


def _first(pattern: re.Pattern[str], text: str, group: int) -> str | None:
    match = pattern.search(text)
    return None if match is None else match[group].strip()


def answer_with_results(results: Sequence[tuple[str, str]]) -> str:
    """The answer once the tools have answered: it says what they said."""
    lines = [f"{name} gives: {_shortened(result)}" for name, result in results]
    words = f" {lines[0]}" if len(lines) == 1 else "\n\n" + "\n".join(f"- {line}" for line in lines)
    return f"{MARK}{words}"


def _shortened(result: str) -> str:
    flat = " ".join(result.split()) or "nothing"
    return flat if len(flat) <= _MOST_SHOWN else flat[: _MOST_SHOWN - 1] + "…"
