"""Fields by the names that their caller wrote: the router speaks of its own arguments, and an API may call them
otherwise, or have them at another place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from router.gateway.errors import GatewayError, bad_request
from router.redaction import redact

FieldNames: TypeAlias = Mapping[str, str]
"""Places as the router writes them (`max_tokens`, `messages[3]`), with the caller's; the longest that fits counts."""

ROUTER_FIELDS: FieldNames = {
    name: f"router.{name}"
    for name in ("deadline", "targets", "fallback", "prioritize_speed", "prioritize_accuracy", "critical_accuracy")
}
"""What stands in the object `router`, whatever the API."""

_PLACE = re.compile(r"([a-z_]+)(?:\[\d+\]|\.[A-Za-z_]+)*(?=[ ':])")

_FIELDS = frozenset(
    {
        "messages", "response_format", "tools", "tool_choice", "parallel_tool_calls", "temperature", "max_tokens",
        "seed", "stop", "config", "top_p", "frequency_penalty", "presence_penalty", *ROUTER_FIELDS,
    }
)  # fmt: skip


def of_value_error(error: ValueError, names: FieldNames = ROUTER_FIELDS) -> GatewayError:
    """A malformed call, in the router's own words; they begin with the field where one is to blame."""
    message = redact(str(error))
    place = _PLACE.match(message)
    param = place[0] if place and place[1] in _FIELDS else None
    return renamed_error(bad_request(message, param=param), names)


def renamed_error(error: GatewayError, names: FieldNames) -> GatewayError:
    """The same error, which names its field as the caller wrote it."""
    if error.param is None:
        return error
    param = renamed_place(error.param, names)
    message = str(error)
    if message.startswith(error.param):
        message = param + message.removeprefix(error.param)
    return bad_request(message, param=param, code=error.code) if error.status == 400 else error


def renamed_place(place: str, names: FieldNames) -> str:
    """A place as the caller wrote it."""
    for known in sorted(names, key=len, reverse=True):
        if place == known or (place.startswith(known) and place[len(known)] in ".["):
            return names[known] + place.removeprefix(known)
    return place
