"""What a request had to do with the cache of answers; `router.types` hands these on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

LONGEST_CACHE_SECONDS = 2_592_000.0
"""Seconds, thirty days: free models are retired within weeks, and an older answer is none that anybody would give."""


class CacheStatus(StrEnum):
    """How a request that may be answered from the cache was answered."""

    HIT = "hit"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What a request that may be answered from the cache came to there.

    Attributes:
        request_id: the request that a provider answered, where its answer is given again; else empty.
        age: seconds since that answer.
        saved_tokens: tokens that the provider counted for it, and that were not used again.
    """

    status: CacheStatus
    request_id: str = ""
    age: float = 0.0
    saved_tokens: int = 0

    @property
    def is_hit(self) -> bool:
        """Whether an earlier answer was given again, and no provider was called."""
        return self.status is CacheStatus.HIT


CACHE_MISS = CacheUse(CacheStatus.MISS)
"""The cache was looked into, and a provider was asked."""


@dataclass(frozen=True, slots=True)
class CacheHit:
    """An earlier answer is given again; stands where `attempt_started` does, and no provider is called.

    Attributes:
        provider, model: who gave that answer.
    """

    provider: str
    model: str
    use: CacheUse
    kind: ClassVar[Literal["cache_hit"]] = "cache_hit"
