"""The database file under a running router: private, deleted, replaced, truncated, and carried over a fork."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from router.errors import ConfigurationError
from router.store import Filters, Selection
from tests.store.logged import end, identifier, log_all, open_in, rows, started

pytestmark = pytest.mark.anyio
ALL = Filters(simulated=None)


def settle(store):
    """So that the next look at the file is a real one."""
    store._database._fresh_until = 0.0


# --- who may read it --------------------------------------------------------------------------------------------------


def modes(folder):
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_the_database_and_its_journals_are_private_whatever_the_umask(tmp_path, umask):
    folder = tmp_path / "data"
    folder.mkdir()
    before = os.umask(umask)
    try:
        store = open_in(folder)
        log_all(store, 1)
    finally:
        os.umask(before)
    assert modes(folder) == dict.fromkeys(("log.db", "log.db-wal", "log.db-shm"), "0o600")
    store.close()


def test_a_file_that_everybody_could_read_is_tightened_and_its_folder_is_left_alone(tmp_path):
    open_in(tmp_path).close()
    (tmp_path / "log.db").chmod(0o664)
    tmp_path.chmod(0o755)
    open_in(tmp_path).close()
    assert modes(tmp_path) == {"log.db": "0o600"}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


# --- deleted and replaced ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_journals", [True, False])
@pytest.mark.parametrize("with_folder", [True, False])
def test_where_the_file_is_deleted_a_new_one_is_made_and_that_is_said(tmp_path, with_journals, with_folder):
    store = open_in(tmp_path / "data")
    log_all(store, 1)
    store.path.unlink()
    if with_journals:
        for end_of_name in ("-wal", "-shm"):
            (tmp_path / "data" / f"log.db{end_of_name}").unlink()
    if with_folder:
        shutil.rmtree(tmp_path / "data")
    settle(store)
    assert log_all(store, 2)
    assert rows(store.path, "SELECT id FROM requests") == [(identifier(2),)]
    assert store.log_error.writing
    assert "deleted" in store.log_error.text
    store.close()
    assert rows(store.path, "SELECT count(*) FROM owners") == [(0,)]


def test_pages_go_on_reading_where_the_file_is_deleted(store):
    log_all(store, 1)
    assert store.statistics.totals(ALL).requests == len(store.history.page(Selection(ALL))) == 1
    store.path.unlink()
    settle(store)
    assert store.statistics.totals(ALL).requests == len(store.history.page(Selection(ALL))) == 0
    assert store.cooldowns.load() == []


def test_a_copy_that_is_put_in_its_place_is_read_and_written(store, tmp_path):
    other = open_in(tmp_path, "copy.db")
    log_all(other, 7, 8)
    other.close()
    log_all(store, 1)
    (tmp_path / "copy.db").replace(store.path)
    settle(store)
    assert log_all(store, 9)
    assert [row.id for row in store.history.page(Selection(ALL))] == [identifier(number) for number in (9, 8, 7)]
    assert "replaced" in store.log_error.text
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]


OTHER = """
import sys, asyncio
from pathlib import Path
from tests.store.logged import *
store = open_in(Path(sys.argv[1]))
for line in sys.stdin:
    if line.strip() == "look":
        store._database.look_after()
        print("looked", flush=True)
    else:
        asyncio.run(log_request(store.log, int(line)))
        print(store.flush(), flush=True)
"""
"""A process that logs a request for each number that it reads, and looks after its database where it is told to."""


@contextmanager
def other_process(folder):
    """Gives what tells another process on the same database something, and waits until it is done."""
    command = [sys.executable, "-c", OTHER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:

        def tell(word):
            print(word, file=other.stdin, flush=True)
            assert other.stdout.readline() == ("looked\n" if word == "look" else "True\n")

        yield tell
        other.stdin.close()


def test_a_process_that_notices_later_takes_nothing_from_the_one_that_made_the_new_file(tmp_path):
    with other_process(tmp_path) as tell:
        tell(1)
        store = open_in(tmp_path)
        store.path.unlink()
        settle(store)
        assert log_all(store, 2)
        tell(3)
        assert log_all(store, 4)
    assert ids_in(store) == [identifier(number) for number in (2, 3, 4)]
    store.close()


def test_a_process_that_looks_after_its_journals_late_takes_those_of_the_new_file_for_nobodys_of_its_own(tmp_path):
    with other_process(tmp_path) as tell:
        tell(1)
        store = open_in(tmp_path)
        store.path.unlink()
        settle(store)
        assert log_all(store, 2)
        tell("look")
        journal = store.path.with_name(f"{store.path.name}-wal").stat().st_ino
        tell(3)
        assert store.path.with_name(f"{store.path.name}-wal").stat().st_ino == journal
        assert log_all(store, 4)
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]
    assert ids_in(store) == [identifier(number) for number in (2, 3, 4)]
    store.close()


def ids_in(store):
    return [row[0] for row in rows(store.path, "SELECT id FROM requests ORDER BY id")]


# --- truncated and damaged --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 10, 5_000])
def test_a_truncated_file_is_written_no_more_and_says_so_until_it_is_put_right(store, left):
    log_all(store, *range(20))
    whole = rows(store.path, "PRAGMA wal_checkpoint(TRUNCATE)") and store.path.read_bytes()
    settle(store)
    assert log_all(store, 20)
    os.truncate(store.path, left)
    settle(store)
    assert not log_all(store, 21)
    assert "truncated" in store.log_error.text
    with pytest.raises(ConfigurationError, match="truncated"):
        store.history.page(Selection(ALL))
    assert store.cooldowns.load() == []  # routing goes on with what it knows
    copy = store.path.with_name("copy.db")
    copy.write_bytes(whole)
    copy.replace(store.path)
    settle(store)
    assert store.flush()
    assert rows(store.path, "SELECT status FROM requests WHERE id = '" + identifier(21) + "'") == [("succeeded",)]
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("damage", [b"", b"these are my notes\n" * 1_000, b"\0" * 50_000])
def test_leaving_with_a_damaged_file_raises_nothing(tmp_path, damage):
    store = open_in(tmp_path)
    log_all(store, *range(10))
    store.path.write_bytes(damage)
    settle(store)
    log_all(store, 11)
    store.close()


_READ_AND_WRITE = """
import asyncio, sys
from pathlib import Path
from router.store import Filters, Selection
from tests.store.logged import *
store = open_in(Path(sys.argv[1]))
async def fill():
    for number in range(400):
        await log_request(store.log, number, text="an answer of some length " * 20)
