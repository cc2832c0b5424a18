"""What calls under way are about to use of an allowance, before their provider has said so.

A provider counts a call's prompt and the output that it asks for when the call comes in, and tells what is left with
its reply: too late for nineteen others that were sent meanwhile. So each call is put down here when it is sent, as the
provider will count it, and settled when it is answered. What is never settled ends by itself, since all that is
counted here refills within its minute.

Of calls that have been answered the provider's own figures tell. Where it gives figures, our count of the last minute
goes beside them: replies that come at once are read in any order, and requests a minute stand in none. Where it gives
none although it has answered, nothing shows that it counts at all, and nothing is held back; until its first answer
what is under way is held against the table's limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from router.failures.cooldown_clock import SKEW_SECONDS
from router.failures.durations import MINUTE

SETTLED_SOON = 0.5
"""Seconds: where calls under way stand in the way, one of them may be answered, and give back, at any moment."""


class Missing(NamedTuple):
    """What a call lacks of a minute's allowance, and in how many seconds it may be there."""

    unit: str
    limit: int
    left: int
    seconds: float


@dataclass(slots=True)
class MinuteBucket:
    """An allowance of a minute that refills steadily, as Groq's do: after ten seconds a sixth of it is back.

    Attributes:
        limit: what there is when all of it is there.
    """

    limit: int
    _used: float = 0.0
    _at: float = 0.0

    def used(self, now: float) -> float:
        """What has not refilled by `now`; nothing where it was used later than that, by a clock that was set back."""
        if self._at > now + SKEW_SECONDS:
            return 0.0
        return max(0.0, self._used - max(0.0, now - self._at) * self.limit / MINUTE)

    def take(self, amount: float, now: float) -> None:
        """Use some of it; a negative amount is given back."""
        self._used, self._at = max(0.0, self.used(now) + amount), now

    def bound_debt(self, under_way: float) -> None:
        """No more is used than there is, and what calls under way may use: a minute's pool is full within a minute."""
        self._used = min(self._used, self.limit + under_way)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One call under way: when it was sent, and how many tokens it may use."""

    at: float
    tokens: int


class OpenCalls:
    """The calls under way of one target, as far as they are of the last minute.

    Their sums are kept: with a hundred calls at once each of them asks several times, and would add up all others.
    """

    __slots__ = ("_calls", "_latest", "_tokens")

    def __init__(self) -> None:
        self._calls: dict[str, Reservation] = {}  # in the order in which they were sent
        self._tokens = 0
        self._latest = 0.0

    def add(self, attempt: str, tokens: int, now: float) -> None:
        """A call is about to be sent."""
        self._let_go(now)
        self.take_out(attempt)
        self._calls[attempt] = Reservation(now, tokens)
        self._tokens += tokens
        self._latest = max(self._latest, now)

    def take_out(self, attempt: str) -> Reservation | None:
        """That call has ended; None where it is of none of the last minute's."""
        call = self._calls.pop(attempt, None)
        if call is not None:
            self._tokens -= call.tokens
        return call

    def tokens(self, now: float) -> int:
        """What they may use together."""
        self._let_go(now)
        return self._tokens

    def count(self, now: float) -> int:
        """How many there are."""
        self._let_go(now)
        return len(self._calls)

    def _let_go(self, now: float) -> None:
        """Of those sent more than a minute ago, and of those sent by a clock that was set back since."""
        if self._latest > now + SKEW_SECONDS:
            for attempt in [attempt for attempt, call in self._calls.items() if call.at > now + SKEW_SECONDS]:
                self.take_out(attempt)
            self._latest = max((call.at for call in self._calls.values()), default=0.0)
        while self._calls:
            attempt = next(iter(self._calls))
            if self._calls[attempt].at > now - MINUTE:
                return
            self.take_out(attempt)


@dataclass(slots=True)
class TargetSpending:
    """One target's calls under way, and what was used of its minute.

    Attributes:
        tokens, requests: its minute's allowances as far as they are known; None where they are not.
        open_calls: the calls under way.
        tells_nothing: whether it has answered without a figure of what is left.
    """

    tokens: MinuteBucket | None = None
    requests: MinuteBucket | None = None
    open_calls: OpenCalls = field(default_factory=OpenCalls)
    tells_nothing: bool = False

    def set_limits(self, tokens: int | None, requests: int | None) -> None:
        """Go by these limits from now on, with what was used already."""
        if tokens is not None or self.tokens is not None:
            self.tokens = _resized(self.tokens, tokens)
        if requests is not None or self.requests is not None:
            self.requests = _resized(self.requests, requests)

    @property
    def has_limits(self) -> bool:
        """Whether any of its minute's allowances is known."""
        return self.tokens is not None or self.requests is not None

    def reserve(self, attempt: str, tokens: int, now: float) -> None:
        """Put down a call that is about to be sent."""
        self.open_calls.add(attempt, tokens, now)
        self._take(tokens, 1, now)

    def withdraw(self, attempt: str, now: float) -> None:
        """That call was never sent."""
        call = self.open_calls.take_out(attempt)
        if call is not None:
            self._take(-call.tokens, -1, now)

    def settle(self, attempt: str, tokens: int | None, now: float) -> None:
        """That call has ended.

        Args:
            tokens: what it has used; None where nobody knows, and what was reserved is taken for used.
        """
        call = self.open_calls.take_out(attempt)
        if call is not None and tokens is not None:
            self._take(tokens - call.tokens, 0, now)
        if self.tokens is not None:
            self.tokens.bound_debt(self.open_calls.tokens(now))

    def refill(self) -> None:
        """Go on with a whole minute's allowances; calls under way stay reserved."""
        self.tokens = self.requests = None  # made anew, and whole, when limits are next set

    def missing(self, tokens: int, now: float, *, is_stated: bool) -> Missing | None:
        """What a call of so many tokens lacks; None where it fits, or nothing is known.

        Args:
            is_stated: whether the provider gives figures of its own with its replies.
        """
        if not self.has_limits or (self.tells_nothing and not is_stated):
            return None
        for unit, bucket, amount, under_way in (
            ("tokens", self.tokens, tokens, self.open_calls.tokens(now)),
            ("requests", self.requests, 1, self.open_calls.count(now)),
        ):
            if bucket is None:
                continue
            used = max(under_way, bucket.used(now)) if is_stated else under_way
            lacking = used + min(amount, bucket.limit) - bucket.limit
            if lacking > 0:
                seconds = lacking * MINUTE / bucket.limit
                remaining = max(0, int(bucket.limit - used))
                return Missing(unit, bucket.limit, remaining, min(seconds, SETTLED_SOON) if under_way else seconds)
        return None

    def _take(self, tokens: int, requests: int, now: float) -> None:
        if self.tokens is not None:
            self.tokens.take(tokens, now)
        if self.requests is not None:
            self.requests.take(requests, now)


def _resized(bucket: MinuteBucket | None, limit: int | None) -> MinuteBucket | None:
    if limit is None:
        return None
    if bucket is None:
        return MinuteBucket(limit)
    bucket.limit = limit
    return bucket
