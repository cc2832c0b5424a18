"""What is said of a log that cannot be written: once, in words, and with what was lost."""

import logging

import pytest

from router.store.database.writing.backlog import Backlog
from router.store.database.writing.log_error import LogTrouble

FULL = OSError(28, "No space left on device")


@pytest.fixture
def backlog():
    return Backlog()


@pytest.fixture
def trouble(file_store, backlog, caplog):
    caplog.set_level(logging.INFO, "router.store")
    return LogTrouble(file_store._database, backlog)


def test_what_is_wrong_is_said_once_and_known_until_all_is_written(trouble, caplog):
    trouble.say_failure(FULL)
    since = trouble.error.since
    for _ in range(3):
        trouble.say_failure(FULL)
    assert (trouble.error.text, trouble.error.since) == ("no space left on device", since)
    trouble.say_recovery()
    assert trouble.error is None
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_what_found_no_room_is_said_with_the_failure_and_counted_once_at_its_end(trouble, backlog, caplog):
    for _ in range(2):
        backlog.note_dropped()
    trouble.say_failure(FULL)
    assert trouble.error.text.endswith("; 2 records found no room and are lost")
    trouble.say_recovery()
    trouble.say_failure(FULL)
    assert "lost" not in trouble.error.text
    said = [record.message for record in caplog.records if "written again" in record.message]
    assert said == ["the log is written again; 2 records found no room meanwhile and are lost"]


def test_what_is_still_queued_at_the_end_is_said_with_why_and_nothing_left_is_not_worth_a_word(trouble, caplog):
    trouble.say_lost(0)
    assert caplog.records == []
    trouble.say_closed()
    trouble.say_lost(3)
    assert caplog.messages[1:] == ["3 records of the log could not be written: it was closed while it was in use"]
