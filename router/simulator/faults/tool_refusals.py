"""Faults of tools that are a status and an error body, or an error in mid-stream, in the words of each provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from router.simulator.faults.scene import Scene
from router.simulator.faults.tool_faults import WRITTEN
from router.simulator.wire.script import Script
from router.simulator.wire.wires import ModelCall

_NOTE = "Please adjust your prompt. See 'failed_generation' for more details."
_SHAPES: Mapping[str, str] = {
    "schema": "Tool call validation failed: tool call validation failed: parameters for tool {name} did not match "
    "schema: errors: [missing properties: 'name', additionalProperties 'foo' not allowed]",
    "required": "Tool choice is required, but model did not call a tool",
    "none": "Tool choice is none, but model called a tool",
    "unknown_tool": "Tool call validation failed: attempted to call tool '{name}' which was not in request.tools",
    "failed_call": f"Failed to call a function. {_NOTE}",
    "arguments": "Failed to parse tool call arguments as JSON",
    "expected_schema": "Tool use failed: JSON does not match the expected schema for tool calls",
}
"""Groq's messages by the kind of the failure (issues, 2026)."""


def tool_use_failed(
    scene: Scene,
    *,
    variant: Literal[
        "schema", "required", "none", "unknown_tool", "failed_call", "arguments", "expected_schema"
    ] = "failed_call",
    form: Literal[
        "hermes",
        "glm",
        "qwen_coder",
        "minimax",
        "kimi",
        "function",
        "function_open",
        "function_dashes",
        "function_close",
        "bare",
        "fenced",
        "fenced_list",
    ] = "function",
    generation: str | None = None,
    where: Literal["status", "stream"] = "status",
    after: Literal["nothing", "reasoning", "text"] = "nothing",
    said: str = "Let me see.",
) -> Script:
    """Groq's 400 over its own model's call, in seven kinds and many forms; within a stream where that is asked for."""
    call = scene.call or ModelCall(0, "a_tool", "{}")
    fields = {"code": "tool_use_failed", "failed_generation": _generation(call, variant, form, generation)}
    message = _SHAPES[variant].format(name=call.name)
    if where == "status" or not scene.stream:
        return scene.wire.refusal(400, message, None, **_in_wire(scene, fields))
    answer = replace(scene.answer, text=said if after == "text" else "", calls=())
    answer = replace(answer, reasoning="" if after == "nothing" else answer.reasoning or "Thinking of a tool.")
    script = scene.wire.streamed(answer)
    head = script[: len(script) - 1 - len(scene.wire.ending(answer))]
    document = scene.wire.error(400, message, **_in_wire(scene, {**fields, "status_code": 400}))
    return [*head, *scene.wire.stream_error(document)]


def _in_wire(scene: Scene, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same by way of OpenRouter, which sends an upstream's error along as text."""
    return dict(fields) if scene.is_groq else {"metadata": {"raw": json.dumps({"error": fields})}}


def _generation(call: ModelCall, variant: str, form: str, generation: str | None) -> str:
    if generation is not None:
        return generation
    arguments = json.loads(call.arguments)
    if variant == "failed_call":
        return WRITTEN[form](call.name, arguments)
    if variant == "required":
        return "I would rather say it in words."
    return WRITTEN["bare"](call.name, arguments)


def no_tool_support(scene: Scene, *, lacking: Literal["tools", "tool_choice"] = "tools") -> Script:
    """Tools, or a choice of them, for a model that takes none: Groq's 400, OpenRouter's 404."""
    if not scene.body.get(lacking):
        return scene.reply()
    if scene.is_groq:
        return scene.wire.refusal(400, f"`{lacking}` is not supported with this model")
    if lacking == "tool_choice":
        return scene.wire.refusal(404, "No endpoints found that support the provided 'tool_choice' value.")
    name = scene.tools[0]["function"]["name"]
    return scene.wire.refusal(404, f'No endpoints found that support tool use. Try disabling "{name}". ')


def one_tool_call_only(scene: Scene) -> Script:
    """400 unless one call at a time is asked for, and no turn of the history has several."""
    several = any(len(message.get("tool_calls") or ()) > 1 for message in scene.body.get("messages") or ())
    if not scene.tools or (scene.body.get("parallel_tool_calls") is False and not several):
        return scene.reply()
    return scene.wire.refusal(400, "This model only supports single tool-calls at once!")


def thought_signature(scene: Scene) -> Script:
    """Signed reasoning with every call, and a 400 to whoever does not send it back, or changes it, with that call."""
    for message in scene.body.get("messages") or ():
        for number, call in enumerate(message.get("tool_calls") or ()):
            details = message.get("reasoning_details") or []
            if number == 0 and _signature(call["id"], call["function"]["name"]) not in details:
                raw = (
                    f"Function call `{call['function']['name']}` is missing a thought_signature in functionCall parts."
                )
                return scene.wire.refusal(400, "Provider returned error", None, metadata={"raw": raw})
    return _signed(scene)


def _signature(id: str, name: str) -> dict[str, Any]:
    data = f"c2lnbmVk{name}{id[-6:]}"
    return {"type": "reasoning.encrypted", "data": data, "id": id, "format": "google-gemini-v1", "index": 0}


def _signed(scene: Scene) -> Script:
    calls = scene.answer.calls
    if not calls:
        return scene.reply()
    detail = _signature(scene.wire.call_id(scene.answer, calls[0]), calls[0].name)
    return scene.reply(replace(scene.answer, details=(detail,)))
