"""What has to be exact waits for a server that is slow, and not for one that is away."""

import asyncio
import time
from contextlib import asynccontextmanager

import psycopg
import pytest

from router.gateway.keys import new_key
from router.ports import CallMade, CallRoom
from router.store.database.postgres.dialect import TURN
from router.store.database.postgres.pulse import SILENCE_SECONDS
from router.store.database.writing.progress import EXACT_SECONDS
from tests.store.logged import begun, started

pytestmark = pytest.mark.anyio
LOOSELY = 0.5
"""Seconds that a busy machine may add."""


@pytest.fixture
def store(store_by_way):
    return store_by_way


@pytest.fixture
def key(store):
    """A key for three requests a minute."""
    assert store.apps.add(new_key("website", time.time(), per_minute=3)[1])
    return store.apps.load()[-1]


@asynccontextmanager
async def turn_of_another(url):
    """Another process changes what all share, and takes its time."""
    connection = await psycopg.AsyncConnection.connect(url)
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
    yield
    await connection.close()


async def timed(awaitable):
    """What something gives, and how long it took."""
    began = time.monotonic()
    return await awaitable, time.monotonic() - began


async def test_while_the_server_is_slow_limits_stay_exact_and_rows_wait_no_longer_than_ever(store, key, postgres_url):
    async with turn_of_another(postgres_url):
        taken = [asyncio.ensure_future(store.apps.take(key, 120.0)) for _ in range(5)]
        room = CallRoom(0.0, 1)
        calls = [
            asyncio.ensure_future(store.allowances.take_call("a", CallMade(name, "m", 100.0), [room])) for name in "xy"
        ]
        _, waited = await timed(store.log.begin(started(1), begun(1)))
        assert waited < store._database.patience + LOOSELY
        await asyncio.wait([*taken, *calls], timeout=3 * store._database.patience)
        assert not any(future.done() for future in (*taken, *calls)), "the server answers, so they wait on"
    assert sorted(await asyncio.gather(*taken)) == [False, False, True, True, True]
    assert sorted(made is None for made in await asyncio.gather(*calls)) == [False, True]


async def test_a_request_with_little_time_waits_little_for_a_slow_server(store, postgres_url):
    async with turn_of_another(postgres_url):
        call = CallMade("x", "m", 100.0)
        taken, waited = await timed(store.allowances.take_call("a", call, [CallRoom(0.0, 0)], patience=0.3))
    assert taken is None
    assert waited < 0.3 + LOOSELY


async def test_a_server_that_stays_slow_is_waited_for_once_and_then_by_nobody(store, key, postgres_url):
    async with turn_of_another(postgres_url):
        taken, waited = await timed(store.apps.take(key, 120.0))
        assert taken
        assert EXACT_SECONDS - LOOSELY < waited < EXACT_SECONDS + LOOSELY
        _, waited = await timed(store.apps.take(key, 120.0))
        assert waited < LOOSELY


@pytest.mark.parametrize(("trouble", "longest"), [("cut", 0.2), ("silence", SILENCE_SECONDS)])
async def test_a_server_that_is_away_is_waited_for_once_and_each_process_keeps_the_limits(
    store, way, key, trouble, longest
):
    assert await store.apps.take(key, 120.0)
    getattr(way, trouble)()
    taken, first = await timed(store.apps.take(key, 120.0))
    assert taken
    assert first < longest + LOOSELY
    later = [await timed(store.apps.take(key, 120.0)) for _ in range(8)]
    assert [taken for taken, _ in later] == [True, *[False] * 7], "three a minute, whoever counts"
    assert sum(seconds for _, seconds in later) < LOOSELY, "it is known by now"
    way.restore()
    assert await asyncio.to_thread(
        store.flush,
    )
    used = (await asyncio.to_thread(store.apps.usage, 120.0))[0]
    assert (used.minute_used, used.used) == (3, 3), "what was let through is counted, and what was refused is not"
