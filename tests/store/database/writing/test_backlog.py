"""How much may wait in memory, and that every record is counted that found no room in it."""

import threading

from router.store.database.writing.backlog import LARGEST_BACKLOG_BYTES, Backlog
from router.store.database.writing.queued_records import SMALL_RECORD_BYTES

TEXTS = 1_000_000
"""About what a record with a long prompt takes."""


def full_backlog():
    backlog = Backlog()
    while backlog.take(TEXTS):
        pass
    return backlog


def test_where_no_text_finds_room_any_more_the_endings_of_what_was_let_in_still_do():
    backlog = full_backlog()
    assert LARGEST_BACKLOG_BYTES - TEXTS < backlog.size <= LARGEST_BACKLOG_BYTES
    assert not backlog.has_room(SMALL_RECORD_BYTES + 1)
    assert backlog.has_room(SMALL_RECORD_BYTES)


def test_a_record_that_finds_no_room_takes_none_and_is_counted():
    backlog = full_backlog()
    size, dropped = backlog.size, backlog.dropped
    assert not backlog.take(TEXTS)
    assert (backlog.size, backlog.dropped) == (size, dropped + 1)
    backlog.give_back(TEXTS)
    assert backlog.take(TEXTS)
    assert (backlog.size, backlog.dropped) == (size, dropped + 1)


def test_many_threads_at_once_leave_neither_a_byte_nor_a_drop_uncounted():
    backlog = Backlog()

    def bring():
        for _ in range(10_000):
            assert backlog.take(1)
            backlog.give_back(1)
            backlog.note_dropped()

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (backlog.size, backlog.dropped) == (0, 40_000)
