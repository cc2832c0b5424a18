"""The ids of requests, which begin with the time at which they were made."""

from __future__ import annotations

from ulid import ULID


def first_id(epoch: float) -> str:
    """The least id that a request begun at a moment can have."""
    milliseconds = min(max(int(epoch * 1000), 0), 2**48 - 1)
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + bytes(10)))
