"""Writes a request's body for one target: the caller's own request, laid out as the target's dialect and facts ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.providers.history import HistoryStyle, written_messages
from router.providers.kept_turns import KeptTurn
from router.request import Call
from router.request.parameters import SAMPLING
from router.request.tools import schema_of
from router.table.dialects import PLAIN, Dialect
from router.table.routes import JsonMode, ModelEntry, TaskEntry
from router.types import Message

_STREAMS_ONLY = ("stream", "stream_options")
_LEAST_OUTPUT = 16  # some upstreams refuse less

USEFUL_OUTPUT = 200
"""Tokens: with less room than this, or than the caller wants, a target is not worth a call."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it goes out.

    Attributes:
        body: the JSON document.
        own_limit: whether the output limit in it is ours rather than the caller's.
        mode: the JSON mode it asks for; None where it asks in words alone, or for none.
    """

    body: dict[str, Any]
    own_limit: bool
    mode: JsonMode | None = None

    def encode(self) -> bytes:
        """The body as bytes."""
        return orjson.dumps(self.body)


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What is written otherwise than the first time, and what only this target is given.

    Attributes:
        reask: the faults of this target's previous answer, where it is asked a second time.
        lower: how many steps below the best JSON mode of the target to ask.
        one_call: whether it is asked for one tool call at a time.
        kept: the turns that it is given its own reasoning of, by the id of the turn's first call.
    """

    reask: str | None = None
    lower: int = 0
    one_call: bool = False
    kept: Mapping[str, KeptTurn] = field(default_factory=dict)


FIRST_TIME = AskedAgain()


def write_request(
    call: Call,
    model: str,
    *,
    dialect: Dialect,
    facts: ModelEntry,
    task: TaskEntry,
    free_only: bool,
    stream: bool,
    again: AskedAgain = FIRST_TIME,
) -> WireRequest:
    """Write `call` for one target, from the caller's own request and the target's facts alone."""
    mode = json_mode(call, facts, again.lower, dialect)
    limit, own_limit = output_limit(call, facts, task)
    one_call = again.one_call or facts.parallel_tools is False
    style = HistoryStyle(dialect, again.kept, one_call)
    body: dict[str, Any] = {"model": model, "messages": _messages(call, mode, again.reask, style)}
    body |= dialect.always
    body |= facts.params | facts.effort.get(task.effort, {})
    chooses_hosts = (mode == "json_schema" and dialect.when_strict) or (sends_tools(call) and dialect.when_tools)
    body |= _parameters(call, dialect, SAMPLING if chooses_hosts else ())
    body[dialect.output_field] = limit
    if mode is not None:
        body |= _format_fields(call, mode, dialect)
    if mode == "json_schema":
        body = _laid_over(body, dialect.when_strict)
    if sends_tools(call):
        body = _laid_over({**body, **_tool_fields(call, dialect, facts, one_call=one_call)}, dialect.when_tools)
    if free_only:
        body = _laid_over({name: value for name, value in body.items() if name not in dialect.paid}, dialect.when_free)
    # What the table says of a stream goes before the dialect, and is an error where none is asked for.
    streaming = {**dialect.when_streaming, **body, "stream": True}
    body = streaming if stream else {name: value for name, value in body.items() if name not in _STREAMS_ONLY}
    return WireRequest(body, own_limit, mode)


def _parameters(call: Call, dialect: Dialect, left_out: Sequence[str]) -> dict[str, Any]:
    """The caller's own, under the names that the wire has for them and without those that it refuses.

    Args:
        left_out: those that would leave hardly a host, where a wire picks hosts by what they take.
    """
    names = {"max_tokens": "", "seed": dialect.seed_field} | dict.fromkeys((*dialect.leave_out, *left_out), "")
    return {names.get(name, name): value for name, value in call.parameters.items() if names.get(name, name)}


def _format_fields(call: Call, mode: JsonMode, dialect: Dialect) -> dict[str, Any]:
    """What asks for JSON, in the place and the form that the wire has for it."""
    if mode == "json_object" or call.response_format is None:
        return {"response_format": {"type": "json_object"}}
    if dialect.schema_form == "bare_schema":
        return {"response_format": {"type": "json_schema", "json_schema": call.schema}}
    if dialect.schema_form == "json_object":
        return {"response_format": {"type": "json_object", "schema": call.schema}}
    if dialect.schema_form == "field":
        return {dialect.schema_field: call.schema}
    return {"response_format": call.response_format}


