"""Distributions in little space, made to be added up by the ten thousand.

Buckets are 5 % wide on a logarithmic scale, so a percentile read from them is at most 2.5 % off (half a bucket:
1.05 ** 0.5 - 1). Packed, a distribution is its first bucket (8 bytes) and a count of 4 bytes for each bucket from there
to its last: read as one large integer, those that begin alike are added by adding integers, at the speed of C. First
buckets are rounded down to multiples of 16, so that most of them begin alike.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate

_WIDTH = math.log(1.05)
_ZERO = 200  # the bucket of 1.0; down to 0.00006
_LAST = 1_000  # up to 9e16, so that no value makes a distribution large
_LARGEST = 1e17
_HEAD = struct.Struct("<Q")
_HEAD_BITS = 64
_STEP = 16
_LANE_BITS = 32
_MOST = 2**32 - 1


def bucket_of(value: float) -> int:
    """The bucket a positive value falls into; what is not positive falls into the lowest."""
    if value <= 0:
        return 0
    # Ahead of the logarithm: that of infinity (a speed over next to no time) has no whole number below it.
    if value > _LARGEST:
        return _LAST
    return min(max(_ZERO + math.floor(math.log(value) / _WIDTH), 0), _LAST)


def middle_of(bucket: int) -> float:
    """The value that stands for a bucket: its geometric middle."""
    return math.exp((bucket - _ZERO + 0.5) * _WIDTH)


def pack(counts: Mapping[int, int]) -> bytes:
    """A distribution as bytes; nothing where there is none."""
    if not counts:
        return b""
    first, last = min(counts) // _STEP * _STEP, max(counts)
    lanes = [min(counts.get(bucket, 0), _MOST) for bucket in range(first, last + 1)]
    return _HEAD.pack(first) + struct.pack(f"<{len(lanes)}I", *lanes)


def merged(left: bytes, right: bytes) -> bytes:
    """Two packed distributions as one; the database calls it while it writes."""
    if not left or not right:
        return left or right
    first, second = (int.from_bytes(packed[:8], "little") for packed in (left, right))
    if first > second:
        left, right, first, second = right, left, second, first
    shift = (second - first) * _LANE_BITS
    total = int.from_bytes(left[8:], "little") + (int.from_bytes(right[8:], "little") << shift)
    size = max(len(left), len(right) + shift // 8) - 8
    return left[:8] + total.to_bytes(size, "little")


def unpack(data: bytes) -> dict[int, int]:
    """The distribution in some bytes."""
    if not data:
        return {}
    (first,) = _HEAD.unpack_from(data)
    return _unpack_lanes(first, data[_HEAD.size :])


def _unpack_lanes(first: int, data: bytes) -> dict[int, int]:
    counts = struct.unpack(f"<{len(data) // 4}I", data)
    return {bucket: count for bucket, count in enumerate(counts, start=first) if count}


class Distribution:
    """A sum of packed distributions."""

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        # By the first 8 bytes. Those are summed too, as the lowest 64 bits, which no number of them fills.
        self._sums: dict[bytes, int] = {}

    def add(self, packed: bytes) -> None:
        """Add one."""
        if packed:
            head = packed[:8]
            self._sums[head] = self._sums.get(head, 0) + int.from_bytes(packed, "little")

    def merge(self, distribution: Distribution) -> None:
        """Add another sum."""
        for head, total in distribution._sums.items():
            self._sums[head] = self._sums.get(head, 0) + total

    def counts(self) -> dict[int, int]:
        """How many there are in each bucket."""
        first, lanes = self._unpack_lanes()
        return {bucket: count for bucket, count in enumerate(lanes, start=first) if count}

    def percentiles(self, shares: Iterable[float]) -> list[float | None]:
        """The values below which `shares` (0 … 1) of it lie; None for an empty one."""
        first, lanes = self._unpack_lanes()
        running_counts = list(accumulate(lanes))
        if not running_counts:
            return [None for _ in shares]
        return [
            middle_of(first + min(bisect_left(running_counts, share * running_counts[-1]), len(running_counts) - 1))
            for share in shares
        ]

    def _unpack_lanes(self) -> tuple[int, tuple[int, ...]]:
        """The first bucket, and the count of each from there on."""
        if not self._sums:
            return 0, ()
        firsts = {_HEAD.unpack(head)[0]: total >> _HEAD_BITS for head, total in self._sums.items()}
        first = min(firsts)
        whole = sum(total << (start - first) * _LANE_BITS for start, total in firsts.items())
        size = -(-whole.bit_length() // _LANE_BITS)
        return first, struct.unpack(f"<{size}I", whole.to_bytes(size * 4, "little"))
