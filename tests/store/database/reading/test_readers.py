"""Reads go on with nothing where the database cannot be read, and say so once; errors of reads quote nothing."""

import threading

import pytest

from router.errors import ConfigurationError
from router.store import Filters, Selection
from tests.store.logged import open_in


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()


def spoil(store):
    """Somebody writes over the file; the pages that are read already do not matter."""
    store.path.write_bytes(b"these are my notes\n" * 5_000)
    store._database._fresh_until = 0.0
    store._readers.close()
    store._reading.close()


def test_what_cannot_be_read_is_said_once_and_routing_goes_on_with_what_it_knows(store, caplog):
    store.edits.load()
    spoil(store)
    for _ in range(5):
        assert store.cooldowns.load() == []
        assert store.edits.latest() is None
        assert store.paces.read(0.0) == {}
        assert store.speed_runs.runs() == []
    assert [record.message.partition(":")[0] for record in caplog.records] == ["the database cannot be read"]


def test_an_error_of_a_read_quotes_neither_what_is_searched_for_nor_the_statement(store):
    spoil(store)
    with pytest.raises(ConfigurationError) as caught:
        store.history.page(Selection(Filters(simulated=None), words="diagnosis"))
    assert f"{store.path} cannot be read" in str(caught.value)
    assert "move it away" in str(caught.value)
    assert "diagnosis" not in str(caught.value) + repr(caught.value.__cause__)
    assert "SELECT" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_each_thread_reads_by_a_connection_of_its_own_that_ends_with_it(store):
    for _ in range(20):
        thread = threading.Thread(target=store.cooldowns.version)
        thread.start()
        thread.join()
    assert store._readers.open_count <= 2