def _laid_over(body: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with `fields`, an object within an object joined rather than replaced."""
    joined = {
        name: {**inner, **value}
        for name, value in fields.items()
        if isinstance(value, dict) and isinstance(inner := body.get(name), dict)
    }
    return {**body, **fields, **joined}


def sends_tools(call: Call) -> bool:
    """Whether the tools go out with a call: both providers take either tools or a JSON mode.

    Where JSON is asked for and nothing is to be called, the mode is the one of use.
    """
    return bool(call.tools) and not (call.wants_json and not call.may_call_tools)


def _tool_fields(call: Call, dialect: Dialect, facts: ModelEntry, *, one_call: bool) -> dict[str, Any]:
    # A model that takes no strict schema for its answer takes none for a tool; its calls are checked here all the same.
    takes_strict = dialect.strict_tools and "json_schema" in facts.json_modes
    fields: dict[str, Any] = {
        "tools": [tool if takes_strict and is_strict(schema_of(tool)) else _not_strict(tool) for tool in call.tools]
    }
    if call.tool_choice is not None:
        fields["tool_choice"] = call.tool_choice
    parallel = False if one_call else call.parallel_tool_calls
    if "parallel_tool_calls" in dialect.leave_out:
        parallel = None
    return fields if parallel is None else {**fields, "parallel_tool_calls": parallel}


def is_strict(schema: Any) -> bool:
    """Whether a schema keeps the rules of strict ones, without which a strict tool is refused with all others.

    Every object in it names what is required, which is all, and takes nothing else.
    """
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        if schema.get("additionalProperties") is not False or set(properties) - set(schema.get("required") or ()):
            return False
        if not all(map(is_strict, properties.values())):
            return False
    return all(is_strict(part) for name, part in schema.items() if name not in _NO_SCHEMAS)


_NO_SCHEMAS = ("properties", "enum", "const", "default", "examples", "required", "additionalProperties")
"""Words of a schema whose values are no schemas, or are looked at apart."""


def _not_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if name != "strict"}
    return {**tool, "function": function}


def json_mode(call: Call, facts: ModelEntry, lower: int = 0, dialect: Dialect = PLAIN) -> JsonMode | None:
    """The JSON mode to ask for: a strict schema, else JSON mode, else words and extraction, as the target can.

    Args:
        lower: how many steps below the best.
    """
    if not call.wants_json or sends_tools(call):
        return None
    modes: list[JsonMode] = ["json_schema"] if call.schema is not None and dialect.schema_form != "none" else []
    modes += ["json_object"] if dialect.json_object else []
    ladder = [mode for mode in modes if mode in facts.json_modes]
    return ladder[lower] if lower < len(ladder) else None


def output_limit(call: Call, facts: ModelEntry, task: TaskEntry) -> tuple[int, bool]:
    """Tokens of output to ask for, and whether the caller's own limit was cut by one of ours.

    Prompt and reserved output together count against a minute's allowance before the call is made, so what
    is asked for leaves room for the prompt.
    """
    asked_limit = call.parameters.get("max_tokens")
    ours = [task.output_tokens] if asked_limit is None else []
    ours += [limit for limit in (facts.output_limit, facts.max_output) if limit is not None]
    if facts.tokens_per_minute is not None:
        # Bytes by three are more tokens than they are likely to be: too much asked for is a certain refusal.
        careful = facts.tokens_per_minute - call.text_bytes // 3 - 800 * call.images - 200
        likely = min(facts.tokens_per_minute - call.prompt_tokens, USEFUL_OUTPUT)
        ours.append(max(careful, likely, _LEAST_OUTPUT))
    if asked_limit is not None and all(asked_limit <= limit for limit in ours):
        return asked_limit, False
    return max(min(ours), 1), True


def _messages(call: Call, mode: JsonMode | None, reask: str | None, style: HistoryStyle) -> list[Message]:
    messages = written_messages(call.messages, style)
    if call.wants_json and mode != "json_schema":
        messages.insert(0, {"role": "system", "content": _json_instruction(call)})
    if reask:
        messages.append({"role": "user", "content": reask})
    return messages


def _json_instruction(call: Call) -> str:
    """What a target without strict schemas has to be told in words; JSON mode itself demands the word "json"."""
    ahead = "Call tools first where they are of use. Then answer" if sends_tools(call) else "Answer"
    if call.schema is None:
        return f"{ahead} with one JSON object and nothing else."
    schema = orjson.dumps(call.schema).decode()
    return f"{ahead} with one JSON document and nothing else. It has to fit this JSON schema:\n{schema}"
