"""What the providers list: which models exist today, what they can do, and what they cost.

Read from each provider's `/models`, which costs no quota. A list that is absent, failed or empty says nothing: the
table stands. A list that is there decides: a model of the table that it does not hold is passed over, a retired one
that it holds is used again, and where a chain has run out of models the best free ones are put in from here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from router.ports import CatalogueRow, CatalogueStore, Clock
from router.table.routes import JsonMode, ModelEntry

STALE_SECONDS = 4 * 3_600.0
"""A list this old is read anew."""

RETRY_SECONDS = 600.0
"""A reading that failed is tried again after this."""

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
                "json": self.json_modes if self.json_modes is not None else ("json_object",),
            }
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """One account's list at one moment."""

    fetched_at: float
    models: Mapping[str, Listed] = field(default_factory=dict)


class Catalogue:
    """The lists of all accounts; kept in a store, so that a restart begins with what was known."""

    def __init__(self, store: CatalogueStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._listings: dict[str, Listing] = {}
        self._asked: dict[str, float] = {}
        self.version = 0

    def listing(self, account: str) -> Listing | None:
        """The account's list, or None where there is none that says anything."""
        if account not in self._listings:
            row = self._store.load_catalogue(account)
            self._listings[account] = Listing(0.0) if row is None else _listing(row.fetched_at, row.models)
        found = self._listings[account]
        return found if found.models else None

    def find(self, account: str, model: str) -> Listed | None:
        """The model in the account's list, or None."""
        listing = self.listing(account)
        return None if listing is None else listing.models.get(model)

    def is_due(self, account: str) -> bool:
        """Whether the list should be read now; true for one caller, who then reads it."""
        now = self._clock.time()
        with self._lock:
            self.listing(account)
            fresh = now - self._listings[account].fetched_at < STALE_SECONDS
            if fresh or now - self._asked.get(account, 0.0) < RETRY_SECONDS:
                return False
            self._asked[account] = now
            return True

    def doubt(self, account: str) -> None:
        """A model was said to be gone: the list is read anew with the next request."""
        with self._lock:
            self._asked.pop(account, None)
            known = self._listings.get(account)
            if known is not None:
                self._listings[account] = Listing(0.0, known.models)

    def take(self, account: str, data: Any) -> list[str]:
        """Keep what a provider's `/models` said; gives the models that its list before did not hold.

        What is empty or no list changes nothing.
        """
        models = [entry for entry in _entries(data) if isinstance(entry.get("id"), str)]
        if not models:
            return []
        before = self.listing(account)
        now = self._clock.time()
        with self._lock:
            self._listings[account] = _listing(now, models)
            self._store.put_catalogue(CatalogueRow(account, now, tuple(models)))
            self.version += 1
        return [] if before is None else [entry["id"] for entry in models if entry["id"] not in before.models]


def _entries(data: Any) -> Iterable[Mapping[str, Any]]:
    found = data.get("data") if isinstance(data, Mapping) else data
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _listing(fetched_at: float, models: Iterable[Mapping[str, Any]]) -> Listing:
    return Listing(fetched_at, {str(entry["id"]): read_listed(entry) for entry in models})


def read_listed(entry: Mapping[str, Any]) -> Listed:
    """One entry of `/models`, of either provider; what it does not say stays unknown."""
    architecture = _mapping(entry.get("architecture"))
    top = _mapping(entry.get("top_provider"))
    inputs = entry.get("input_modalities") or architecture.get("input_modalities")
    outputs = entry.get("output_modalities") or architecture.get("output_modalities")
    return Listed(
        id=str(entry["id"]),
        name=str(entry.get("name") or ""),
        context=_positive(entry.get("context_length") or entry.get("context_window") or top.get("context_length")),
        max_output=_positive(entry.get("max_completion_tokens") or top.get("max_completion_tokens")),
        vision="image" in inputs if isinstance(inputs, list) else None,
        json_modes=_json_modes(entry),
        costs=_costs(entry.get("pricing")),
        expires=_day(entry.get("expiration_date")),
        chat=entry.get("active") is not False and _chats(str(entry["id"]), outputs),
        created=float(entry["created"]) if isinstance(entry.get("created"), int | float) else 0.0,
    )


def _chats(model: str, outputs: Any) -> bool:
    if isinstance(outputs, list) and "text" not in outputs:
        return False
    return not any(word in model for word in _NO_CHAT)


_JSON_WORDS: tuple[tuple[JsonMode, tuple[str, ...]], ...] = (
    ("json_schema", ("structured_outputs",)),
    ("json_object", ("response_format", "json_mode")),
)


def _json_modes(entry: Mapping[str, Any]) -> tuple[JsonMode, ...] | None:
    said = entry.get("supported_parameters") or entry.get("supported_features")
    if not isinstance(said, list):
        return None
    return tuple(mode for mode, words in _JSON_WORDS if any(word in said for word in words))


def _costs(pricing: Any) -> bool | None:
    """Whether any price differs from zero; "-1" (a router with variable prices) does."""
    if not isinstance(pricing, Mapping) or not pricing:
        return None
    return any(_price(value) != 0.0 for value in pricing.values() if value is not None)


def _price(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0 if isinstance(value, list | dict) else 1.0


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _positive(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def best_free(listing: Listing, day: date, *, vision: bool, wants_json: bool, priced: bool) -> list[Listed]:
    """The listed models that could stand in for a chain that has run out, the best first.

    Args:
        priced: whether the list has to prove that a model is free (OpenRouter), or the operator's word counts (Groq).
    """
    fitting = [
        model
        for model in listing.models.values()
        if model.chat
        and not model.gone_on(day)
        and (model.vision or not vision)
        and not (priced and model.costs is not False)
    ]
    return sorted(fitting, key=lambda model: _worth(model, wants_json), reverse=True)


def _worth(model: Listed, wants_json: bool) -> tuple[bool, int, float]:
    return bool(model.json_modes) if wants_json else True, model.context or 0, model.created
