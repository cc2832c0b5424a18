"""What the model may call: the definitions of tools, each checked with its place, and which of them it has to call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from router.json_answers import check_schema, count_values, plain_json
from router.json_answers.plain import plain_text
from router.request.parameters import short_form

MOST_TOOLS = 128
"""Groq's limit; OpenRouter names none."""

TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Both providers' rule."""

_MOST_VALUES = 20_000
"""Values in all definitions together: they are copied in the event loop, in a twentieth of a second for so many. 128
tools with ten arguments each hold 10,000."""

CHOICES = ("auto", "none", "required")
_NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}
_SHAPE = '{"type": "function", "function": {"name": …, "description": …, "parameters": {…}}}'


def checked_tools(tools: object) -> tuple[dict[str, Any], ...]:
    """The definitions as they are sent; what is no field of one is left out, and so is a schema's `$schema`.

    The schemas themselves take a while to be looked at: see `check_tool_schemas`.

    Raises:
        ValueError: names the place of what is wrong.
    """
    if tools is None:
        return ()
    if isinstance(tools, str | bytes | Mapping) or not isinstance(tools, Sequence):
        raise ValueError(f"tools is {short_form(tools)}; it is a list of {_SHAPE}")
    if len(tools) > MOST_TOOLS:
        raise ValueError(f"tools has {len(tools)} definitions; {MOST_TOOLS} are the most")
    if count_values(tools, _MOST_VALUES) > _MOST_VALUES:
        raise ValueError(f"tools holds more than {_MOST_VALUES:,} values; offer fewer tools, or simpler ones")
    checked = tuple(_tool(f"tools[{index}]", tool) for index, tool in enumerate(tools))
    names = [name_of(tool) for tool in checked]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ValueError(f"tools[{index}].function.name is {name!r}, as that of another tool; names are unique")
    return checked


def name_of(tool: Mapping[str, Any]) -> str:
    """The name in a checked definition."""
    return str(tool["function"]["name"])


def schema_of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the arguments in a checked definition."""
    schema: Mapping[str, Any] = tool["function"]["parameters"]
    return schema


def _tool(where: str, tool: object) -> dict[str, Any]:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(tool, Mapping) or tool.get("type", "function") != "function" or not isinstance(function, Mapping):
        raise ValueError(f"{where} is {short_form(tool)}; a tool is {_SHAPE}")
    checked: dict[str, Any] = {"name": checked_name(f"{where}.function.name", function.get("name"))}
    description, strict = function.get("description"), function.get("strict")
    if description is not None:
        if not isinstance(description, str):
            raise ValueError(f"{where}.function.description is {short_form(description)}; it has to be a text")
        checked["description"] = plain_text(f"{where}.function.description", description)
    checked["parameters"] = _parameters(f"{where}.function.parameters", function.get("parameters"))
    if strict is not None:
        if not isinstance(strict, bool):
            raise ValueError(f"{where}.function.strict is {short_form(strict)}; it has to be true or false")
        checked["strict"] = strict
    return {"type": "function", "function": checked}


def checked_name(where: str, name: object) -> str:
    """A tool's name.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        raise ValueError(f"{where} is {short_form(name)}; it has to be 1 to 64 letters, digits, _ or -")
    return str.__str__(name)


def _parameters(where: str, parameters: object) -> dict[str, Any]:
    """The schema of the arguments. Some upstreams refuse an empty one, and one that names its draft."""
    if parameters is None or parameters == {}:
        return dict(_NO_PARAMETERS)
    if not isinstance(parameters, Mapping):
        raise ValueError(f"{where} is {short_form(parameters)}; it has to be a JSON schema of an object")
    plain: dict[str, Any] = plain_json(where, parameters)
    plain.pop("$schema", None)
    kind = plain.setdefault("type", "object")
    if kind != "object":
        raise ValueError(f"{where}.type is {short_form(kind)}; a tool's arguments are one object")
    plain.setdefault("properties", {})
    return plain


def check_tool_schemas(tools: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a tool whose schema is none, before anything is sent; some 10 ms for each that was not seen before.

    Raises:
        ValueError: names the tool's place.
    """
    for index, tool in enumerate(tools):
        try:
            _check_schema_text(orjson.dumps(schema_of(tool)))
        except ValueError as error:
            raise ValueError(f"tools[{index}].function.parameters: {error}") from None


@lru_cache(maxsize=1024)  # an agent sends the same hundred tools with each of its turns
def _check_schema_text(text: bytes) -> None:
    check_schema(orjson.loads(text))


def checked_choice(choice: object, tools: Sequence[Mapping[str, Any]]) -> str | dict[str, Any] | None:
    """The choice as it is sent; None for the provider's own default.

    Raises:
        ValueError: it is none, or asks for a tool that is not offered.
    """
    if choice is None:
        return None
    if isinstance(choice, str) and choice in CHOICES:
        if choice == "required" and not tools:
            raise ValueError("tool_choice is 'required', and there are no tools to choose from")
        return str.__str__(choice) if tools else None
    function = choice.get("function") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or choice.get("type") != "function" or not isinstance(function, Mapping):
        named = '{"type": "function", "function": {"name": …}}'
        raise ValueError(f"tool_choice is {short_form(choice)}; it is one of {', '.join(CHOICES)}, or {named}")
    name = checked_name("tool_choice.function.name", function.get("name"))
    if name not in map(name_of, tools):
        raise ValueError(f"tool_choice asks for {name!r}, which is none of the tools")
    return {"type": "function", "function": {"name": name}}


def checked_parallel(parallel: object) -> bool | None:
    """Whether several calls at once may come; None for the provider's own default.

    Raises:
        ValueError: it is neither True nor False.
    """
    if parallel is None or isinstance(parallel, bool):
        return parallel
    raise ValueError(f"parallel_tool_calls is {short_form(parallel)}; it has to be true or false")
