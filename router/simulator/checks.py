"""What the real providers refuse before a model sees it, in their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from router.simulator.answers.prompts import Prompt
from router.simulator.faults.faults import Fault
from router.simulator.faults.scene import Scene
from router.simulator.models.catalogue import Model
from router.simulator.tool_checks import (
    history_problem,
    is_call_list,
    is_tool_choice,
    is_tool_list,
    request_problem,
)
from router.simulator.wire.script import Script
from router.simulator.wire.wires import Answer, Wire

_GROQ_BYTES, _GROQ_PICTURES = 4_000_000, 3
"""A request's bytes and pictures at Groq (its documentation "Vision", and its refusals, 2026)."""
_FORMATS = ("text", "json_object", "json_schema")
_NO_JSON_WORD = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
_TOO_MANY_PICTURES = f"Too many images provided. This model supports up to {_GROQ_PICTURES} images"


class Refused(Exception):
    """The request is refused before a model sees it; carries the reply."""

    def __init__(self, script: Script) -> None:
        super().__init__("refused")
        self.script = script


def json_mode(body: Mapping[str, Any]) -> str | None:
    """The JSON mode that a request asks for, or None."""
    mode = (body.get("response_format") or {}).get("type")
    return mode if mode in ("json_object", "json_schema") else None


def check_key(wire: Wire, key: str) -> None:
    """Refuse a key that is missing or marked as bad by the word `invalid` or `revoked` in it.

    Raises:
        Refused: with the provider's 401.
    """
    if not key and wire.name == "openrouter":
        raise Refused(wire.refusal(401, "No auth credentials found"))
    if not key or "invalid" in key or "revoked" in key:
        raise Refused(Fault("unauthorized").play(Scene(wire, Answer("", "", ""))))


def check_shape(wire: Wire, body: Mapping[str, Any]) -> None:
    """Refuse a body whose fields are not of their types.

    Raises:
        Refused: with the provider's 400.
    """
    for name, (fits, words) in _SHAPES.items():
        if (body.get(name) is not None or name in ("model", "messages")) and not fits(body.get(name)):
            raise Refused(wire.refusal(400, f"'{name}' : {words}"))


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        return False
    content, calls = message.get("content"), message.get("tool_calls")
    if calls is not None and not is_call_list(calls):
        return False
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        return False
    return content is None or isinstance(content, str) or (isinstance(content, list) and all(map(_is_part, content)))


def _is_part(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    if part.get("type") == "image_url":
        return isinstance(part.get("image_url"), dict) and isinstance(part["image_url"].get("url"), str)
    return part.get("type") == "text" and isinstance(part.get("text"), str)


def _is_format(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") not in _FORMATS:
        return False
    schema = value.get("json_schema")
    return value["type"] != "json_schema" or (isinstance(schema, dict) and isinstance(schema.get("schema"), dict))


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value, 1, 10_000_000)


def _is_stop(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and len(value) <= 4 and all(isinstance(word, str) and word for word in value)
    )


_SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "model": (lambda value: isinstance(value, str) and bool(value), "property 'model' is missing"),
    "messages": (
        lambda value: isinstance(value, list) and bool(value) and all(map(_is_message, value)),
        "minimum number of items is 1, each with a role and a content of text and image_url parts",
    ),
    "stream": (lambda value: isinstance(value, bool), "value must be a boolean"),
    "temperature": (lambda value: _is_number(value, 0, 2), "value must be a number from 0 to 2"),
    "top_p": (lambda value: _is_number(value, 0, 1), "value must be a number from 0 to 1"),
    "frequency_penalty": (lambda value: _is_number(value, -2, 2), "value must be a number from -2 to 2"),
    "presence_penalty": (lambda value: _is_number(value, -2, 2), "value must be a number from -2 to 2"),
    "seed": (lambda value: isinstance(value, int), "value must be an integer"),
    "stop": (_is_stop, "value must be a string or at most 4 strings"),
    "n": (lambda value: value == 1, "number must be at most 1"),
    "max_tokens": (_is_limit, "number must be at least 1"),
    "max_completion_tokens": (_is_limit, "number must be at least 1"),
    "response_format": (_is_format, "value must have a type of text, json_object or json_schema, with its schema"),
    "reasoning": (lambda value: isinstance(value, dict), "value must be an object"),
    "reasoning_effort": (lambda value: isinstance(value, str), "value must be a string"),
    "stream_options": (lambda value: isinstance(value, dict), "value must be an object"),
    "provider": (lambda value: isinstance(value, dict), "value must be an object"),
    "tools": (
        is_tool_list,
        "value must be a list of at most 128 functions, each with a name of letters, digits, _ or -",
    ),
    "tool_choice": (is_tool_choice, "value must be auto, none, required or the name of a function"),
    "parallel_tool_calls": (lambda value: isinstance(value, bool), "value must be a boolean"),
}
_BAD_EFFORT = "`reasoning_effort` must be one of `low`, `medium`, or `high`"


