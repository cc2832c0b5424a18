"""The writer when the database is locked, full, damaged or gone: what waits, how long, and what is said."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from dataclasses import replace
from itertools import count

import pytest

from router.store.database import migrations
from router.store.database.owners import Owner
from router.store.database.sqlite.file import DatabaseFile
from router.store.database.writing import writer
from router.store.database.writing.backlog import LARGEST_BACKLOG_BYTES
from router.store.database.writing.writer import Writer
from router.store.log.histograms import merged
from router.store.log.request_log import StoredLog
from router.store.log.rollups import Pending
from tests.store.logged import begun, end, identifier, log_request, open_in, rows, started

pytestmark = pytest.mark.anyio


@contextlib.contextmanager
def locked(path):
    """Another program holds the database."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()


async def until(condition):
    """The test's own time limit ends it."""
    while not condition():
        await asyncio.to_thread(time.sleep, 0.005)


# --- locked -----------------------------------------------------------------------------------------------------------


async def test_a_locked_database_holds_a_request_up_for_a_second_and_its_row_is_written_when_it_can_be(store):
    with locked(store.path):
        waited = await asyncio.wait_for(log_request(store.log, 1), 10)
        assert waited <= DatabaseFile.patience + 0.3
    assert store.flush()
    assert rows(store.path, "SELECT status FROM requests") == [("succeeded",)]
    assert rows(store.path, "SELECT outcome FROM attempts") == [("succeeded",)]
    assert rows(store.path, "SELECT sum(requests) FROM rollup_days") == [(1,)]


async def test_all_requests_of_a_long_lock_together_wait_no_longer_than_the_first(store):
    with locked(store.path):
        start = time.monotonic()
        for number in range(50):
            await log_request(store.log, number)
        assert time.monotonic() - start <= DatabaseFile.patience + 1
    assert store.flush()
    ids = [row[0] for row in rows(store.path, "SELECT id FROM requests WHERE status = 'succeeded' ORDER BY id")]
    assert ids == [identifier(number) for number in range(50)]


async def test_a_lock_is_said_once_and_in_words_and_no_more_when_it_has_passed(store, caplog):
    with locked(store.path):
        for number in range(20):
            await log_request(store.log, number)
        await until(lambda: store.log_error is not None)
        assert store.log_error.text == "another program has locked the database"
        assert not store.log_error.writing
    await until(lambda: store.log_error is None)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "the log cannot be written: another program has locked the database; what is to be written waits in memory"
    ]


async def test_a_lock_of_a_moment_is_no_error(store):
    with locked(store.path):
        task = asyncio.create_task(log_request(store.log, 1))
        await asyncio.wait({task}, timeout=DatabaseFile.patience / 3)
        assert store.log_error is None
    await task
    assert store.flush()
    assert rows(store.path, "SELECT status FROM requests") == [("succeeded",)]


async def test_a_log_that_is_closed_while_it_is_in_use_holds_nobody_up_and_is_said_once(store, caplog):
    store.close()
    for number in range(3):
        assert await log_request(store.log, number) < writer.PATIENCE_SECONDS
    assert store.log_error.text == "it was closed while it was in use"
    assert [record.message for record in caplog.records] == [
        "the log cannot be written: it was closed while it was in use"
    ]


async def test_what_has_to_be_done_now_or_never_is_not_done_later(store):
    def kept():
        return rows(store.path, "SELECT count(*) FROM edits")

    with locked(store.path):
        assert await asyncio.to_thread(store.edits.keep, "{}", "too late") is False
    assert store.flush()
    assert kept() == [(0,)]
    assert store.edits.keep("{}", "in time") is True
    assert kept() == [(1,)]


async def test_leaving_during_a_lock_ends_in_time_and_says_what_is_lost(tmp_path, caplog):
    store = open_in(tmp_path)
    with locked(store.path):
        await log_request(store.log, 1)
        start = time.monotonic()
        await asyncio.to_thread(store.close)
        assert time.monotonic() - start < writer.CLOSING_SECONDS + 3
    assert any("could not be written" in record.message for record in caplog.records)


# --- full, and then not full any more ---------------------------------------------------------------------------------


class SmallDisk(DatabaseFile):
    """A file on a disk of so many pages: SQLite refuses to go beyond them with the error of a full disk."""

    pages = None

    def connect(self, use):
        connection = super().connect(use)
        if self.pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self.pages}")
        return connection


