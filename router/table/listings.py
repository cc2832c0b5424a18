"""What a provider's `/models` says, read whatever it holds: one odd value is unknown by itself, and no other suffers.

Lists come from outside and are kept, so what is read here has to be fit for everything behind it: for the routing
table's own checks (a context is a whole number of tokens), for the database (64 bits, no half characters) and for
sorting (no NaN).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from router.table.dialects import PLAIN, Dialect, ListForm
from router.table.document_places import value_at
from router.table.routes import JsonMode, ModelEntry

_NO_CHAT = (
    "whisper",
    "orpheus",
    "prompt-guard",
    "safeguard",
    "content-safety",
    "embed",
    "-tts",
    "rerank",
    "moderation",
)

_MOST_TOKENS = 10**12
"""No context is as large: a figure beyond it is no figure, and would not fit into the database's 64 bits."""

_LONGEST_ID = 300
"""Characters: a longer "id" is none; it would be written into every row that names the model."""

_READ = (
    "id",
    "name",
    "created",
    "active",
    "architecture",
    "input_modalities",
    "output_modalities",
    "context_length",
    "context_window",
    "max_completion_tokens",
    "top_provider",
    "supported_parameters",
    "supported_features",
    "pricing",
    "expiration_date",
)
"""The fields that are read; the others (descriptions, links) are not kept."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One model as its provider lists it.

    Attributes:
        costs: whether any price in the list is other than zero; None where the list names no price.
        expires: the day after which it is gone, where announced.
        chat: whether it answers prompts with text, as far as the list tells.
        created: seconds since the epoch; the newest first where several would do.
    """

    id: str
    name: str = ""
    context: int | None = None
    max_output: int | None = None
    vision: bool | None = None
    json_modes: tuple[JsonMode, ...] | None = None
    tools: bool | None = None
    tool_choice: bool | None = None
    costs: bool | None = None
    expires: date | None = None
    chat: bool = True
    created: float = 0.0

    def gone_on(self, day: date) -> bool:
        """Whether its announced end has passed."""
        return self.expires is not None and self.expires < day

    def entry(self) -> ModelEntry:
        """What the wire and the planner need to know of it."""
        return ModelEntry.model_validate(
            {
                "label": self.name or self.id,
                "context": self.context,
                "max_output": self.max_output,
                "vision": self.vision,
                "tools": self.tools,
                "tool_choice": self.tool_choice,
                "json": self.json_modes if self.json_modes is not None else ("json_object",),
            }
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """One account's list at one moment."""

    fetched_at: float
    models: Mapping[str, Listed] = field(default_factory=dict)


def listed_entries(data: Any, dialect: Dialect = PLAIN) -> list[dict[str, Any]]:
    """The models in a provider's answer, each with the fields that are read, fit to be kept.

    Args:
        dialect: in which form it lists them.
    """
    form = dialect.models
    entries = data if isinstance(data, list) else value_at(data, form.entries) if form.entries else data
    readable = entries if isinstance(entries, list) else []
    usual = [
        _usual_entry(entry, dialect) for entry in readable if isinstance(entry, Mapping) and _is_meant(entry, form)
    ]
    return [_keepable_entry(entry) for entry in usual if _has_id(entry)]


def _is_meant(entry: Mapping[str, Any], form: ListForm) -> bool:
    return all(value_at(entry, place) == value for place, value in form.only.items())


def _usual_entry(entry: Mapping[str, Any], dialect: Dialect) -> Mapping[str, Any]:
    """An entry under the names that most providers use, and with the id that is called."""
    usual: dict[str, Any] = dict(entry)
    usual |= {name: value_at(entry, place) for name, place in dialect.models.fields.items()}
    return usual | {"id": dialect.bare_id(usual["id"])} if isinstance(usual.get("id"), str) else usual


def read_listing(fetched_at: float, entries: Iterable[Mapping[str, Any]]) -> Listing:
    """A list out of its entries, those without a usable id left out."""
    return Listing(fetched_at, {entry["id"]: read_listed(entry) for entry in entries if _has_id(entry)})


def read_listed(entry: Mapping[str, Any]) -> Listed:
    """One entry of a list, of whichever provider; what it does not say, or says in no form that is known, is unknown.

    Args:
        entry: has a usable `id`.
    """
    architecture = _mapping(entry.get("architecture"))
    top = _mapping(entry.get("top_provider"))
    inputs = entry.get("input_modalities") or architecture.get("input_modalities")
    outputs = entry.get("output_modalities") or architecture.get("output_modalities")
    parameters = entry.get("supported_parameters")
    return Listed(
        id=entry["id"],
        name=entry["name"] if isinstance(entry.get("name"), str) else "",
        context=_first_count(entry.get("context_length"), entry.get("context_window"), top.get("context_length")),
        max_output=_first_count(entry.get("max_completion_tokens"), top.get("max_completion_tokens")),
        vision="image" in inputs if isinstance(inputs, list) else None,
        json_modes=_json_modes(entry),
        tools=None if (features := _features(entry)) is None else "tools" in features,
        # Lists of features know no such word: whoever takes tools there takes a choice too.
        tool_choice=None if not isinstance(parameters, list) else "tool_choice" in parameters,
        costs=_costs(entry.get("pricing")),
        expires=_day(entry.get("expiration_date")),
        chat=entry.get("active") is not False and _chats(entry["id"], outputs),
        created=_figure(entry.get("created")) or 0.0,
    )


def _has_id(entry: Mapping[str, Any]) -> bool:
    model = entry.get("id")
    # A half character (a lone surrogate) can neither be sent nor stored, so no such model could be called.
    return isinstance(model, str) and 0 < len(model) <= _LONGEST_ID and model == _whole_text(model)


def _keepable_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _keepable(entry[name], 4) for name in _READ if name in entry}


