"""A body of `/v1/chat/completions` as a `GatewayCall`: what is passed on, what is understood, what is refused.

What is wrong is a 400 that names the field. What OpenAI's API knows and no target of ours takes changes nothing, and
the reply says so in `router.ignored`; fields that nobody knows are ignored without a word, as OpenAI's own servers'
peers do, since client libraries put their own there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from router.api import DualModelRouter
from router.gateway.bodies import (
    GatewayCall,
    OnRestart,
    chosen_config,
    read_asked_model,
    read_flag,
    read_router_fields,
    without_nulls,
)
from router.gateway.errors import bad_request
from router.gateway.field_names import ROUTER_FIELDS
from router.types import CallOptions, Source

PASSED_ON = (
    "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop", "response_format", "tools",
    "tool_choice", "parallel_tool_calls",
)  # fmt: skip
"""Fields that the router itself takes under the same name."""

_UNUSED = ("logit_bias", "logprobs", "top_logprobs", "reasoning_effort")
"""Fields that would change an answer elsewhere; no target here is sent them."""

_PARTS = {
    "input_audio": "audio is",
    "file": "files are",
    "video_url": "videos are",
}
"""Parts that other servers take, and what they hold."""


def read_chat_call(body: Mapping[str, Any], router: DualModelRouter, app: str) -> GatewayCall:
    """A body's request.

    Args:
        app: whose key it came with.

    Raises:
        GatewayError: it cannot be used: 400, or 404 where there is no such model.
        ValueError: flags that contradict each other.
    """
    _refuse_unsupported(body)
    fields = read_router_fields(body)
    model = read_asked_model(body, fields, router)
    messages, pictures = read_messages(body.get("messages"))
    config = chosen_config(
        model, fields, pictures=pictures, wants_json=_wants_json(body) or _flagged_json(fields.flags)
    )
    options: dict[str, Any] = {name: body[name] for name in PASSED_ON if name in body}
    options |= fields.options
    if model.target is not None:
        options.setdefault("targets", [str(model.target)])
    limit_name = "max_completion_tokens" if "max_completion_tokens" in body else "max_tokens"
    options |= {"source": Source.GATEWAY, "app": app}
    options |= {"max_tokens": body[limit_name]} if limit_name in body else {}
    if fields.on_restart is OnRestart.ERROR:
        options["restart"] = False
    return GatewayCall(
        config=config,
        messages=messages,
        options=cast(CallOptions, _without_empty_tools(_with_allowed_tools(options))),
        stream=read_flag(body, "stream"),
        on_restart=fields.on_restart,
        includes_usage=_includes_usage(body),
        ignored=(*(name for name in _UNUSED if body.get(name)), *fields.unknown),
        names={**ROUTER_FIELDS, "max_tokens": limit_name},
    )


def _flagged_json(flags: Mapping[str, bool]) -> bool:
    return flags.get("requires_json", False)


def _without_empty_tools(options: dict[str, Any]) -> dict[str, Any]:
    """Without an empty list of tools, and what is said about their choice: there is nothing to choose from.

    Raises:
        GatewayError: a call is asked for all the same: an answer in words would not be what the caller waits for.
    """
    if options.get("tools", []) != []:
        return options
    if options.get("tool_choice", "auto") not in ("auto", "none"):
        raise bad_request("tool_choice asks for a tool, and tools is missing or empty.", param="tool_choice")
    return {name: value for name, value in options.items() if name not in ("tools", "tool_choice")}


def _with_allowed_tools(options: dict[str, Any]) -> dict[str, Any]:
    """With those tools alone that `tool_choice` allows: OpenAI's way to offer fewer without writing the list anew.

    Raises:
        GatewayError: it allows none that is there, or names none.
    """
    choice = options.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools":
        return options
    names, mode = _allowed_names(choice.get("allowed_tools"))
    tools = options.get("tools", [])
    there = {name for tool in tools if (name := _function_name(tool)) is not None} if isinstance(tools, list) else set()
    if unknown := sorted(names - there):
        raise bad_request(
            f"{_ALLOWED}.tools allows {unknown[0]!r}, which is none of the tools.", param=f"{_ALLOWED}.tools"
        )
    allowed = [tool for tool in tools if _function_name(tool) in names]
    return {**options, "tools": allowed, "tool_choice": mode}


_ALLOWED = "tool_choice.allowed_tools"


def _allowed_names(allowed: object) -> tuple[set[str], str]:
    """The names of the tools that are allowed, and whether one of them has to be called."""
    fields = allowed if isinstance(allowed, dict) else {}
    mode = fields.get("mode", "auto")
    if mode not in ("auto", "required"):
        raise bad_request(f"{_ALLOWED}.mode has to be auto or required.", param=f"{_ALLOWED}.mode")
    tools = fields.get("tools")
    names = [_function_name(tool) for tool in tools] if isinstance(tools, list) else []
    if not names or None in names:
        message = f'{_ALLOWED}.tools has to be a list such as [{{"type": "function", "function": {{"name": …}}}}].'
        raise bad_request(message, param=f"{_ALLOWED}.tools")
    return {name for name in names if name is not None}, mode


def _function_name(tool: object) -> str | None:
    function = tool.get("function") if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def _refuse_unsupported(body: Mapping[str, Any]) -> None:
    count = body.get("n", 1)
    if isinstance(count, bool) or count != 1:
        raise bad_request("n has to be 1: one answer a request.", param="n", code="unsupported_parameter")
    for name, modern in (("functions", "tools"), ("function_call", "tool_choice")):
        if body.get(name):
            message = f"{name} is OpenAI's older way; send {modern} instead."
            raise bad_request(message, param=name, code="unsupported_parameter")
    modalities = body.get("modalities", [])
    if not isinstance(modalities, list):
        raise bad_request("modalities has to be a list.", param="modalities")
    if body.get("audio") or "audio" in modalities:
        param = "audio" if body.get("audio") else "modalities"
        raise bad_request("Answers are text; audio is not to be had.", param=param, code="unsupported_parameter")


def _wants_json(body: Mapping[str, Any]) -> bool:
    form = body.get("response_format")
    return isinstance(form, dict) and form.get("type") in ("json_object", "json_schema")


def _includes_usage(body: Mapping[str, Any]) -> bool:
    options = body.get("stream_options", {})
    if not isinstance(options, dict):
        raise bad_request("stream_options has to be an object.", param="stream_options")
    return read_flag(without_nulls(options), "include_usage", where="stream_options.")


# --- messages --------------------------------------------------------------------------------------------------


def read_messages(messages: object) -> tuple[list[dict[str, Any]], bool]:
    """The messages as the router takes them, and whether there are pictures in them.

    Raises:
        GatewayError: they are missing, or hold what no target here reads; the rest is checked by the router.
    """
    if not isinstance(messages, list) or not messages:
        raise bad_request("messages has to be a list of at least one message.", param="messages")
    read = [_read_message(f"messages[{index}]", message) for index, message in enumerate(messages)]
    return read, any(_has_picture(message) for message in read)


def _read_message(where: str, message: object) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise bad_request(f"{where} has to be an object with role and content.", param=where)
    fields = without_nulls(message)
    if fields.get("role") == "developer":  # OpenAI's newer word; other providers know the older one alone
        fields["role"] = "system"
    if isinstance(fields.get("content"), list):
        fields["content"] = [
            _read_part(f"{where}.content[{index}]", part) for index, part in enumerate(fields["content"])
        ]
    if fields.get("role") == "assistant" and not fields.get("content") and not fields.get("tool_calls"):
        # Clients send back null or nothing for an answer that was empty, or that said no.
        fields["content"] = fields.get("refusal", "")
    return fields


def _read_part(where: str, part: object) -> object:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(kind, str) and kind in _PARTS:
        message = f"{where} is a part of type {kind}; {_PARTS[kind]} read by no target here, text and pictures are."
        raise bad_request(message, param=where, code="unsupported_content")
    if kind == "refusal" and isinstance(part, dict):  # of an earlier answer, as OpenAI's own models gave it
        return {"type": "text", "text": part.get("refusal")}
    if kind == "image_url" and isinstance(part, dict) and isinstance(part.get("image_url"), str):
        return {**part, "image_url": {"url": part["image_url"]}}  # as Mistral's clients write it
    return part


def _has_picture(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(
        isinstance(part, dict) and part.get("type") == "image_url" for part in content
    )
