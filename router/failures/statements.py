"""What a reply states about time and allowances, as data: `router.providers` reads it off the wire, once.

Nothing in here knows a header's name, so that whoever decides about cooldowns and quotas decides over figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from router.failures import durations


class WaitSource(StrEnum):
    """Where in a reply a time to wait stood."""

    RETRY_AFTER = "retry-after"  # the header, in seconds, in milliseconds or as a date
    ERROR_FIELD = "error field"  # a field of the error object
    POOL_RESET = "pool reset"  # when the allowance that is used up is made anew
    SENTENCE = "sentence"  # "Please try again in 7m30.5s"


@dataclass(frozen=True, slots=True)
class StatedWait:
    """One time to wait, as a length or as a moment by the provider's clock; one of the two is there.

    Attributes:
        seconds: the length.
        until: the moment, in seconds since the epoch.
    """

    source: WaitSource
    seconds: float | None = None
    until: float | None = None

    def seconds_from(self, moment: float) -> float:
        """The wait in seconds, from 0 to a month, as it stands at `moment` (seconds since the epoch)."""
        if self.seconds is not None:
            return durations.clamp(self.seconds)
        return durations.clamp((self.until or moment) - moment)


@dataclass(frozen=True, slots=True)
class StatedAllowance:
    """What is left of one of a model's pools.

    Attributes:
        unit: `requests` or `tokens`.
        span: seconds that the limit is for.
        refill_seconds: until the pool is full again; 0 where that was not stated.
    """

    unit: str
    span: float
    limit: int
    remaining: int
    refill_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything of that kind in one reply.

    Attributes:
        waits: the most trustworthy first.
        allowances: what is left of the model's pools.
        grants_nothing: whether a limit is stated that is zero: the account's plan has none of it at all.
        used_up_span: seconds of the pool that the words say is used up (`MINUTE`, `DAY`, ...), with or without a time
            beside it; None where they name none.
        server_time: the provider's clock, in seconds since the epoch, when it sent the reply (`Date`); None where it
            says nothing of it. A clock of ours that is far from it is wrong.
    """

    waits: tuple[StatedWait, ...] = ()
    allowances: tuple[StatedAllowance, ...] = ()
    grants_nothing: bool = False
    used_up_span: float | None = None
    server_time: float | None = None

    def wait_seconds(self, now: float) -> float | None:
        """The wait to believe, in seconds; None where none is stated.

        Args:
            now: the clock that moments are measured with, in seconds since the epoch: ours, or `server_time` where
                ours is known to be wrong.
        """
        return self.waits[0].seconds_from(now) if self.waits else None


NOTHING_STATED = Statements()
"""What a failure without a reply states."""
