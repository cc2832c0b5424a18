"""What the providers list: which models exist today, what they can do, and what they cost.

Read from each provider's `/models`, which costs no quota. A list that is absent, failed or empty says nothing: the
table stands. A list that is there decides: a model of the table that it does not hold is passed over, a retired one
that it holds is used again, and where a chain has run out of models the best free ones are put in from here.
"""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

from router.ports import CatalogueRow, CatalogueStore, Clock
from router.table.dialects import PLAIN, Dialect
from router.table.free import paid_reason
from router.table.listings import Listed, Listing, listed_entries, read_listing
from router.table.routes import ProviderEntry

STALE_SECONDS = 4 * 3_600.0
"""A list this old is read anew."""

RETRY_SECONDS = 600.0
"""A reading that failed is tried again after this."""


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
            self._listings[account] = Listing(0.0) if row is None else read_listing(row.fetched_at, row.models)
        listing = self._listings[account]
        return listing if listing.models else None

    def find(self, account: str, model: str) -> Listed | None:
        """The model in the account's list, or None."""
        listing = self.listing(account)
        return None if listing is None else listing.models.get(model)

    def is_due(self, account: str) -> bool:
        """Whether the list should be read now; true for one caller, who then reads it."""
        now = self._clock.time()
        with self._lock:
            self.listing(account)
            # What was read later than now was read before the clock was set back, and would stay fresh for as long.
            if 0.0 <= now - self._listings[account].fetched_at < STALE_SECONDS:
                return False
            if 0.0 <= now - self._asked.get(account, -RETRY_SECONDS) < RETRY_SECONDS:
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

    def take(self, account: str, data: Any, dialect: Dialect = PLAIN) -> list[str]:
        """Keep what a provider's list said; gives the models that its list before did not hold.

        What is empty or no list changes nothing.

        Args:
            dialect: in which form it lists them.
        """
        models = listed_entries(data, dialect)
        if not models:
            return []
        before = self.listing(account)
        now = self._clock.time()
        with self._lock:
            self._listings[account] = read_listing(now, models)
            self._store.put_catalogue(CatalogueRow(account, now, tuple(models)))
            self.version += 1
        return [] if before is None else [entry["id"] for entry in models if entry["id"] not in before.models]


def best_free(
    listing: Listing,
    provider: ProviderEntry,
    day: date,
    *,
    vision: bool,
    wants_json: bool,
    free_only: bool,
    tools: bool = False,
) -> list[Listed]:
    """The listed models that could stand in for a chain that has run out, the best first.

    Args:
        provider: whose list it is.
        day: of which announced ends are reckoned.
        tools: whether they have to call tools, as far as the list tells.
        free_only: whether only models may be taken that are free beyond doubt.
    """
    fitting = [
        model
        for model in listing.models.values()
        if model.chat
        and not model.gone_on(day)
        and (model.vision or not vision)
        and not (tools and model.tools is False)
        and not (free_only and paid_reason(provider, model.id, model, needs_proof=True))
    ]
    return sorted(fitting, key=lambda model: _worth(model, wants_json), reverse=True)


def _worth(model: Listed, wants_json: bool) -> tuple[bool, int, float]:
    return bool(model.json_modes) if wants_json else True, model.context or 0, model.created
