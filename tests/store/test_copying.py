"""Everything in one database copied into another: to a server and back."""

import asyncio

import pytest

from router.errors import ConfigurationError
from router.ports import Cooldown
from router.store import Entry, Filters, Selection, open_store
from router.store.copying import copied_tables
from tests.store.logged import log_request, rows_of

ALL = Filters(simulated=None)
COOLDOWN = Cooldown("acc", "groq", "target", "m", "server_error", "down", 100.0, 105.0, 1, True)


@pytest.fixture
def full(file_store):
    """A file with rows in many tables."""
    store = file_store

    async def requests():
        for number in range(5):
            await log_request(store.log, number, text=f"Äpfel und 休息 {number}")

    asyncio.run(requests())
    store.cooldowns.put(COOLDOWN)
    store.edits.keep("{}", "mine")
    store.entries.put(Entry("1", 0.0, "meal", "eggs", "s", "f", "{}", False))
    store.saved_prompts.put("name", "vision", {"prompt": "hello"})
    assert store.flush()
    return store


def content(store):
    """Every row of every table, in order; of figures without their lanes."""
    found = {}
    for table in copied_tables():
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        found[table.name] = sorted(rows_of(store, f"SELECT {names} FROM {table.name}"), key=repr)
    return found


def test_a_log_comes_back_from_a_server_as_it_went_there(full, postgres_url, tmp_path):
    server = open_store(postgres_url, tmp_path)
    said = []
    copied = full.copy_into(server, lambda table, count: said.append((table, count)))
    assert all(table.here == table.there for table in copied)
    assert ("requests", 5) in said
    assert content(server) == content(full)
    assert len(server.history.page(Selection(ALL, words="apfel"))) == 5
    assert len(server.history.page(Selection(ALL, words="休息"))) == 5
    back = open_store("sqlite:///back.db", tmp_path)
    server.copy_into(back, lambda *_: None)
    assert content(back) == content(full)
    assert len(back.history.page(Selection(ALL, words="休"))) == 5
    assert server.edits.keep("{}", "numbered behind what was copied")
    assert server.edits.latest().number == 2
    for store in (back, server):
        store.close()


def test_a_target_that_is_not_empty_is_refused_and_left_as_it_is(full, postgres_url, tmp_path):
    server = open_store(postgres_url, tmp_path)
    assert server.edits.keep("{}", "theirs")
    before = content(server)
    with pytest.raises(ConfigurationError, match=r"not empty .*edits"):
        full.copy_into(server, lambda *_: None)
    assert content(server) == before
    server.close()


def test_what_breaks_off_leaves_nothing(full, postgres_url, tmp_path):
    server = open_store(postgres_url, tmp_path)
    before = content(server)

    def break_off(table, count):
        if table == "requests":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full.copy_into(server, break_off)
    assert content(server) == before
    server.close()


def test_a_database_is_not_copied_into_itself(full):
    with pytest.raises(ConfigurationError, match="name an empty one"):
        full.copy_into(full, lambda *_: None)
