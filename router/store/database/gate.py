"""The gate through which everybody goes who uses a connection: a fork waits until nobody does."""

from __future__ import annotations

import threading
import time

FORK_PATIENCE_SECONDS = 1.0
"""How long a fork waits for those who are using a connection."""


class Gate:
    """Lets everybody through, but for the moments in which one closes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._inside = 0
        self._shutters = 0

    def __enter__(self) -> None:
        """Go in; waits while it is shut."""
        with self._lock:  # the condition's own: by its name it costs four calls more, twice a transaction
            while self._shutters:
                self._changed.wait()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        """Go out again."""
        with self._lock:
            self._inside -= 1
            if self._shutters:
                self._changed.notify_all()

    def shut(self, seconds: float) -> bool:
        """Let nobody in any more, and wait until nobody is inside; false where somebody stays for too long."""
        limit = time.monotonic() + seconds
        with self._changed:
            self._shutters += 1
            return self._changed.wait_for(lambda: self._inside == 0, max(limit - time.monotonic(), 0.0))

    def reopen(self) -> None:
        """Let everybody in again; whoever has called `shut` does it, also where that was in vain."""
        with self._changed:
            self._shutters -= 1
            self._changed.notify_all()
