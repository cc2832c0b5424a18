"""How the writing goes, and how long a request waits for it."""

from __future__ import annotations

import time

from router.store.database.connections import Database

EXACT_SECONDS = 3.0
"""How long a limit waits for a database that is there, and slow: longer than a busy server takes, and shorter than a
person takes to give up on a page."""


class WritingProgress:
    """Set by the writer's thread, and asked by those who bring a record.

    Attributes:
        busy_since: `time.monotonic` at which the group under way began; None while there is none.
        failing_since: at which the writing began to fail; None where all is well.
        is_only_slow: whether the last failure was that of a database that is there, and kept busy by others.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.busy_since: float | None = None
        self.failing_since: float | None = None
        self.is_only_slow = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being written, and nothing fails."""
        return self.busy_since is None and self.failing_since is None

    def is_answering(self) -> bool:
        """Whether the database is there, as far as that can be known, and at most slow."""
        if self.failing_since is not None:
            return self.is_only_slow
        busy_since = self.busy_since
        return busy_since is None or self._database.is_answering(busy_since)

    def patience_left(self, longest: float) -> float:
        """Seconds that a request may wait: who comes later in an outage has less to wait, and in the end nothing.

        Args:
            longest: for a database that is there, and slow.
        """
        patience, now = self._database.patience, time.monotonic()
        if longest > patience and self.is_answering():
            patience = longest
        if self.failing_since is not None:
            return patience + self.failing_since - now
        busy_since = self.busy_since
        is_stuck = busy_since is not None and now - busy_since > patience  # a server that does not answer
        return 0.0 if is_stuck else patience