def _keepable(value: Any, depth: int) -> Any:
    """`value` as the database can hold it; what it cannot hold becomes None, which is unknown."""
    if isinstance(value, str):
        return _whole_text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if _figure(value) is not None else None
    if isinstance(value, Mapping) and depth:
        return {_whole_text(str(name)): _keepable(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list) and depth:
        return [_keepable(inner, depth - 1) for inner in value]
    return None


def _whole_text(text: str) -> str:
    """The text with half characters replaced: they have no bytes in UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _figure(value: Any) -> float | None:
    """A finite number of 64 bits at the most, out of a JSON number or a string; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        figure = float(value)
    except (ValueError, OverflowError):
        return None
    return figure if math.isfinite(figure) and abs(figure) < 2**63 else None


def _first_count(*values: Any) -> int | None:
    """The first of several fields that holds a count of tokens."""
    return next((count for value in values if (count := _count(value)) is not None), None)


def _count(value: Any) -> int | None:
    figure = _figure(value)
    return int(figure) if figure is not None and 1 <= figure <= _MOST_TOKENS else None


def _chats(model: str, outputs: Any) -> bool:
    if isinstance(outputs, list) and "text" not in outputs:
        return False
    return not any(word in model for word in _NO_CHAT)


_JSON_WORDS: tuple[tuple[JsonMode, tuple[str, ...]], ...] = (
    ("json_schema", ("structured_outputs",)),
    ("json_object", ("response_format", "json_mode")),
)


def _features(entry: Mapping[str, Any]) -> list[Any] | None:
    features = entry.get("supported_parameters") or entry.get("supported_features")
    return features if isinstance(features, list) else None


def _json_modes(entry: Mapping[str, Any]) -> tuple[JsonMode, ...] | None:
    features = _features(entry)
    if features is None:
        return None
    return tuple(mode for mode, words in _JSON_WORDS if any(word in features for word in words))


_PER_TOKEN = ("prompt", "completion")


def _costs(pricing: Any) -> bool | None:
    """Whether any price differs from zero; "-1" (a router with variable prices) does, and so does what is no price."""
    if not isinstance(pricing, Mapping) or not pricing:
        return None
    return any(_is_priced(name, value) for name, value in pricing.items() if value is not None)


def _is_priced(name: str, value: Any) -> bool:
    if isinstance(value, list | dict):  # conditions and overrides; but the two prices themselves are never of that form
        return name in _PER_TOKEN
    return _figure(value) != 0.0


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
