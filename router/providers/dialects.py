"""The wires' differences, as data: one `Dialect` a wire. `router.providers.requests` writes by them.

A further provider that speaks one of these is an entry in the routing table, not code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from router.errors import ConfigurationError
from router.table.routes import ProviderEntry


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one wire differs from the plain OpenAI shape.

    Attributes:
        output_field: the field that limits the output.
        system_role: the role that `developer` becomes, or None where it is known.
        always: fields sent with every request.
        when_free: fields sent while only free models may be called; nothing of the table's `params` overrides them.
        paid: fields that may cost money with a free model too, or bring a paid one in: never sent while only free
            models may be called.
        when_strict: fields sent with a strict schema.
        when_streaming: fields sent where the answer is to come piece by piece.
        when_tools: fields sent with tools.
        strict_tools: whether a tool may be sent as a strict one.
        returned_reasoning: the field in which a model's own reasoning goes back to it with the calls that came of it;
            None where the wire has none.
        title_headers: whether the app's address and title are sent along.
        key_path: where the account tells of itself, without spending quota; None where it does not.
    """

    output_field: str = "max_tokens"
    always: Mapping[str, Any] = field(default_factory=dict)
    when_free: Mapping[str, Any] = field(default_factory=dict)
    paid: tuple[str, ...] = ()
    when_strict: Mapping[str, Any] = field(default_factory=dict)
    when_streaming: Mapping[str, Any] = field(default_factory=dict)
    when_tools: Mapping[str, Any] = field(default_factory=dict)
    strict_tools: bool = False
    returned_reasoning: Literal["reasoning", "reasoning_details"] | None = None
    title_headers: bool = False
    key_path: str | None = None


DIALECTS: Mapping[str, Dialect] = {
    # OpenAI's own wire counts a stream's tokens only where it is asked to; Groq and OpenRouter always do.
    "openai": Dialect(when_streaming={"stream_options": {"include_usage": True}}, strict_tools=True),
    "groq": Dialect(output_field="max_completion_tokens", strict_tools=True, returned_reasoning="reasoning"),
    "openrouter": Dialect(
        # The natural guard for free-only use: an endpoint that costs anything is not routed to.
        when_free={"provider": {"max_price": {"prompt": 0, "completion": 0}}},
        paid=("plugins", "models", "web_search_options"),
        # Else an endpoint that does not know the schema drops it silently and answers in its own form.
        when_strict={"provider": {"require_parameters": True}},
        # Else an endpoint that knows no tools is given none, and its model writes the call as text. Strict tools are
        # not sent: where no endpoint takes them, the refusal says that the account's privacy settings are at fault.
        when_tools={"provider": {"require_parameters": True}},
        returned_reasoning="reasoning_details",
        title_headers=True,
        key_path="/key",
    ),
}


def dialect_of(entry: ProviderEntry) -> Dialect:
    """The dialect that a provider's entry names.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if entry.dialect not in DIALECTS:
        raise ConfigurationError(f"dialect = {entry.dialect!r} is unknown; it is one of: {', '.join(DIALECTS)}")
    return DIALECTS[entry.dialect]
