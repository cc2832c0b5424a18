"""How much memory the queued records take, and how many found no room.

What is queued takes a bounded amount of memory (`LARGEST_BACKLOG_BYTES`); what finds no room is dropped and counted.
"""

from __future__ import annotations

import threading

from router.store.database.writing.queued_records import SMALL_RECORD_BYTES

LARGEST_BACKLOG_BYTES = 32_000_000
"""About how much memory may be taken by what cannot be written now; records without texts may take twice that on top,
so that requests that were let in find room for their endings."""


class Backlog:
    """The bytes of what is queued; safe to use from many threads.

    Attributes:
        size: about how many bytes the queued records take.
        dropped: how many records found no room, ever.
    """

    def __init__(self) -> None:
        self.size = self.dropped = 0
        self._lock = threading.Lock()  # adding to an attribute is no single step, and many threads do it

    def has_room(self, weight: int) -> bool:
        """Whether a record of about so many bytes would still be queued."""
        largest = LARGEST_BACKLOG_BYTES * (1 if weight > SMALL_RECORD_BYTES else 3)
        return self.size + weight <= largest

    def take(self, weight: int) -> bool:
        """Take the room for a record; where there is none, it is counted as dropped."""
        if not self.has_room(weight):
            self.note_dropped()
            return False
        with self._lock:
            self.size += weight
        return True

    def give_back(self, weight: int) -> None:
        """Give back the room of a record that is written or given up."""
        with self._lock:
            self.size -= weight

    def note_dropped(self) -> None:
        """Count a record that is not queued: its owner does not even bring it, or there is nobody to write it."""
        with self._lock:
            self.dropped += 1
