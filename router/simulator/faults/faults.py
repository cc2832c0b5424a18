"""The faults by name: what can be set on a simulated model, and with which parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from router.simulator.faults import accidents, misreplies, refusals, tool_faults, tool_refusals
from router.simulator.faults.scene import Scene
from router.simulator.wire.registry import WIRES
from router.simulator.wire.script import Script
from router.simulator.wire.wires import Answer

MAKERS: Mapping[str, Callable[..., Script]] = {
    # a status and an error body
    "rate_limited": refusals.rate_limited,
    "free_cap": refusals.free_cap,
    "day_cap": refusals.day_cap,
    "too_large_413": refusals.too_large_413,
    "output_too_large": refusals.output_too_large,
    "server_error": refusals.server_error,
    "html_error": refusals.html_error,
    "context_length": refusals.context_length,
    "content_policy": refusals.content_policy,
    "moderation_403": refusals.moderation_403,
    "guardrail_403": refusals.guardrail_403,
    "key_limit_403": refusals.key_limit_403,
    "gated_403": refusals.gated_403,
    "network_403": refusals.network_403,
    "unauthorized": refusals.unauthorized,
    "payment_required": refusals.payment_required,
    "gone": refusals.gone,
    "data_policy_404": refusals.data_policy_404,
    "no_image_support": refusals.no_image_support,
    "unsupported_response_format": refusals.unsupported_response_format,
    "json_validate_failed": refusals.json_validate_failed,
    # the connection and the stream
    "reset": accidents.reset,
    "silent": accidents.silent,
    "slow_start": accidents.slow_start,
    "comments_only": accidents.comments_only,
    "blanks": accidents.blanks,
    "cut": accidents.cut,
    "stall": accidents.stall,
    "bad_event": accidents.bad_event,
    "no_done": accidents.no_done,
    "no_finish": accidents.no_finish,
    "in_stream_error": accidents.in_stream_error,
    "split_bytes": accidents.split_bytes,
    "big_event": accidents.big_event,
    "invalid_http": accidents.invalid_http,
    "compressed": accidents.compressed,
    "script": accidents.script,
    # inside a 200
    "error_in_200": misreplies.error_in_200,
    "invalid_json": misreplies.invalid_json,
    "think": misreplies.think,
    "mislabelled": misreplies.mislabelled,
    "billed": misreplies.billed,
    "paid_model": misreplies.paid_model,
    "length": misreplies.length,
    # of tools
    "tool_use_failed": tool_refusals.tool_use_failed,
    "no_tool_support": tool_refusals.no_tool_support,
    "one_tool_call_only": tool_refusals.one_tool_call_only,
    "thought_signature": tool_refusals.thought_signature,
    "tool_deltas": tool_faults.tool_deltas,
    "tool_arguments": tool_faults.tool_arguments,
    "tool_finish": tool_faults.tool_finish,
    "tool_in_text": tool_faults.tool_in_text,
    "wrong_tool": tool_faults.wrong_tool,
    "no_tool_call": tool_faults.no_tool_call,
    "two_tool_calls": tool_faults.two_tool_calls,
    "text_before_call": tool_faults.text_before_call,
}

FAULTS: Mapping[str, str] = {name: inspect.getdoc(maker) or "" for name, maker in MAKERS.items()}
"""Every fault's name, and in one line what it does."""

_SAMPLE = Scene(WIRES["groq"], Answer("sample", "sample", "{}"))


class UnknownFault(ValueError):
    """There is no fault of that name; the text lists them."""


@dataclass(frozen=True, init=False)
class Fault:
    """A fault by name with its parameters.

    Attributes:
        times: for how many requests; None is until it is cleared.
        for_seconds: how long from when it is set, in seconds; None is until it is cleared.
        probability: the share of requests that meet it, 0 to 1.

    Raises:
        UnknownFault: no fault has this name.
        ValueError: it does not take such a parameter; the text names those that it takes.
    """

    name: str
    times: int | None
    for_seconds: float | None
    probability: float
    params: Mapping[str, Any]

    def __init__(
        self,
        name: str,
        *,
        times: int | None = None,
        for_seconds: float | None = None,
        probability: float = 1.0,
        **params: Any,
    ) -> None:
        if name not in MAKERS:
            raise UnknownFault(f"unknown fault {name!r}; it is one of: {', '.join(MAKERS)}")
        common = {"times": times, "for_seconds": for_seconds, "probability": probability}
        _check(name, common, _COMMON)
        _check(name, params, parameters_of(name))
        for key, value in {"name": name, **common, "params": params}.items():
            object.__setattr__(self, key, value)
        self.play(_SAMPLE)  # what cannot be played is refused here rather than at the first request

    def play(self, scene: Scene) -> Script:
        """The reply with this fault in it."""
        return MAKERS[self.name](scene, **self.params)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a fault: the type it has to have, and what it is where it is not given."""

    annotation: Any
    default: Any = None

    def takes(self, value: Any) -> bool:
        """Whether `value` is of its type."""
        return _is_a(value, self.annotation)

    @property
    def wanted(self) -> str:
        """Its type in words."""
        kinds = get_args(self.annotation) if get_origin(self.annotation) in (Union, UnionType) else [self.annotation]
        return " or ".join(_words(kind) for kind in kinds)


_COMMON = {"times": Parameter(int | None), "for_seconds": Parameter(float | None), "probability": Parameter(float, 1.0)}


@cache
def parameters_of(name: str) -> Mapping[str, Parameter]:
    """The parameters of a fault, by name."""
    hints = get_type_hints(MAKERS[name])
    declared = list(inspect.signature(MAKERS[name]).parameters.values())[1:]
    return {parameter.name: Parameter(hints[parameter.name], parameter.default) for parameter in declared}


def _check(name: str, values: Mapping[str, Any], known: Mapping[str, Parameter]) -> None:
    for key, value in values.items():
        if key not in known:
            takes = ", ".join([*known, *_COMMON])
            raise ValueError(f"fault {name!r} has no parameter {key!r}; it takes: {takes}")
        if not known[key].takes(value):
            raise ValueError(f"{key!r} of fault {name!r} has to be {known[key].wanted}; got {value!r}")
    if missing := [
        key for key, parameter in known.items() if parameter.default is inspect.Parameter.empty and key not in values
    ]:
        raise ValueError(f"fault {name!r} needs {', '.join(missing)}")


def _is_a(value: Any, annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return any(_is_a(value, kind) for kind in get_args(annotation))
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if annotation in (int, float):
        return (
            not isinstance(value, bool) and isinstance(value, int if annotation is int else int | float) and value >= 0
        )
    return isinstance(value, get_origin(annotation) or annotation)


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    names = {int: "a whole number from 0", float: "a number from 0", str: "a text", bool: "true or false"}
    return "null" if kind is type(None) else names.get(kind, "a list of steps")
