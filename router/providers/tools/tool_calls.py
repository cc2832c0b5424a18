"""A reply's tool calls held against what was offered, and made the calls that the caller is given.

What a model calls is checked whole, like a JSON answer: the name is one of the tools', the arguments are a JSON object
and fit the tool's schema. A call that was cut off is never given. Ids are ours, so that the conversation may go on at
any provider.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.failures.outcomes import Kind, Signal
from router.json_answers import schema_faults
from router.providers.decoding.blanks import shows_nothing
from router.providers.decoding.call_parts import RawCall
from router.providers.replies import ProviderFailure, Reply
from router.providers.tools.call_arguments import BrokenArguments, read_arguments
from router.providers.tools.calls_in_text import calls_in_text, may_become_call
from router.request import Call
from router.request.tools import name_of, schema_of
from router.types import ToolCall
from router.workers import run_in_worker

_BEGINNING = 200  # characters of a text that are looked at for the beginning of a call
_SIGNS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class CheckedCalls:
    """A reply's calls.

    Attributes:
        calls: those that are given to the caller.
        text: what of the reply's text is an answer: none of it where the text itself was the call.
    """

    calls: tuple[ToolCall, ...] = ()
    text: str = ""


async def checked_calls(reply: Reply, call: Call, *, takes_unfit: bool, may_be_in_text: bool = True) -> CheckedCalls:
    """The calls in a reply, wherever it has them; checked in a thread, since a schema may take its time.

    Args:
        takes_unfit: whether arguments that miss the schema are given all the same, unless the tool is a strict one:
            nobody would be asked for better ones, and agents tell a model what was wrong with its call.
        may_be_in_text: whether the text may turn out to be a call: not where any of it was shown.

    Raises:
        ProviderFailure: the reply calls what was not offered, or not as it was asked; or it calls nothing and had to.
    """
    if not (reply.calls or call.may_call_tools):
        return CheckedCalls((), reply.text)
    if not (reply.calls or (may_be_in_text and may_become_call(reply.text.lstrip()[:_BEGINNING]))):
        return _without_calls(reply, call)
    return await run_in_worker(_checked, reply, call, takes_unfit)


def _checked(reply: Reply, call: Call, takes_unfit: bool) -> CheckedCalls:
    raw, text = reply.calls, reply.text
    if raw and not call.may_call_tools:
        return _uncalled_for(reply)
    if not raw:
        raw = calls_in_text(text, [name_of(tool) for tool in call.tools])
        text = "" if raw else text
    if not raw:
        return _without_calls(reply, call)
    if reply.finish_reason == "length":
        raise _failure(Kind.BAD_CALL, reply, "the output limit cut the call off")
    if call.parallel_tool_calls is False:
        # One at a time was asked for: the model sees what came of it, and calls the next one then.
        raw = raw[:1]
    calls = tuple(_checked_call(raw_call, call, reply, takes_unfit) for raw_call in raw)
    return CheckedCalls(calls, "" if shows_nothing(text) else text)


def _uncalled_for(reply: Reply) -> CheckedCalls:
    """Calls though there was nothing to be called, or nothing that might be: what was said beside them stands."""
    if not shows_nothing(reply.text):
        return CheckedCalls((), reply.text)
    raise _failure(Kind.BAD_CALL, reply, "it calls a tool, and none was to be called")


def _without_calls(reply: Reply, call: Call) -> CheckedCalls:
    """A reply that calls nothing: its text, unless it had to call or says that it did."""
    if reply.finish_reason == "tool_calls":
        raise _failure(Kind.BAD_CALL, reply, "it ends as a call of a tool does, and holds none")
    if call.has_to_call:
        raise _failure(Kind.BAD_CALL, reply, "a tool had to be called, and it calls none")
    return CheckedCalls((), reply.text)


def _checked_call(raw: RawCall, call: Call, reply: Reply, takes_unfit: bool) -> ToolCall:
    tool = _tool_named(raw.name, call.tools)
    if tool is None:
        raise _failure(Kind.BAD_CALL, reply, "it calls a tool that was not offered")
    choice = call.tool_choice
    if isinstance(choice, Mapping) and choice["function"]["name"] != raw.name:
        raise _failure(Kind.BAD_CALL, reply, "it calls another tool than the one that had to be called")
    try:
        arguments = read_arguments(raw.arguments, schema_of(tool))
    except BrokenArguments as error:
        raise _failure(Kind.BAD_CALL, reply, str(error)) from None
    faults = schema_faults(arguments, schema_of(tool))
    if faults and not (takes_unfit and not tool["function"].get("strict")):
        words = f"the arguments for {raw.name} do not fit its schema: {'; '.join(fault.place for fault in faults)}"
        fault_words = tuple(f"{raw.name}: {fault.words}" for fault in faults)
        raise _failure(Kind.UNFIT_CALL, reply, words, fault_words)
    return ToolCall(new_call_id(), raw.name, arguments)


def _tool_named(name: str, tools: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((tool for tool in tools if name_of(tool) == name), None)


def _failure(kind: Kind, reply: Reply, words: str, faults: tuple[str, ...] = ()) -> ProviderFailure:
    return ProviderFailure(
        Signal(kind, http_status=reply.http_status, message=words, stated=reply.stated, faults=faults, cost=reply.cost)
    )


def new_call_id() -> str:
    """Nine letters and digits, which no provider refuses: 54 bits, since ids meet only within one conversation."""
    return "".join(secrets.choice(_SIGNS) for _ in range(9))


def reask_for_call(faults: Sequence[str]) -> str:
    """What a model is told of a call that did not fit, when it is asked once more."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your last call of a tool was not valid:\n{listed}\nCall it again, with arguments that fit its schema."
