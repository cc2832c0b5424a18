"""A change of a counter is in every process's memory at once, and nobody asks for it."""

import threading
import time

import psycopg
import pytest

from router.store.database.gate import Gate
from router.store.database.postgres.signals import POLL_SECONDS, SignalledCounters

_CHANGE = "UPDATE counters SET value = value + 1 WHERE name = 'edits'"
_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT name, value FROM counters%'"
)


@pytest.fixture
def feed(postgres_url):
    """The counters of a database, as a process keeps them."""
    feed = SignalledCounters(lambda: psycopg.connect(postgres_url, autocommit=True), Gate())
    yield feed
    feed.stop()


@pytest.fixture
def another(postgres_url):
    """Another process's connection."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


def seconds_until(condition, limit=20.0):
    """How long it takes until something is so."""
    start = time.monotonic()
    pause = threading.Event()
    while not condition():
        assert time.monotonic() - start < limit
        pause.wait(0.005)
    return time.monotonic() - start


def edits(feed):
    return (feed.values or {}).get("edits", 0)


def test_a_change_of_another_process_is_here_within_a_second_and_long_before_the_poll(feed, another):
    seconds_until(lambda: feed.values is not None)
    for _ in range(3):
        before = edits(feed)
        another.execute(_CHANGE)
        assert seconds_until(lambda before=before: edits(feed) == before + 1) < min(1.0, POLL_SECONDS)


def test_a_change_that_is_rolled_back_is_no_change(feed, another):
    seconds_until(lambda: feed.values is not None)
    before = edits(feed)
    with another.transaction(force_rollback=True):
        another.execute(_CHANGE)
    another.execute(_CHANGE)
    seconds_until(lambda: edits(feed) == before + 1)


def test_what_changed_while_the_connection_was_cut_is_read_after_it(feed, another):
    seconds_until(lambda: feed.values is not None)
    before = edits(feed)
    another.execute(_BACKENDS)
    another.execute(_CHANGE)
    seconds_until(lambda: edits(feed) == before + 1)


def test_nothing_is_known_while_there_is_no_server_to_tell_of_changes():
    def refuse():
        raise OSError

    feed = SignalledCounters(refuse, Gate())
    assert feed.values is None
    feed.stop()


def test_a_fork_waits_for_the_listener_no_longer_than_a_moment(postgres_url):
    gate = Gate()
    feed = SignalledCounters(lambda: psycopg.connect(postgres_url, autocommit=True), gate)
    seconds_until(lambda: feed.values is not None)
    assert gate.shut(1.0)
    feed.release()
    assert feed.values is None
    gate.reopen()
    seconds_until(lambda: feed.values is not None)
    feed.stop()