def check_request(wire: Wire, model: Model, body: Mapping[str, Any], *, prompt: Prompt, size: int) -> None:
    """Refuse what the model or its provider cannot do.

    Args:
        size: bytes of the request.

    Raises:
        Refused: with the provider's own status and words.
    """
    scene = Scene(wire, Answer("", model.id, ""), context=model.context)
    if prompt.tokens > model.context:
        raise Refused(Fault("context_length").play(scene))
    if prompt.pictures and not model.vision:
        raise Refused(Fault("no_image_support").play(scene))
    if body.get("tools") and not model.tools:
        raise Refused(Fault("no_tool_support").play(replace(scene, body=body)))
    if problem := history_problem(body["messages"], is_groq=wire.name == "groq"):
        raise Refused(wire.refusal(400, problem))
    if wire.name == "openai":
        return  # what such a server takes is its own affair
    if scene.is_groq:
        _check_groq(scene, model, body, prompt=prompt, size=size)
    elif (body.get("provider") or {}).get("require_parameters") and not model.takes(vision=False, json=json_mode(body)):
        raise Refused(Fault("unsupported_response_format").play(scene))


def _check_groq(scene: Scene, model: Model, body: Mapping[str, Any], *, prompt: Prompt, size: int) -> None:
    mode = json_mode(body)
    if size > _GROQ_BYTES:
        raise Refused(scene.wire.refusal(413, "Request Entity Too Large", code="request_too_large"))
    if mode and mode not in model.json:
        raise Refused(Fault("unsupported_response_format", response_format=mode).play(scene))
    problems = {
        _TOO_MANY_PICTURES: len(prompt.pictures) > _GROQ_PICTURES,
        _NO_JSON_WORD: mode == "json_object" and "json" not in prompt.everything.lower(),
        "`response_format` does not support streaming": mode and body.get("stream"),
        "`reasoning_format` of `raw` cannot be used with `response_format`": mode
        and body.get("reasoning_format") == "raw",
        _BAD_EFFORT: model.reasons and not model.aloud and body.get("reasoning_effort") == "none",
    }
    if problem := request_problem(body, json_mode=mode):
        raise Refused(scene.wire.refusal(400, problem))
    looseness = _not_strict(body) if mode == "json_schema" else _loose_tool(body)
    if words := next((words for words, is_there in problems.items() if is_there), looseness):
        raise Refused(scene.wire.refusal(400, words))


def _not_strict(body: Mapping[str, Any]) -> str:
    """What keeps a schema from the strictness that the request asks for, in words; empty where nothing does."""
    request = body["response_format"]["json_schema"]
    words = _loose_in(request["schema"]) if request.get("strict") else ""
    return f"invalid JSON schema for response_format: '{request.get('name', '')}': {words}" if words else ""


def _loose_tool(body: Mapping[str, Any]) -> str:
    """The same of a tool that is to be strict."""
    functions = [tool["function"] for tool in body.get("tools") or () if tool["function"].get("strict")]
    faults = ((function["name"], _loose_in(function.get("parameters"))) for function in functions)
    return next((f"invalid JSON schema for tool {name}: {words}" for name, words in faults if words), "")


def _loose_in(schema: Any) -> str:
    if isinstance(schema, list):
        return next((words for item in schema if (words := _loose_in(item))), "")
    if not isinstance(schema, dict):
        return ""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        if schema.get("additionalProperties") is not False:
            return "`additionalProperties:false` must be set on every object"
        if set(properties) - set(schema.get("required") or ()):
            return "`required` is required to be supplied and to be an array including every key in properties"
    inner = [value for key, value in schema.items() if key not in ("enum", "const", "default", "properties")]
    return _loose_in([*inner, *(properties or {}).values()])
