"""The journals of a database in use are deleted, replaced or truncated: what can be saved is, and it is said."""

import itertools
import os
import shutil
import subprocess
import sys
import time

import pytest

from router.store.database.sqlite.journals import JournalFate
from tests.store.logged import identifier, log_all, rows

JOURNALS = [("-wal",), ("-shm",), ("-wal", "-shm")]
IDS = "SELECT id FROM requests WHERE id >= '7Z' ORDER BY id"


def left_by_a_killed_process(store, folder):
    """The ids in the files as they are now, were this process to end here."""
    folder.mkdir()
    for path in store.path.parent.glob("log.db*"):
        if path.is_file():
            shutil.copy(path, folder)
    return [row[0] for row in rows(folder / "log.db", IDS)]


def ids(*numbers):
    return [identifier(number) for number in numbers]


def remove(store, endings):
    for ending in endings:
        os.unlink(f"{store.path}{ending}")


@pytest.mark.parametrize("endings", JOURNALS)
def test_what_stood_in_a_deleted_journal_is_saved_and_the_log_goes_on(store, tmp_path, endings):
    log_all(store, 1)
    remove(store, endings)
    log_all(store, 2)
    store._database.look_after()
    assert log_all(store, 3)
    assert left_by_a_killed_process(store, tmp_path / "copy") == ids(1, 2, 3)
    assert store.log_error.text == JournalFate.DELETED.value
    assert store.log_error.writing
    assert store._readers.rows(IDS) == [(name,) for name in ids(1, 2, 3)]


def test_the_writer_looks_after_the_journals_by_itself(store):
    log_all(store, 1)
    remove(store, ("-wal", "-shm"))
    give_up_at = time.monotonic() + 20
    for number in itertools.count(2):
        log_all(store, number)
        if store.log_error is not None or time.monotonic() > give_up_at:
            break
    assert store.log_error.text == JournalFate.DELETED.value


@pytest.mark.parametrize("endings", JOURNALS)
def test_another_process_on_the_file_goes_on_too(store, tmp_path, endings):
    code = (
        "import sys, asyncio; from pathlib import Path; from tests.store.logged import *\n"
        "store = open_in(Path(sys.argv[1])); print('open', flush=True)\n"
        "for line in sys.stdin:\n"
        "    store._database.look_after()\n"
        "    asyncio.run(log_request(store.log, int(line))); store.flush()\n"
        "    print('done', flush=True)\n"
        "store.close()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        log_all(store, 1)
        remove(store, endings)
        store._database.look_after()
        assert log_all(store, 3)
        for number in (5, 7):
            other.stdin.write(f"{number}\n")
            other.stdin.flush()
            other.stdout.readline()
            store._database.look_after()
            assert log_all(store, number + 1)
        other.stdin.close()
    assert rows(store.path, IDS) == [(name,) for name in ids(1, 3, 5, 6, 7, 8)]
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("endings", [("-wal",), ("-wal", "-shm")])
def test_behind_a_truncated_journal_the_file_stays_whole_and_the_loss_is_said(store, tmp_path, endings):
    log_all(store, *range(100))
    store._database.look_after()  # it has grown
    for ending in endings:
        os.truncate(f"{store.path}{ending}", 0)
    log_all(store, 100)
    store._database.look_after()
    assert store.log_error.text == JournalFate.TRUNCATED.value
    assert log_all(store, 101)
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]
    assert left_by_a_killed_process(store, tmp_path / "copy")[-1] == identifier(101)


def test_a_journal_that_was_carried_over_and_shortened_is_no_truncated_one(store):
    log_all(store, *range(20))
    store._database.look_after()
    rows(store.path, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert os.path.getsize(f"{store.path}-wal") == 0
    store._database.look_after()
    assert store.log_error is None


def test_a_file_that_was_moved_and_linked_to_keeps_its_rows(store, tmp_path):
    log_all(store, 1)
    moved = store.path.with_name("elsewhere.db")
    store.path.rename(moved)
    store.path.symlink_to(moved)
    log_all(store, 2)
    store._database.look_after()
    assert log_all(store, 3)
    assert store.log_error.text == JournalFate.LEFT.value
    assert store._readers.rows(IDS) == [(name,) for name in ids(1, 2, 3)]
    store.close()
    assert rows(moved, IDS) == [(name,) for name in ids(1, 2, 3)]


def test_looking_at_the_files_takes_no_lock_off_them(store):
    """A descriptor that is closed takes all locks of its process along, and others would take the journals away."""
    log_all(store, 1)
    for _ in range(3):
        store._database._fresh_until = 0.0
        store._database._check_size(0)
        store._database._size = 10**9
        store._database.verify()
        store._database.look_after()
    code = "import sys; from tests.store.logged import rows; rows(sys.argv[1], 'SELECT * FROM requests')"
    subprocess.run([sys.executable, "-c", code, str(store.path)], check=True)
    assert os.path.exists(f"{store.path}-wal")
    assert os.path.exists(f"{store.path}-shm")
    assert log_all(store, 2)
