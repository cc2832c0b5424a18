"""A server that goes away: requests go on, and what was answered meanwhile is written when it is back."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress

import psycopg
import pytest

from router.errors import ConfigurationError
from router.ports import CallMade, CallRoom, Cooldown
from router.store import Filters, Selection, open_store
from router.store.database.connections import Use
from router.store.database.migrations import MIGRATIONS
from tests.store.logged import begun, change_rows, end, log_request, rows_of, started, wait_until

ALL = Filters(simulated=None)
COOLDOWN = Cooldown("groq|a|b", "groq", "target", "m", "rate_limited", "busy", 1.0, 2.0, 1, False)
LOOSELY = 0.3
"""Seconds that a busy machine may add."""


@pytest.fixture
def store(store_by_way):
    return store_by_way


def log_now(store, *numbers):
    """Log whole requests one after the other; gives how long each waited."""

    async def one_after_the_other():
        return [await log_request(store.log, number) for number in numbers]

    return asyncio.run(one_after_the_other())


async def begin(store, number):
    await store.log.begin(started(number), begun(number))


@pytest.mark.parametrize("trouble", ["cut", "silence"])
def test_while_the_server_is_away_requests_go_on_and_are_written_when_it_is_back(store, way, trouble):
    log_now(store, 1)
    assert store.flush()
    getattr(way, trouble)()
    waits = log_now(store, *range(2, 12))
    assert max(waits) < store._database.patience + LOOSELY
    assert sum(waits) < 2 * store._database.patience + 10 * 0.05 + LOOSELY, "only the first wait"
    if trouble == "cut":
        wait_until(lambda: store.log_error is not None)
        assert "cannot be reached" in store.log_error.text
    way.restore()
    wait_until(lambda: store.flush() and store.log_error is None)
    assert rows_of(store, "SELECT status, count(*) FROM requests GROUP BY status") == [("succeeded", 11)]
    assert store.statistics.totals(ALL).requests == 11


async def asked_beside(store):
    """How long an event loop waits for what is read beside it."""
    began = time.monotonic()
    for _ in range(20):
        store.allowances.read_beside(lambda: store.allowances.load_allowances("a"))
    return time.monotonic() - began


def test_what_is_read_ahead_of_a_request_is_read_from_memory_and_waits_for_no_server(store, way):
    async def read_often():
        began = time.monotonic()
        for _ in range(20):
            for port in (store.cooldowns, store.edits, store.apps):
                port.version()
                port.load()
        return time.monotonic() - began

    way.silence()
    assert asyncio.run(read_often()) < 0.15
    assert asyncio.run(asked_beside(store)) < 0.15
    way.restore()
    store._readers._retry_at = 0.0
    wait_until(lambda: store._readers.rows("SELECT 1") == [(1,)])


def test_pages_say_that_the_server_cannot_be_reached_and_read_again_when_it_is_back(store, way):
    assert store.history.page(Selection(ALL)) == []
    way.cut()
    with pytest.raises(ConfigurationError, match="cannot be read: the server cannot be reached"):
        store.history.page(Selection(ALL))
    way.restore()
    assert store.history.page(Selection(ALL)) == []


def test_a_commit_whose_answer_was_lost_counts_once(store, way):
    asyncio.run(begin(store, 1))
    way.lose_answer_to(b"COMMIT")
    end(store.log, 1)
    wait_until(store.flush)
    assert rows_of(store, "SELECT status FROM requests") == [("succeeded",)]
    assert store.statistics.totals(ALL).requests == 1


def test_a_beginning_whose_answer_was_lost_is_written_again_and_is_there_once(store, way):
    way.lose_answer_to(b"INSERT INTO attempts")
    asyncio.run(begin(store, 1))
    wait_until(store.flush)
    assert rows_of(store, "SELECT count(*) FROM requests") == rows_of(store, "SELECT count(*) FROM attempts") == [(1,)]


def test_a_call_that_is_taken_and_whose_answer_was_lost_is_taken_once(store, way):
    async def take():
        call = CallMade("1", "m", 100.0)
        return await store.allowances.take_call("a", call, [CallRoom(0.0, 1)])

    way.lose_answer_to(b"INSERT INTO counted_calls")
    assert asyncio.run(take()) is None
    wait_until(store.flush)
    assert rows_of(store, "SELECT count(*) FROM counted_calls") == [(1,)]


def test_a_machine_that_vanishes_in_the_middle_of_writing_holds_nobody_up(way, postgres_url, tmp_path):
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    soon = "options=-c%20idle_in_transaction_session_timeout%3D300"
    vanishing = open_store(f"postgresql://postgres@127.0.0.1:{way.port}/{name}?sslmode=disable&{soon}", tmp_path)
    staying = open_store(postgres_url, tmp_path)
    connection = vanishing._database.connect(Use.WRITING)
    connection.raw.execute("BEGIN")
    connection.take_turn()
    way.silence()
    staying.cooldowns.put(COOLDOWN)
    assert staying.flush()
    assert [cooldown.key for cooldown in staying.cooldowns.load()] == [COOLDOWN.key]
    staying.close()
    way.restore()
    connection.close()
    vanishing.close()


@pytest.mark.parametrize("use", [Use.ROUTING, Use.WRITING, Use.PAGES, Use.LEAVING])
def test_the_server_gives_a_silent_transaction_up_within_seconds(store, use):
    connection = store._database.connect(use)
    assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)
    connection.close()


def test_after_a_restart_of_the_server_everything_goes_on(postgres_databases, store):
    log_now(store, 1)
    postgres_databases.cluster.halt()
    waits = log_now(store, 2, 3)
    postgres_databases.cluster.resume()
    wait_until(lambda: store.flush() and store.log_error is None)
    assert max(waits) < store._database.patience + LOOSELY
    assert store.statistics.totals(ALL).requests == 3
    assert len(store.history.page(Selection(ALL))) == 3


def test_processes_that_open_a_new_database_at_once_all_succeed_and_one_of_them_migrates(postgres_databases):
    url = postgres_databases.make_empty()
    code = f"from pathlib import Path; from router.store import open_store; open_store({url!r}, Path('/')).close()"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0] * 3
    store = open_store(url, None)
    assert rows_of(store, "SELECT count(*), count(DISTINCT number) FROM migrations") == [(len(MIGRATIONS),) * 2]
    store.close()
    postgres_databases.drop(url)


def test_a_database_of_a_newer_version_is_refused_without_its_password(postgres_url, tmp_path):
    store = open_store(postgres_url, tmp_path)
    change_rows(store, "INSERT INTO migrations VALUES (999, 'from the future', '')")
    store.close()
    with pytest.raises(ConfigurationError, match="newer version") as caught:
        open_store(postgres_url.replace("postgres@", "postgres:hidden-word@"), tmp_path)
    assert "hidden-word" not in str(caught.value)


def test_a_fork_leaves_the_server_to_the_parent(store):
    log_now(store, 1)
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os._exit(0 if store._database.leave_to_parent() is None and store._readers.rows("SELECT 1") is None else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    log_now(store, 2)
    assert store.flush()
    assert store.statistics.totals(ALL).requests == 2
