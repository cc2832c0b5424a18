"""The providers' lists of models, and where they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What a provider's `/models` listed for an account, as it came."""

    account: str
    fetched_at: float
    models: tuple[Mapping[str, Any], ...]


class CatalogueStore(Protocol):
    """Where the providers' lists are kept."""

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """The account's last list, or None."""
        ...

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Replace the account's list; returns at once."""
        ...
