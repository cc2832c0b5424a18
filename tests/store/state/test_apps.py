"""Keys of apps in the database: kept by their digest, and their limits exact whoever takes from them."""

import time

import pytest

from router.gateway.keys import changed_key, key_digest, new_key
from tests.store.forked import results_of

pytestmark = pytest.mark.anyio
MINUTE, DAY = 60.0, 86_400.0
NOON = 20_000 * DAY + DAY / 2
TAKERS, EACH, LIMIT = 8, 40, 100

TAKE_MANY = f"""
key = store.apps.load()[0]
result = sum([sum(await asyncio.gather(*(store.apps.take(key, {NOON}) for _ in range(8)))) for _ in range({EACH} // 8)])
"""


def added(store, **limits):
    """A key that is kept, as it is read back."""
    secret, key = new_key("website", NOON, **limits)
    assert store.apps.add(key)
    assert store.apps.load()[-1].digest == key_digest(secret)
    return store.apps.load()[-1]


async def taken(store, key, *moments):
    return [await store.apps.take(key, moment) for moment in moments]


async def test_the_key_itself_stands_nowhere_in_the_file(file_store, tmp_path):
    store = file_store
    secret, key = new_key("website", NOON)
    assert store.apps.add(key)
    assert store.flush()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in files
    assert secret.startswith("drk_")
    assert len(secret) == 36


async def test_a_limit_a_minute_begins_anew_with_each_minute(store):
    key = added(store, per_minute=2)
    assert await taken(store, key, NOON, NOON + 1, NOON + 2) == [True, True, False]
    assert await taken(store, key, NOON + MINUTE) == [True]


async def test_a_limit_a_day_ends_at_midnight_utc(store):
    key = added(store, per_day=2)
    assert await taken(store, key, NOON, NOON + MINUTE, NOON + 5 * MINUTE) == [True, True, False]
    assert await taken(store, key, NOON + DAY / 2) == [True]


async def test_what_one_limit_refuses_counts_for_neither(store):
    key = added(store, per_minute=1, per_day=3)
    await taken(store, key, NOON, NOON, NOON, NOON + MINUTE, NOON + MINUTE)
    used = store.apps.usage(NOON + MINUTE)[0]
    assert (used.minute_used, used.day_used, used.used) == (1, 2, 2)


async def test_a_clock_that_is_a_little_behind_begins_no_window_anew(store):
    key = added(store, per_minute=2)
    assert await taken(store, key, NOON, NOON - 1, NOON, NOON - 1) == [True, True, False, False]


async def test_a_window_that_a_wrong_clock_began_far_ahead_stops_nobody(store):
    key = added(store, per_minute=1)
    assert await taken(store, key, NOON + 300 * DAY, NOON) == [True, True]


async def test_a_revoked_key_takes_nothing_and_leaves_its_name_free(store):
    key = added(store)
    with pytest.raises(ValueError, match="in force"):
        added(store)
    version = store.apps.version()
    assert store.apps.revoke("website", NOON)
    assert store.apps.version() > version
    assert not store.apps.revoke("website", NOON)
    assert await taken(store, key, NOON) == [False]
    assert added(store).id != key.id


def with_terms(key, **terms):
    """A key with other terms, those left out being none."""
    return changed_key(key, NOON, **dict.fromkeys(("per_minute", "per_day", "tasks", "expires_at")) | terms)


async def test_other_limits_hold_at_once_and_what_was_used_stays_counted(store):
    key = added(store, per_day=2)
    assert await taken(store, key, NOON, NOON, NOON) == [True, True, False]
    version = store.apps.version()
    assert store.apps.update(with_terms(key, per_day=3, tasks=["vision"], expires_at=NOON + DAY))
    assert store.apps.version() > version
    changed = store.apps.load()[0]
    assert (changed.per_day, changed.tasks, changed.expires_at) == (3, ("vision",), NOON + DAY)
    assert (changed.digest, changed.created_at) == (key.digest, key.created_at)
    assert await taken(store, changed, NOON, NOON) == [True, False]


async def test_a_key_that_was_revoked_meanwhile_is_not_changed(store):
    key = added(store, per_day=2)
    store.apps.revoke("website", NOON)
    assert not store.apps.update(with_terms(key, per_day=5))
    assert store.apps.load()[0].per_day == 2


async def test_a_change_of_a_key_stands_among_the_events_with_its_apps_name(store):
    assert store.apps.update(with_terms(added(store), per_day=5))
    assert [event["detail"] for event in store.statistics.events(kind="app changed")] == ["website"]


@pytest.mark.parametrize(
    ("terms", "words"),
    [({"per_minute": 0}, "a minute"), ({"tasks": ["chat"]}, "'chat'"), ({"expires_at": NOON - 1}, "past")],
)
def test_what_a_key_cannot_be_changed_to_is_named(terms, words):
    with pytest.raises(ValueError, match=words):
        with_terms(new_key("website", NOON)[1], **terms)


@pytest.mark.timeout(120)
def test_eight_processes_take_no_more_together_than_the_limit(store, database):
    added(store, per_minute=LIMIT, per_day=LIMIT * 2)
    assert sum(results_of(TAKE_MANY, database.url, TAKERS)) == LIMIT
    assert store.apps.usage(NOON)[0].minute_used == LIMIT


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"per_minute": 0}, "a minute"),
        ({"per_day": -1}, "a day"),
        ({"tasks": ["vision", "chat"]}, "'chat'"),
        ({"expires_at": NOON - 1}, "past"),
    ],
)
def test_what_a_key_cannot_be_is_named(fields, words):
    with pytest.raises(ValueError, match=words):
        new_key(**{"name": "website", "now": NOON} | fields)


def test_a_task_is_kept_in_the_order_of_the_tasks_and_none_is_all(store):
    assert added(store, tasks=["vision", "real-time-chat"]).tasks == ("real-time-chat", "vision")
    store.apps.revoke("website", time.time())
    assert added(store, tasks=[]).tasks is None
