"""The time, as the router is told it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, so that a test can tell it otherwise."""

    def time(self) -> float:
        """Seconds since the epoch, for cooldowns, allowances and the log."""
        ...


class SystemClock:
    """The machine's clock."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()
