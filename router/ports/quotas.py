"""What is left of free allowances, the calls that are counted, and where both are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one allowance.

    Attributes:
        model: whose it is; empty for the account's whole free pool.
        unit: `requests` or `tokens`.
        span: seconds that it is meant for: a minute or a day.
        resets_at: when all of it is there again.
        seen_at: when that was so.
    """

    account: str
    provider: str
    model: str
    unit: str
    span: float
    limit: int
    remaining: int
    resets_at: float
    seen_at: float

    @property
    def key(self) -> tuple[str, str, str, float]:
        """What there is one stated allowance of: account, model, unit and span."""
        return self.account, self.model, self.unit, self.span


@dataclass(frozen=True, slots=True)
class CallMade:
    """One counted call as it was written down: the attempt's id, the model, and when (seconds since the epoch)."""

    id: str
    model: str
    at: float


@dataclass(frozen=True, slots=True)
class CallRoom:
    """A rule for one more call: since `since` (seconds since the epoch) there have to be fewer than `limit`.

    Attributes:
        model: whose calls count; empty for all of the account's.
    """

    since: float
    limit: int
    model: str = ""


class QuotaStore(Protocol):
    """Where allowances are kept, and the calls that are counted, shared by all processes on one database."""

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """What an account's provider has stated."""
        ...

    def put_allowance(self, allowance: Allowance) -> None:
        """Insert or replace by `Allowance.key`; returns at once."""
        ...

    def calls_since(self, account: str, since: float) -> Sequence[CallMade] | None:
        """The calls of an account that were taken; None where that cannot be read now."""
        ...

    def take_call(
        self, account: str, call: CallMade, rooms: Sequence[CallRoom], *, patience: float
    ) -> Awaitable[Sequence[CallMade] | None]:
        """Write a call down if every rule has room for it; done when that is committed.

        It gives None where the call may be made, and else the calls that left no room. Where the database cannot be
        written, it may be made.

        Args:
            patience: seconds that the request can wait for a database that is slow.
        """
        ...

    def give_back_call(self, call_id: str) -> None:
        """Forget a call that was taken, and was not made or does not count; returns at once."""
        ...

    def forget_calls(self, account: str) -> None:
        """Forget all calls of an account; returns at once."""
        ...

    def read_beside(self, work: Callable[[], object]) -> None:
        """Have a function called that reads here, soon and beside the event loop; at once where reading takes no time.

        It may be left out while the database does not answer.
        """
        ...
