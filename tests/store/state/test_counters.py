"""The counters by which every process hears of a change."""

import time

from router.store.database.reading.readers import Readers
from router.store.state.counters import Counters

SHARED_SECONDS = 0.05


class CountingReaders:
    """Readers that count their queries."""

    def __init__(self, readers):
        self._readers = readers
        self.queries = 0

    def run_beside(self, read):
        self.queries += 1
        self._readers.run_beside(read)


def test_one_query_serves_whoever_asks_within_a_moment(store):
    readers = CountingReaders(Readers(store._database))
    counters = Counters(readers, SHARED_SECONDS)
    until = time.monotonic() + SHARED_SECONDS / 2
    while time.monotonic() < until:
        counters.value("holds")
        counters.value("edits")
    assert readers.queries <= 2


def test_a_change_of_this_process_is_seen_at_once(store):
    before = store.edits.version()
    assert store.edits.keep("{}", "nothing")
    assert store.edits.version() == before + 1


def test_a_counter_that_cannot_be_read_stays_as_it_was(store):
    class Unreadable:
        def run_beside(self, read):
            """Nobody answers."""

    assert Counters(Unreadable(), SHARED_SECONDS).value("holds") == 0