@pytest.fixture
def disk(tmp_path):
    """A log on a disk that is full from now on: the file, the writer and the log."""

    def make_tables(connection):
        migrations.migrate(connection, "x", migrations.FileScripts())

    file = SmallDisk(tmp_path / "log.db", make_tables, merged)
    file.pages = rows(file.path, "PRAGMA page_count")[0][0]
    full = Writer(file, Pending)
    yield file, full, StoredLog(full, Owner())
    full.close()
    file.close()


def give_space(file):
    file.pages = None
    file.put_away()  # the connections that were opened on the full disk know of its end
    file.take_up()


async def test_on_a_full_disk_no_request_waits_and_with_space_every_row_is_there(disk, caplog):
    file, full, log = disk
    waits = [await log_request(log, number, text="long " * 200) for number in range(300)]
    assert sum(waits) < 2 * DatabaseFile.patience + 1
    assert full.error.text == "the disk is full"
    give_space(file)
    assert await asyncio.to_thread(full.flush)
    assert rows(file.path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("succeeded", 300)]
    assert rows(file.path, "SELECT outcome, count(*) FROM attempts GROUP BY 1") == [("succeeded", 300)]
    assert rows(file.path, "SELECT sum(requests) FROM rollup_days") == [(300,)]
    assert full.error is None
    said = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert said == ["the log cannot be written: the disk is full; what is to be written waits in memory"]


async def test_memory_is_bounded_while_nothing_can_be_written_and_what_is_lost_is_counted(disk, caplog):
    file, full, log = disk
    prompt = "x" * 1_000_000
    for number in range(60):
        await log.begin(started(number, prompt=prompt), begun(number))
        end(log, number)
    assert full.backlog.size <= 2 * LARGEST_BACKLOG_BYTES
    await until(lambda: "lost" in full.error.text)
    give_space(file)
    assert await asyncio.to_thread(full.flush)
    (written,) = rows(file.path, "SELECT count(*) FROM requests")[0]
    lost = 60 - written
    assert 0 < lost < 60
    assert any(f"{lost} records found no room" in record.message for record in caplog.records)
    assert rows(file.path, "SELECT count(*) FROM requests WHERE status = 'running'") == [(0,)]
    assert rows(file.path, "SELECT sum(requests) FROM rollup_days") == [(written,)]


async def test_no_text_of_a_request_is_in_what_is_said_of_it(disk, caplog, capfd):
    _, full, log = disk
    for number in range(30):
        await log.begin(started(number, prompt="my diagnosis " * 500), begun(number))
    await until(lambda: full.error is not None)
    assert "diagnosis" not in full.error.text + caplog.text + "".join(capfd.readouterr())


# --- a record that is at fault itself ---------------------------------------------------------------------------------


async def test_a_record_that_cannot_be_written_alone_is_dropped_and_said_without_its_values(store, caplog):
    requests = [started(1), replace(started(2), source=None), started(3)]
    await asyncio.gather(*(store.log.begin(request, begun(number)) for number, request in enumerate(requests, 1)))
    assert store.flush()
    assert rows(store.path, "SELECT id FROM requests ORDER BY id") == [(identifier(number),) for number in (1, 3)]
    assert store.log_error is None
    assert "a record could not be written and is dropped: it contradicts what is there" in caplog.text


async def test_a_record_that_raises_whatever_it_likes_ends_no_thread(store, caplog):
    def write(batch):
        raise RuntimeError("a secret of the record")

    store._writer.submit(write)
    assert store._writer.perform(write) is False
    await log_request(store.log, 1)
    assert store.flush()
    assert rows(store.path, "SELECT status FROM requests") == [("succeeded",)]
    assert "secret" not in caplog.text


# --- order and threads ------------------------------------------------------------------------------------------------


async def test_records_of_many_threads_and_loops_are_all_written(store):
    numbers, lock = count(), threading.Lock()

    async def many():
        for _ in range(50):
            with lock:
                number = next(numbers)
            await log_request(store.log, number)

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert store.flush()
    assert rows(store.path, "SELECT status, count(*) FROM requests GROUP BY 1") == [("succeeded", 200)]
    assert store._writer.backlog.size == 0


async def test_what_is_brought_after_the_end_is_refused_at_once(tmp_path):
    store = open_in(tmp_path)
    store.close()
    start = time.monotonic()
    await log_request(store.log, 1)
    assert store._writer.perform(lambda batch: None) is False
    assert time.monotonic() - start < 0.5
