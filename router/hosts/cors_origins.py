"""Which foreign pages may call the gateway: none, unless their origins are listed in `ROUTER_CORS_ORIGINS`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ORIGIN = re.compile(r"https?://[a-z0-9_.\[\]:-]+")


@dataclass(frozen=True, slots=True)
class CorsOrigins:
    """The origins whose pages may call, as browsers write them."""

    origins: frozenset[str] = frozenset()

    def __contains__(self, origin: str) -> bool:
        return origin in self.origins


NO_ORIGINS = CorsOrigins()
"""No foreign page may call."""


def parse_cors_origins(text: str) -> CorsOrigins:
    """Origins from a setting, separated by commas or blanks.

    Raises:
        ValueError: an entry that is no origin; says which, and how one is written.
    """
    return CorsOrigins(frozenset(_checked_origin(entry) for entry in re.split(r"[,\s]+", text) if entry))


def _checked_origin(entry: str) -> str:
    origin = entry.lower()
    if "*" in origin:
        raise ValueError(f"{entry!r} would let every page call; list each origin")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"{entry!r} is no origin; write scheme, host and port alone, like https://app.example.com")
    return origin
