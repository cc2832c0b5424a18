"""What stands at a place in a document, as the routing table writes places: `message.detail[]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def values_at(data: Any, place: str) -> Iterator[Any]:
    """What stands at a place such as `message.detail[]`: one value, or each entry where `[]` stands behind a name."""
    if not place:
        yield data
        return
    name, _, further = place.partition(".")
    key = name.removesuffix("[]")
    inner = data if not key else data.get(key) if isinstance(data, Mapping) else None
    for value in inner if name.endswith("[]") and isinstance(inner, list) else [] if name.endswith("[]") else [inner]:
        yield from values_at(value, further)


def value_at(data: Any, place: str) -> Any:
    """The first value at a place; None where there is none, or the place is not named."""
    return next((value for value in values_at(data, place) if value is not None), None) if place else None
