"""Where answers are kept to be given again, as a Protocol, and the record that crosses it.

A port like those of `router.ports`: `router.store` fulfils it on a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """One answer; times in seconds since the epoch.

    Attributes:
        key: the digest of all that decided it.
        app: whose key of the gateway its request came with; empty for the other doors.
        request_id: the request that it was given to.
        expires_at: from when on it is given to nobody, however old an answer they would take.
        document: the answer as JSON text.
    """

    key: str
    app: str
    request_id: str
    answered_at: float
    expires_at: float
    document: str


class AnswerStore(Protocol):
    """Keeps answers, for all processes on one database; how many and for how long is its own to bound."""

    def find_answer(self, key: str, now: float) -> CachedAnswer | None:
        """The answer with this key that has not expired; None where there is none, or the database does not answer."""
        ...

    def keep_answer(self, answer: CachedAnswer) -> None:
        """Keep an answer, in place of an earlier one with its key; returns at once."""
        ...

    def drop_all(self) -> None:
        """Forget all of them; returns at once."""
        ...
