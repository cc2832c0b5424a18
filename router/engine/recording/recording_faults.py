"""Faults of what only records (the log, listeners): said once, and no answer is lost to one."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from router.redaction import place_of

_log = logging.getLogger("router")

_SAID_AGAIN_SECONDS = 60.0
"""Seconds: what fails at every request is said once in so long. The store says its own troubles as often."""

_NEWS_SECONDS = 60.0
"""Seconds: so long after the last one a fault is worth a banner."""


@dataclass(frozen=True, slots=True)
class RecordingFault:
    """Something was not recorded.

    Attributes:
        text: what, and where in the program that came from; without the words of the error, which may hold anything.
        at: seconds since the epoch, of the latest time.
    """

    text: str
    at: float


class RecordingFaults:
    """Takes such faults in; safe to use from several threads.

    Whoever hands something to be recorded catches what comes of it and notes it here: the answer that it is about goes
    to its caller all the same, as if it had been recorded.
    """

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}
        self._latest: RecordingFault | None = None
        self._lock = threading.Lock()

    @property
    def latest(self) -> RecordingFault | None:
        """The latest of the last minute; None where all is well."""
        latest = self._latest
        return latest if latest is not None and time.time() - latest.at < _NEWS_SECONDS else None

    def note(self, trouble: str, error: Exception) -> None:
        """Say in the program's log that something was not recorded, unless that was just said.

        Args:
            trouble: what did not come about, in words: "a cooldown could not be kept".
        """
        now = time.monotonic()
        text = f"{trouble}: {place_of(error)}"
        with self._lock:
            self._latest = RecordingFault(text, time.time())
            if now - self._said_at.get(trouble, float("-inf")) < _SAID_AGAIN_SECONDS:
                return
            self._said_at[trouble] = now
        _log.error("%s", text)