asyncio.run(fill())
store.flush()
async def go_on(number):
    await log_request(store.log, number)
    store.flush()
for number in range(400, 500):
    print(number, flush=True)
    if number > 400 and not sys.stdin.readline():
        break
    store._database._fresh_until = 0.0
    for read in (lambda: store.statistics.totals(Filters(simulated=None)),
                 lambda: store.history.page(Selection(Filters(simulated=None)), limit=400),
                 store.cooldowns.load):
        try:
            read()
        except Exception as error:
            assert type(error).__name__ == "ConfigurationError", error
    asyncio.run(go_on(number))
store.close()
"""


@pytest.mark.parametrize(
    "names", [("log.db",), ("log.db-shm",), ("log.db-wal",), ("log.db", "log.db-wal", "log.db-shm")]
)
def test_no_truncation_of_the_file_or_its_journals_ends_the_process(tmp_path, names):
    command = [sys.executable, "-c", _READ_AND_WRITE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "400\n"
        assert process.stdout.readline() == "401\n"
        for _ in range(2):
            for name in names:
                with suppress(FileNotFoundError):
                    os.truncate(tmp_path / name, 0)
            print("go on", file=process.stdin, flush=True)
            assert process.stdout.readline(), "it lives"
        process.stdin.close()
        assert process.wait(30) == 0, signal.Signals(-process.returncode) if process.returncode < 0 else ""


# --- forks ------------------------------------------------------------------------------------------------------------


def in_child(act):
    """What a forked child does, and whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_child_opens_a_store_of_its_own_and_both_go_on_writing(store, tmp_path):
    log_all(store, 1)

    def act():
        own = open_in(tmp_path)
        assert own is not store
        assert log_all(own, 2)
        own.close()

    assert in_child(act) == 0
    assert log_all(store, 3)
    found = rows(store.path, "SELECT id, status FROM requests ORDER BY id")
    assert found == [(identifier(number), "succeeded") for number in (1, 2, 3)]


@pytest.mark.filterwarnings("ignore:This process")
def test_the_parents_store_is_refused_at_once_in_the_child(store):
    def act():
        assert not log_all(store, 2) or store.log_error is not None
        assert "forked" in store.log_error.text
        with pytest.raises(ConfigurationError, match="forked"):
            store.history.page(Selection(ALL))
        store.close()

    assert in_child(act) == 0
    assert log_all(store, 3)
    assert rows(store.path, "SELECT id FROM requests") == [(identifier(3),)]


@pytest.mark.filterwarnings("ignore:This process")
def test_the_end_of_a_forked_child_interrupts_nothing_of_its_parents(store):
    asyncio.run(_begin(store))

    def act():
        import atexit
        import weakref

        # What others clean up at a process's end is the parent's still: folders of tests among them.
        weakref.finalize._registry.clear()
        atexit._run_exitfuncs()

    assert in_child(act) == 0
    assert rows(store.path, "SELECT status FROM requests") == [("running",)]
    end(store.log, 1)
    assert store.flush()
    assert rows(store.path, "SELECT status FROM requests") == [("succeeded",)]


async def _begin(store):
    await store.log.begin(started(1), None)


@pytest.mark.filterwarnings("ignore:This process")
def test_no_connection_is_open_in_a_child(store):
    log_all(store, 1)
    store.history.page(Selection(ALL))
    store.cooldowns.load()

    def act():
        opened = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
                  if os.path.exists(f"/proc/self/fd/{number}")]  # fmt: skip
        assert not [name for name in opened if "log.db" in name], opened

    assert in_child(act) == 0


@pytest.mark.filterwarnings("ignore:This process")
def test_a_child_that_was_forked_in_the_middle_of_a_read_says_so(store, tmp_path):
    log_all(store, 1)
    exported = store.history.export(Selection(ALL))
    next(exported)

    def act():
        with pytest.raises(ConfigurationError, match="forked while the database was in use"):
            open_in(tmp_path)

    assert in_child(act) == 0
    assert list(exported) == []
    assert log_all(store, 2)
