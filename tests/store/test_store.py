"""Opening, migrating, closing, and what is left by processes that died."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from router.errors import ConfigurationError
from router.ports import AttemptBegun, RequestStarted
from router.store import open_store


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


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "router.db"])
def test_what_is_neither_a_file_nor_a_server_is_refused_with_the_setting(tmp_path, url):
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
