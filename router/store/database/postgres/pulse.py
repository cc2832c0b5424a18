"""Whether the server answers at all, however slowly: who needs its word waits for a slow one, not for one that is away.

A cable that was pulled looks at first like a busy server: nothing comes back. So while somebody waits, the thread that
listens for signals asks a question of its own that no lock can hold up, and what counts is when any answer last came.
"""

from __future__ import annotations

import time

SILENCE_SECONDS = 1.0
"""A server that says nothing for so long, although it is asked, is away. Shorter, and a busy machine would pass for a
cut; longer, and whoever meets the first second of a cut would wait for nothing."""

_WANTED_SECONDS = 0.5


class Pulse:
    """When the server last answered this process, on whichever connection."""

    def __init__(self) -> None:
        self._answered_at = time.monotonic()
        self._wanted_until = 0.0

    def note_answer(self) -> None:
        """An answer came."""
        self._answered_at = time.monotonic()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits who has to know, so that the server is to be asked."""
        return time.monotonic() < self._wanted_until

    def is_beating(self, since: float) -> bool:
        """Whether the server has answered lately, or was asked only a moment ago.

        Args:
            since: when it was asked for what somebody waits for (`time.monotonic`).
        """
        now = time.monotonic()
        self._wanted_until = now + _WANTED_SECONDS
        return now - max(self._answered_at, since) < SILENCE_SECONDS
