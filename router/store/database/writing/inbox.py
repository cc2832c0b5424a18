"""What all threads bring to the writer's, in the order in which they bring it."""

from __future__ import annotations

import queue
from collections import deque
from contextlib import suppress

from router.store.database.writing.queued_records import Flush, Order


class Inbox:
    """Put into by any thread, emptied by the writer's.

    That one is woken by what is urgent, and by the first of some endings; those that follow while it gathers them wake
    nobody. Each waking takes Python's lock from the event loop that the ending came from, twice an answer.
    """

    def __init__(self) -> None:
        self._brought: deque[Order | Flush] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_gathering = False

    def put(self, brought: Order | Flush, *, urgent: bool = True) -> None:
        """Bring something."""
        # First of all: whoever wakes nobody below relies on it that the thread, which gathers, has yet to look.
        self._brought.append(brought)
        if urgent or not self._is_gathering:
            # Ahead of the bell, or it could be set behind the look that it speaks of, and wake nobody for long.
            self._is_gathering = self._is_gathering or not urgent
            self._bell.put(None)

    @property
    def is_quiet(self) -> bool:
        """Whether the thread has nothing before it that it was woken for."""
        return self._bell.empty()

    # --- in the writer's thread ------------------------------------------------------------------------------------

    def wait(self, seconds: float, *, gathers: bool) -> None:
        """Until there is something to do, so many seconds at the most.

        Args:
            gathers: whether endings are being gathered, so that further ones need no waking.
        """
        self._is_gathering = gathers
        with suppress(queue.Empty):
            self._bell.get(timeout=seconds)
            while True:
                self._bell.get_nowait()
        self._is_gathering = False  # ahead of what `take` gives: what comes behind that wakes the thread again

    def take(self) -> Order | Flush | None:
        """What came first; None where nothing is left."""
        return self._brought.popleft() if self._brought else None
