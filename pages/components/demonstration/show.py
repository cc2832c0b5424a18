"""The whole show: its acts in turn, with captions and pauses, for one press of a button."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pages.components.demonstration.stage import TROUBLES

CHAOS = "chaos"
ACTS = (*TROUBLES, CHAOS)
"""The acts in the order in which they are played."""

PAUSE_SECONDS = 2.5
"""How long an act's end stays before the next begins: time enough to read one sentence."""


@dataclass
class Show:
    """A show under way.

    Attributes:
        left: the acts that are still to be played, the one on stage first.
        ended_at: when the one on stage was over, by the monotonic clock.
    """

    left: list[str] = field(default_factory=lambda: list(ACTS))
    ended_at: float | None = None

    @property
    def number(self) -> int:
        """The place of the act on stage, from 1."""
        return len(ACTS) - len(self.left) + 1

    def seconds_to_next(self) -> float:
        """How long the act's end stays yet; the first call after it begins the pause."""
        if self.ended_at is None:
            self.ended_at = time.monotonic()
        return max(0.0, self.ended_at + PAUSE_SECONDS - time.monotonic())

    def go_on(self) -> str | None:
        """The next act, or None where that was the last."""
        self.left, self.ended_at = self.left[1:], None
        return self.left[0] if self.left else None
