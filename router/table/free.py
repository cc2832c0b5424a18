"""May it be called free? The one answer that the planner, the catalogue's choices, the edits and the pages go by.

A provider's `free` in the routing table says who vouches for it:

- `plan`: the operator, for all its models (the API does not tell whether the free plan applies).
- `marked`: the id, by ending in `:free` or standing in `free_models`; and its provider's list must not name a price.
- `no`: nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from router.table.listings import Listed, Listing
from router.table.routes import ProviderEntry, RoutingTable
from router.types import Target


class PaidReason(StrEnum):
    """Why a model may cost money."""

    UNMARKED = "unmarked"  # nothing about its id says that it is free
    PRICED = "priced"  # its provider lists it with a price, whatever its id says
    UNPROVEN = "unproven"  # its provider's list names no price at all, where proof was asked for


PAID_TEXTS: Mapping[PaidReason, str] = {
    PaidReason.UNMARKED: "it may cost money",
    PaidReason.PRICED: "its provider lists it with a price",
    PaidReason.UNPROVEN: "its provider does not list it as free",
}
"""The plain meaning of each; what follows from it is for whoever says it."""


def paid_reason(
    provider: ProviderEntry, model: str, listed: Listed | None, *, needs_proof: bool = False
) -> PaidReason | None:
    """Why a model may cost money; None where it may be called while only free models may.

    Args:
        listed: the model in its provider's list, or None where there is no list or it is not on it.
        needs_proof: whether the list has to say that it is free: for models that no person has chosen.
    """
    if provider.free == "plan":
        return None
    costs = None if listed is None else listed.costs
    if costs:
        return PaidReason.PRICED
    if not provider.is_free(model):
        return PaidReason.UNMARKED
    return PaidReason.UNPROVEN if needs_proof and costs is None else None


def target_paid_reason(table: RoutingTable, target: Target, listings: Mapping[str, Listing]) -> PaidReason | None:
    """`paid_reason` of a target; None too where the operator lets models cost money.

    Args:
        listings: what each provider lists, by provider.
    """
    if not table.free_only:
        return None
    listing = listings.get(target.provider)
    listed = None if listing is None else listing.models.get(target.model)
    return paid_reason(table.entries[target.provider], target.model, listed)
