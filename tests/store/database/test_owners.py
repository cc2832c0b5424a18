"""Who lives: by the system where it can be asked, else by the lease; and what becomes of a dead process's requests."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from router.store.database import owners
from router.store.database.owners import LEASE_SECONDS, Owner, lives
from router.store.database.sqlite.dialect import connect
from router.store.database.writing.writer import CHORE_SECONDS
from router.store.log.histograms import merged
from tests.store.logged import begun, end, identifier, open_in, rows, started

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()


def change(store, sql, *values):
    with sqlite3.connect(store.path) as connection:
        count = connection.execute(sql, values).rowcount
    connection.close()
    return count


async def running(store, number):
    await store.log.begin(started(number), begun(number))


def status(store, number):
    return rows(store.path, f"SELECT status FROM requests WHERE id = '{identifier(number)}'")[0][0]


_RUNNING = """
import asyncio, sys
from pathlib import Path
from tests.store.logged import *
store = open_in(Path(sys.argv[1]))
async def main():
    await store.log.begin(started(int(sys.argv[2])), begun(int(sys.argv[2])))
    print(store._owner.id, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""

_OPENING = "import sys; from pathlib import Path; from tests.store.logged import *; open_in(Path(sys.argv[1])).close()"


def process(folder, number, *wrapper):
    command = [*wrapper, sys.executable, "-c", _RUNNING, str(folder), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def open_anew(store, folder):
    """What another start on the same file sees and marks."""
    assert subprocess.run([sys.executable, "-c", _OPENING, str(folder)], check=False).returncode == 0


def test_a_process_that_was_killed_on_this_machine_is_noticed_at_once(store, tmp_path):
    with process(tmp_path, 1) as killed:
        owner = killed.stdout.readline().strip()
        connection = connect(str(store.path), merged)
        assert lives(connection, owner)
        open_anew(store, tmp_path)
        assert status(store, 1) == "running"
        killed.send_signal(signal.SIGKILL)
    assert not lives(connection, owner)
    connection.close()
    open_anew(store, tmp_path)
    assert status(store, 1) == "interrupted"
    assert rows(store.path, "SELECT outcome FROM attempts") == [("interrupted",)]


def can_unshare():
    command = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not can_unshare(), reason="no process namespaces here")
@pytest.mark.parametrize("mount", ["--mount-proc", "--kill-child"])  # the second, twice, leaves the machine's own /proc
def test_a_process_in_another_container_is_left_alone_while_it_lives_and_dead_when_its_lease_has_run_out(
    store, tmp_path, mount
):
    with process(tmp_path, 1, "unshare", "--pid", "--fork", "--kill-child", mount) as contained:
        contained.stdout.readline()
        watcher = Owner()
        open_anew(store, tmp_path)
        watch(store, watcher)
        assert status(store, 1) == "running"
        contained.send_signal(signal.SIGKILL)
    open_anew(store, tmp_path)
    assert status(store, 1) == "running", "nobody here can know yet"
    watch(store, watcher, seconds=LEASE_SECONDS + 1)
    assert status(store, 1) == "interrupted"


@pytest.mark.skipif(not can_unshare(), reason="no process namespaces here")
def test_two_processes_in_a_container_without_a_proc_of_its_own_leave_each_other_alone(store, tmp_path):
    """Their ids are small numbers there, and in `/proc` those are the machine's own processes."""
    script = '"$0" -c "$1" "$3" 1 & read go; "$0" -c "$2" "$3"; echo opened; wait'
    command = ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script]
    command += [sys.executable, _RUNNING, _OPENING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as contained:
        assert contained.stdout.readline().strip()
        contained.stdin.write("go\n")
        contained.stdin.flush()
        assert contained.stdout.readline() == "opened\n"
        assert status(store, 1) == "running"
        others = f"SELECT process FROM owners WHERE id != '{store._owner.id}'"
        assert rows(store.path, others) == [("",)], "its lease alone decides, also for the one beside it"
        contained.kill()


async def foreign(store, number, **columns):
    """A request of a process in another container, as its rows look from here."""
    await running(store, number)
    owner = str(owners.ULID.from_timestamp(time.time() - 1_000_000))
    values = {"id": owner, "pid": os.getpid(), "process": "another", "opened_at": "", "machine": "another:1",
              "renewed_at": time.time(), "renewals": 5} | columns  # fmt: skip
    names = ", ".join(values)
    change(store, f"INSERT INTO owners ({names}) VALUES ({', '.join('?' for _ in values)})", *values.values())
    change(store, "UPDATE requests SET owner = ? WHERE id = ?", owner, identifier(number))
    return owner


def watch(store, watcher, seconds=0.0):
    """One renewal of a watcher, as though it had been watching for so many seconds more."""
    watcher._seen = {owner: (renewals, at - seconds) for owner, (renewals, at) in watcher._seen.items()}
    connection = connect(str(store.path), merged)
    connection.execute("BEGIN IMMEDIATE")
    watcher.renew(connection)
    connection.execute("COMMIT")
    connection.close()


async def test_a_lease_that_is_not_renewed_runs_out_on_the_watchers_own_clock(store):
    """Whatever the time in the row is: clocks are set, and those of machines differ."""
    await foreign(store, 1, renewed_at=time.time() + 1_000_000)
    watcher = Owner()
    for _ in range(3):
        watch(store, watcher, seconds=LEASE_SECONDS / 4)
    assert status(store, 1) == "running"
    watch(store, watcher, seconds=LEASE_SECONDS / 2)
    assert status(store, 1) == "interrupted"


async def test_a_lease_that_is_renewed_never_runs_out_however_old_its_time_looks(store):
    owner = await foreign(store, 1, renewed_at=1.0)
    watcher = Owner()
    for _ in range(4):
        change(store, "UPDATE owners SET renewals = renewals + 1 WHERE id = ?", owner)
        watch(store, watcher, seconds=LEASE_SECONDS)
    assert status(store, 1) == "running"


async def test_who_could_not_watch_for_a_while_takes_nobody_for_dead(store):
    await foreign(store, 1)
    watcher = Owner()
    watch(store, watcher)
    watcher._renewed -= LEASE_SECONDS  # locked out, as the others may have been
    watch(store, watcher, seconds=LEASE_SECONDS * 2)
    assert status(store, 1) == "running"


async def test_a_process_that_only_seemed_dead_enters_itself_again_with_what_it_has_running(store):
    """Its container was paused, say: what others have marked meanwhile runs again, and ends as it ends."""
    await running(store, 1)
    await running(store, 2)
    end(store.log, 2)
    assert store.flush()
    other = connect(str(store.path), merged)
    owners._clear_dead(other, store._owner.id)
    other.close()
    assert [status(store, number) for number in (1, 2)] == ["interrupted", "succeeded"]
    store._writer.submit(store._writer._chore, urgent=True)
    assert store.flush()
    assert rows(store.path, "SELECT id FROM owners") == [(store._owner.id,)]
    assert [status(store, number) for number in (1, 2)] == ["running", "succeeded"]
    assert rows(store.path, "SELECT outcome FROM attempts ORDER BY id") == [("pending",), ("succeeded",)]
    end(store.log, 1)
    assert store.flush()
    assert status(store, 1) == "succeeded"
    assert rows(store.path, "SELECT answer FROM contents") == [("answer",)] * 2


async def test_a_living_process_whose_clock_is_far_off_is_not_taken_for_dead_by_one_that_starts(store, tmp_path):
    for off in (-3600.0, 3600.0):
        owner = await foreign(
            store, int(4000 + off), renewed_at=time.time() + off, id=str(owners.ULID.from_timestamp(1e6 + off))
        )
        open_anew(store, tmp_path)
        assert status(store, int(4000 + off)) == "running", owner


def test_a_death_is_noticed_within_a_minute():
    """One interval until the last renewal is seen, the lease, and one interval until somebody looks again."""
    locked = 5.0  # seconds that a vanished machine may keep a lock
    assert LEASE_SECONDS + 2 * CHORE_SECONDS + locked < 60
    assert LEASE_SECONDS > 3 * CHORE_SECONDS, "three renewals may fail"


async def test_the_writer_renews_the_lease_by_itself(store):
    store._writer._chore_at = 0.0
    assert store.flush()
    assert store.flush()
    assert rows(store.path, "SELECT renewals FROM owners") == [(1,)]


async def test_an_owner_of_an_older_version_is_judged_by_its_process(store):
    await foreign(store, 1, machine=None, process=owners._process_mark(os.getpid()), renewed_at=0.0)
    await foreign(store, 2, machine=None, process="an-earlier-boot:123", renewed_at=0.0, id="0" * 26)
    change(store, "UPDATE requests SET owner = ? WHERE id = ?", "0" * 26, identifier(2))
    watch(store, Owner())
    assert [status(store, number) for number in (1, 2)] == ["running", "interrupted"]


def test_a_clean_end_leaves_no_lease_behind(tmp_path):
    store = open_in(tmp_path)
    asyncio.run(running(store, 1))
    store.close()
    assert rows(store.path, "SELECT count(*) FROM owners") == [(0,)]
    assert status(store, 1) == "interrupted"
