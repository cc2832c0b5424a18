"""Opening, migrating, closing, and what is left by processes that died."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from sqlalchemy import create_engine

from router.errors import ConfigurationError
from router.ports import AttemptBegun, RequestStarted
from router.store import Filters, open_store
from router.store.database import tables
from router.store.database.migrations import MIGRATIONS, migrate
from router.store.database.sqlite import connect


def opened(folder, name="log.db"):
    return open_store(f"sqlite:///{folder / name}", folder)


def rows(store, sql):
    store.flush()
    with sqlite3.connect(store.path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def request(identifier):
    return RequestStarted(identifier, time.time(), "vision", "library", "prompt", False, False, (), "{}")


def attempt(identifier):
    return AttemptBegun(f"{identifier}-1", identifier, 1, "groq", "m", "account", time.time())


def test_a_new_file_is_brought_up_to_date_and_an_old_one_is_left_alone(tmp_path):
    opened(tmp_path).close()
    store = opened(tmp_path)
    assert rows(store, "SELECT number, name FROM migrations") == [
        (number, name) for number, (name, _) in enumerate(MIGRATIONS, start=1)
    ]
    store.close()


def test_the_migrations_lead_to_the_tables_that_are_read(tmp_path):
    connection = connect(str(tmp_path / "log.db"), create=True)
    migrate(connection, "x")
    engine = create_engine(f"sqlite:///{tmp_path}/wanted.db")
    tables.metadata.create_all(engine)
    for table in tables.metadata.tables:
        columns = f"SELECT * FROM pragma_table_info('{table}')"
        with engine.connect() as wanted:
            assert connection.execute(columns).fetchall() == [tuple(row) for row in wanted.exec_driver_sql(columns)]
    engine.dispose()
    connection.close()


def test_an_older_log_keeps_its_rows_and_forgets_that_stopped_attempts_had_failed(tmp_path):
    connection = connect(str(tmp_path / "log.db"), create=True)
    MIGRATIONS[0][1](connection)
    connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
    connection.execute("INSERT INTO migrations VALUES (1, 'first tables', '')")
    connection.execute("INSERT INTO speed_runs VALUES ('01', '2026-11-24T08:30:00Z', 1, 3, 0, 'job')")
    for outcome in ("cancelled", "rate_limited"):
        values = ("2026-11-24", "groq", "m", outcome, "vision", "library", "prompt", 0, 7)
        connection.execute(f"INSERT INTO rollup_days_failures VALUES ({', '.join('?' * 9)})", values)
    connection.close()
    store = opened(tmp_path)
    assert [run.id for run in store.speed_runs.runs()] == ["01"]
    assert [failure.outcome for failure in store.statistics.failures(Filters())] == ["rate_limited"]
    store.close()


def test_a_database_of_a_newer_version_is_refused_with_the_setting(tmp_path):
    connection = connect(str(tmp_path / "log.db"), create=True)
    migrate(connection, "x")
    connection.execute("INSERT INTO migrations VALUES (999, 'the future', '')")
    connection.close()
    with pytest.raises(ConfigurationError, match=r"ROUTER_DATABASE_URL=sqlite.*newer version"):
        opened(tmp_path)


def test_a_failed_migration_leaves_nothing_half_done(tmp_path):
    connection = connect(str(tmp_path / "log.db"), create=True)
    connection.execute("CREATE TABLE attempts (id)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "x")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("attempts",)]
    connection.close()


@pytest.mark.parametrize("url", ["postgresql://x/y", "sqlite://", "sqlite:///:memory:", "router.db"])
def test_what_is_no_sqlite_file_is_refused_with_the_setting(tmp_path, url):
    with pytest.raises(ConfigurationError, match="ROUTER_DATABASE_URL"):
        open_store(url, tmp_path)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "log.db"
    path.write_text("these are my notes, and no database at all\n" * 30)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        opened(tmp_path)
    assert path.read_text().startswith("these are my notes")


def test_a_relative_path_starts_at_the_given_folder(tmp_path):
    store = open_store("sqlite:///inner/log.db", tmp_path)
    assert (tmp_path / "inner" / "log.db").exists()
    store.close()


def test_routers_of_one_process_share_a_store_until_the_last_closes_it(tmp_path):
    first, second = opened(tmp_path), opened(tmp_path)
    assert first is second
    first.close()
    assert second.flush()
    second.close()


_OPEN = "from pathlib import Path; from router.store import open_store; open_store({url!r}, Path('/')).close()"


def test_processes_that_open_a_new_file_at_once_all_succeed(tmp_path):
    code = _OPEN.format(url=f"sqlite:///{tmp_path}/log.db")
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4


_WRITE = """
import asyncio, sys, time
from pathlib import Path
from router.ports import *
from router.store import open_store
name, count = sys.argv[2], int(sys.argv[3])
async def main():
    store = open_store(sys.argv[1], Path("/"))
    async def one(number):
        i = f"{name}{number:08d}"
        begun = AttemptBegun(f"{i}-1", i, 1, "groq", "m", "account", time.time())
        await store.log.begin(RequestStarted(i, time.time(), "vision", "library", "prompt", False, False), begun)
        print(i, flush=True)
        store.log.attempt_ended(AttemptEnded(f"{i}-1", "succeeded", 200, 5.0, None, None))
        store.log.request_ended(RequestEnded(i, "succeeded", "groq", "m", 5.0))
    for start in range(0, count, 20):
        await asyncio.gather(*(one(number) for number in range(start, start + 20)))
    store.close()
