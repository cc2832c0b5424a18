"""A change of a counter is in every process's memory at once, and nobody asks for it."""

import threading
import time

import psycopg
import pytest

from router.store.database.connections import Use
from router.store.database.gate import Gate
from router.store.database.postgres import dialect
from router.store.database.postgres.pulse import Pulse
from router.store.database.postgres.signals import POLL_SECONDS, CounterSignals

_CHANGE = "UPDATE counters SET value = value + 1 WHERE name = 'edits'"
_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT name, value FROM counters%'"
)


class Heard:
    """The counters as the thread has last read them."""

    def __init__(self, connect, gate=None):
        self.values = {}
        self.signals = CounterSignals(connect, self._read, gate or Gate(), Pulse())

    def _read(self, connection):
        self.values = dict(connection.execute("SELECT name, value FROM counters").fetchall())


def connecting(url):
    return lambda: dialect.connect(url, None, Use.ROUTING, Pulse().note_answer)


@pytest.fixture
def feed(postgres_url):
    """The counters of a database, as a process keeps them."""
    heard = Heard(connecting(postgres_url))
    yield heard
    heard.signals.stop()


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
    return feed.values.get("edits", 0)


def test_a_change_of_another_process_is_here_within_a_second_and_long_before_the_poll(feed, another):
    seconds_until(lambda: feed.signals.is_live)
    for _ in range(3):
        before = edits(feed)
        another.execute(_CHANGE)
        assert seconds_until(lambda before=before: edits(feed) == before + 1) < min(1.0, POLL_SECONDS)


def test_a_change_that_is_rolled_back_is_no_change(feed, another):
    seconds_until(lambda: feed.signals.is_live)
    before = edits(feed)
    with another.transaction(force_rollback=True):
        another.execute(_CHANGE)
    another.execute(_CHANGE)
    seconds_until(lambda: edits(feed) == before + 1)


def test_what_changed_while_the_connection_was_cut_is_read_after_it(feed, another):
    seconds_until(lambda: feed.signals.is_live)
    before = edits(feed)
    another.execute(_BACKENDS)
    another.execute(_CHANGE)
    seconds_until(lambda: edits(feed) == before + 1)


def test_nothing_is_known_while_there_is_no_server_to_tell_of_changes():
    def refuse():
        raise OSError

    signals = CounterSignals(refuse, lambda connection: None, Gate(), Pulse())
    assert not signals.is_live
    signals.stop()


def test_a_fork_waits_for_the_listener_no_longer_than_a_moment(postgres_url):
    gate = Gate()
    feed = Heard(connecting(postgres_url), gate)
    seconds_until(lambda: feed.signals.is_live)
    assert gate.shut(1.0)
    feed.signals.release()
    assert not feed.signals.is_live
    gate.reopen()
    seconds_until(lambda: feed.signals.is_live)
    feed.signals.stop()
