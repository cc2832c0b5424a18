"""Holds that are shared: by threads, by event loops, by processes."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from router.ports import Cooldown
from router.store import open_store
from tests.store.forked import results_of
from tests.store.logged import rows_of, wait_until
from tests.world import MODES

HOLD_COLUMNS = "account, provider, scope, key, model, outcome, reason, since, until, strikes, sick"
COUNTER = "SELECT value FROM counters WHERE name = 'holds'"
HOLD = Cooldown("acc", "groq", "target", "m", "server_error", "down", 100.0, 105.0, 1, True)


def test_what_was_put_is_read_back_even_before_it_is_written(store):
    store.cooldowns.put(HOLD)
    assert store.cooldowns.load() == [HOLD]
    store.flush()
    assert store.cooldowns.load() == [HOLD]
    store.cooldowns.remove([HOLD.key])
    assert store.cooldowns.load() == []


def test_the_version_changes_with_every_change_and_with_nothing_else(store):
    seen = [store.cooldowns.version()]
    for change in (lambda: store.cooldowns.put(HOLD), lambda: store.cooldowns.remove([HOLD.key])):
        change()
        store.flush()
        # A server tells of a change when it is committed; until then the version has only what is queued.
        wait_until(lambda: rows_of(store, COUNTER) == [(store.cooldowns._counters.value("holds"),)])
        seen.append(store.cooldowns.version())
    store.flush()
    assert seen == sorted(set(seen))
    assert store.cooldowns.version() == seen[-1]


def test_a_reset_is_a_row_in_the_log(store):
    store.cooldowns.put(HOLD)
    store.cooldowns.remove([HOLD.key], reset_at=1_790_000_000.0)
    store.flush()
    event = store.statistics.events()[0]
    assert (event["kind"], event["provider"], event["model"]) == ("reset", "acc", "m")


_CLAIM = """
claims = [store.cooldowns.claim_probe(("acc", "target", "m"), 110.0, 140.0) for _ in range(5)]
result = sum(await asyncio.gather(*claims))
"""


@pytest.mark.timeout(120)
def test_of_eight_processes_one_becomes_the_probe(store, database):
    store.cooldowns.put(HOLD)
    store.flush()
    assert sorted(results_of(_CLAIM, database.url, 8)) == [0] * 7 + [1]


def test_a_hold_that_has_not_ended_cannot_be_probed(store):
    store.cooldowns.put(replace(HOLD, until=200.0))
    assert asyncio.run(_claim(store, 150.0)) is False


def test_what_nobody_holds_any_more_may_be_tried(store):
    assert asyncio.run(_claim(store, 150.0)) is True


async def _claim(store, now):
    return await store.cooldowns.claim_probe(HOLD.key, now, now + 30)


def test_two_event_loops_may_write_at_once(store):
    async def main(number):
        return await store.cooldowns.claim_probe(("acc", "target", str(number)), 1.0, 2.0)

    assert asyncio.run(main(1)) is True
    assert asyncio.run(main(2)) is True


def test_the_connections_of_threads_that_have_ended_are_closed(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/log.db", tmp_path)
    for _ in range(20):
        thread = threading.Thread(target=store.cooldowns.version)
        thread.start()
        thread.join()
    assert store._readers.open_count <= 2
    store.close()


# --- a claim ends with its process -----------------------------------------------------------------------------------

_CLAIM_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from router.store import open_store
from tests.world import MODES
async def main():
    store = open_store(sys.argv[1], Path("/"))
    print(await store.cooldowns.claim_probe(("acc", "target", "m"), 110.0, 140.0), flush=True)
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    store.close()
asyncio.run(main())
"""


@pytest.fixture
def held(database):
    store = database.open()
    store.cooldowns.put(HOLD)
    store.close()
    return database.url, database.folder


def test_the_claim_of_a_process_that_was_killed_is_free_however_often_that_happens(held):
    url, folder = held
    for _ in range(3):
        command = [sys.executable, "-c", _CLAIM_AND_DIE, url, "killed"]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
        assert process.stdout.strip() == "True"
    store = open_store(url, folder)
    assert [cooldown.probe_until for cooldown in store.cooldowns.load()] == [None]
    assert asyncio.run(_claim(store, 110.0)) is True
    store.close()


def test_the_claim_of_a_process_that_lives_is_kept_when_another_one_opens_the_database(held):
    url, folder = held
    store = open_store(url, folder)
    assert asyncio.run(_claim(store, 110.0)) is True
    command = [sys.executable, "-c", _CLAIM_AND_DIE, url, "closed"]
    assert subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout.strip() == "False"
    assert [cooldown.probe_until for cooldown in store.cooldowns.load()] == [140.0]
    store.close()


@pytest.mark.parametrize("now", [110.0, 50.0 - 86_400.0])
def test_a_claim_from_before_the_clock_was_set_back_is_none(store, now):
    store.cooldowns.put(HOLD)
    assert asyncio.run(_claim(store, 110.0 + 86_400.0)) is True
    assert asyncio.run(_claim(store, now)) is True
    assert asyncio.run(_claim(store, now)) is False


def test_a_change_on_its_way_into_the_file_is_seen_by_whoever_reads_meanwhile(store):
    """The record is written and not yet committed: neither the queue nor the file may leave it out."""
    store.cooldowns.put(HOLD)
    store.flush()
    seen = []

    def look_from_elsewhere(batch):
        thread = threading.Thread(target=lambda: seen.append(store.cooldowns.load()))
        thread.start()
        thread.join()

    writing = threading.Event()
    store._writer.submit(lambda batch: writing.wait(10), urgent=False)  # so that the next two are one group
    store.cooldowns.remove([HOLD.key])
    store._writer.submit(look_from_elsewhere, urgent=True)
    writing.set()
    store.flush()
    assert seen == [[]]


@pytest.mark.anyio
async def test_a_row_that_another_program_has_spoiled_costs_no_request(world, caplog):
    await world.ask()
    world.router.store.flush()
    account = world.router.accounts["groq"].id
    hold = (account, "groq", "target", "m", "m", "server_error", "down", "yesterday", "soon", "many", 1)
    with sqlite3.connect(world.database) as connection:
        connection.execute(f"INSERT INTO holds ({HOLD_COLUMNS}) VALUES ({', '.join('?' * 11)})", hold)
        connection.execute(
            f"INSERT INTO allowances VALUES ('{account}', 'groq', 'm', 'tokens', 'a', 'b', 'c', 'd', 'e')"
        )
        connection.execute("UPDATE catalogue SET models = '[', fetched_at = 'once'")
        connection.execute("UPDATE counters SET value = 'many' WHERE name = 'edits'")
        connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'holds'")
    connection.close()
    for mode in MODES:
        assert (await world.ask(mode)).text
    assert caplog.text.count("a row of the database is passed over") == 1
    assert world.router.failures() == []