asyncio.run(main())
"""


def writer(tmp_path, name, count):
    command = [sys.executable, "-c", _WRITE, f"sqlite:///{tmp_path}/log.db", name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_eight_processes_on_one_file_lose_no_request_and_no_figure(tmp_path):
    processes = [writer(tmp_path, f"P{number}", 100) for number in range(8)]
    assert [process.communicate(timeout=60)[0].count("\n") for process in processes] == [100] * 8
    store = opened(tmp_path)
    assert rows(store, "SELECT status, count(*) FROM requests GROUP BY 1") == [("succeeded", 800)]
    assert rows(store, "SELECT sum(requests) FROM rollup_days") == [(800,)]
    store.close()


def test_what_a_killed_process_had_committed_is_there_and_is_marked_as_interrupted(tmp_path):
    process = writer(tmp_path, "K", 100_000)
    seen = [process.stdout.readline().strip() for _ in range(60)]
    os.kill(process.pid, signal.SIGKILL)
    seen += process.communicate()[0].split()
    store = opened(tmp_path)
    written = {row[0] for row in rows(store, "SELECT request_id FROM attempts")}
    assert set(seen) <= written, "a request that went on to be sent has its row"
    assert rows(store, "SELECT count(*) FROM requests WHERE status = 'running'") == [(0,)]
    assert rows(store, "SELECT count(*) FROM attempts WHERE outcome = 'pending'") == [(0,)]
    assert rows(store, "SELECT count(*) FROM requests WHERE status = 'interrupted'")[0][0] > 0
    store.close()


@pytest.mark.anyio
async def test_what_a_living_process_has_running_is_left_alone(tmp_path):
    store = opened(tmp_path)
    await store.log.begin(request("0" * 26), attempt("0" * 26))
    # It stands for a second process, since one process shares its store.
    code = _OPEN.format(url=f"sqlite:///{tmp_path}/log.db")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: ASYNC221
    assert rows(store, "SELECT status FROM requests") == [("running",)]
    store.close()


@pytest.mark.anyio
async def test_one_record_that_cannot_be_written_takes_no_other_with_it(tmp_path):
    store = opened(tmp_path)
    await store.log.begin(request("A" * 26), None)
    await store.log.begin(request("A" * 26), None)
    await store.log.begin(request("B" * 26), None)
    assert rows(store, "SELECT id FROM requests ORDER BY id") == [("A" * 26,), ("B" * 26,)]
    assert store.log_error is None
    store.close()
