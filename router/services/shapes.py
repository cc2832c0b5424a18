"""What services give back: frozen shapes whose JSON schema is what a model is asked to fill, and doubts about them.

The schema is the strict subset that constrained decoding takes: every property required, no others, what is optional a
union with null. Bounds are no part of that subset: they stand in the descriptions, and are held by the shapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

_KEPT = ("type", "enum")
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "maxLength": "at most {} characters",
}

Line = Annotated[str, Field(max_length=200)]
"""A short text."""

Words = Annotated[str, Field(max_length=600)]
"""A sentence or two."""


class Shape(BaseModel):
    """A frozen value with nothing in it but its fields."""

    # Built at first use: a page that only names a service does not wait for all shapes.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


AnyShape = TypeVar("AnyShape", bound=Shape)


class Doubt(Shape):
    """Something that a person should look at before relying on it.

    Attributes:
        path: where in the result, as `items[0].kcal`; empty for the whole.
        sentence: what is doubtful, in words for a person.
    """

    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


class Served(Shape):
    """One request that a result stands on.

    Attributes:
        request_id: its row in the log.
        provider, model: who answered.
        role: what it was asked for: `read`, `read again`, `read by the next`, `check`.
        simulated: answered by the simulated providers.
        faults: what was wrong with the answer, as it was told to the model.
    """

    request_id: str
    provider: str
    model: str
    role: str
    simulated: bool
    faults: tuple[str, ...] = ()


class Result(Shape):
    """What all results have: the doubts that remain, and the requests behind them."""

    doubts: tuple[Doubt, ...] = ()
    served: tuple[Served, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether simulated providers had a part in it."""
        return any(request.simulated for request in self.served)


def load_prompt(name: str) -> str:
    """The system prompt of that name, from the folder beside this file."""
    return (Path(__file__).parent / "prompts" / f"{name}.txt").read_text(encoding="utf-8").strip()


@cache
def schema_of(shape: type[Shape]) -> dict[str, Any]:
    """The JSON schema that a model is asked to fill."""
    whole = shape.model_json_schema()
    return _strict_schema(whole, whole.get("$defs", {}))


def _strict_schema(node: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        target = named[node["$ref"].rpartition("/")[2]]
        return _strict_schema({**target, **{name: value for name, value in node.items() if name != "$ref"}}, named)
    schema = {name: node[name] for name in _KEPT if name in node}
    if "const" in node:
        schema["enum"] = [node["const"]]
    if words := _describe_field(node):
        schema["description"] = words
    if "anyOf" in node:
        schema["anyOf"] = [_strict_schema(branch, named) for branch in node["anyOf"]]
    if "items" in node:
        schema["items"] = _strict_schema(node["items"], named)
    if "properties" in node:
        schema["properties"] = {name: _strict_schema(inner, named) for name, inner in node["properties"].items()}
        schema |= {"required": list(node["properties"]), "additionalProperties": False}
    return schema


def _describe_field(node: Mapping[str, Any]) -> str:
    """A field's description with its bounds behind it; a class's own docstring is for programmers."""
    text = "" if "properties" in node else str(node.get("description", ""))
    bounds = ", ".join(words.format(f"{node[name]:g}") for name, words in _BOUNDS.items() if name in node)
    return f"{text} ({bounds})" if text and bounds else text or bounds


def path_of(location: Sequence[str | int]) -> str:
    """A place in a document as people write it: `items[0].kcal`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")


def doubt_lines(doubts: Sequence[Doubt]) -> Iterator[str]:
    """Doubts as lines of text."""
    return (str(doubt) for doubt in doubts)
