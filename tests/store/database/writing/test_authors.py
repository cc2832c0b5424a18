"""Who has made a change stands in its row, and who may only look is refused before anything is written."""

import time

import pytest

from router.errors import ChangeRefused
from router.gateway.keys import new_key
from router.ports import Cooldown, Person
from router.store.console.entries import Entry
from router.store.console.votes import Vote
from tests.store.logged import begun, end, identifier, open_in, rows, started

pytestmark = pytest.mark.anyio

OPERATOR = Person("ada@example.com")
VIEWER = Person("ben@example.com", may_change=False)
HOLD = Cooldown("groq|a|b", "groq", "target", "m", "rate_limited", "busy", 1.0, 2.0, 1, False)
KEY = HOLD.key


@pytest.fixture
async def store(tmp_path):
    """A store with a request, a cooldown, an edit, an app, a prompt and an entry in it, all made by nobody."""
    store = open_in(tmp_path)
    await store.log.begin(started(1), begun(1))
    end(store.log, 1)
    store.cooldowns.put(HOLD)
    store.edits.keep("{}", "first")
    store.apps.add(new_key("first", time.time())[1])
    store.saved_prompts.put("first", "vision", {})
    store.entries.put(entry("first"))
    store.notes.put_note(identifier(1), "first")
    store.cases.put([{"id": "first", "task": "vision"}])
    assert store.flush()
    yield store
    store.close()


def entry(name):
    return Entry(name, time.time(), "meal", "eggs", "s", "f", "{}", False)


CHANGES = {
    "reset": (lambda store: store.cooldowns.remove([KEY], reset_at=time.time()), "events", "changed_by"),
    "edit": (lambda store: store.edits.keep("{}", "mine"), "edits", "changed_by"),
    "undo": (lambda store: store.edits.undo(), "edits", "undone_by"),
    "key": (lambda store: store.apps.add(new_key("mine", time.time())[1]), "apps", "created_by"),
    "changed key": (lambda store: store.apps.update(store.apps.load()[0]), "events", "changed_by"),
    "revoked key": (lambda store: store.apps.revoke("first", time.time()), "apps", "revoked_by"),
    "saved prompt": (lambda store: store.saved_prompts.put("first", "vision", {"a": 1}), "saved_prompts", "changed_by"),
    "note": (lambda store: store.notes.put_note(identifier(1), "odd"), "request_notes", "changed_by"),
    "removed note": (lambda store: store.notes.put_note(identifier(1), ""), "events", "changed_by"),
    "deleted prompt": (
        lambda store: store.saved_prompts.delete(store.saved_prompts.named("first").id),
        "events",
        "changed_by",
    ),
    "deleted entries": (lambda store: store.entries.delete_all(), "events", "changed_by"),
    "deleted case": (lambda store: store.cases.delete("first"), "events", "changed_by"),
    "removed sample month": (lambda store: store.remove_sample_month(), "events", "changed_by"),
    "settings": (lambda store: store.events.note("settings saved", detail="GROQ_API_KEY"), "events", "changed_by"),
    "deleted text": (lambda store: store.history.delete_content(identifier(1)), "events", "changed_by"),
}
WITHOUT_ROW = {
    "deleted texts": lambda store: store.history.delete_contents_before(time.time()),
    "emptied cache": lambda store: store.answers.clear(),
}
RUNS = {
    "vote": (lambda store: store.votes.put(Vote("a", "b", "vision", "x:1", "y:2", "left")), "votes"),
    "entry": (lambda store: store.entries.put(entry("mine")), "entries"),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_an_operators_change_has_their_address_in_its_row(store, name):
    change, table, column = CHANGES[name]
    store.authors.source = lambda: OPERATOR
    change(store)
    assert store.flush()
    assert rows(store.path, f"SELECT count(*) FROM {table} WHERE {column} = 'ada@example.com'") == [(1,)]


@pytest.mark.parametrize("name", [*CHANGES, *WITHOUT_ROW])
async def test_a_viewers_change_is_refused_and_nothing_is_written(store, name):
    change = CHANGES[name][0] if name in CHANGES else WITHOUT_ROW[name]
    before = dump(store)
    store.authors.source = lambda: VIEWER
    with pytest.raises(ChangeRefused, match="ROUTER_OPERATORS"):
        change(store)
    assert store.flush()
    assert dump(store) == before
    store.authors.source = lambda: OPERATOR
    change(store)


async def test_what_an_app_changes_through_the_gateway_has_its_name_in_its_row(store):
    store.authors.source = lambda: VIEWER  # who looks at the console meanwhile has nothing to do with it
    with store.authors.acting_app("robot"):
        store.cooldowns.remove([KEY], reset_at=time.time())
    assert store.flush()
    assert rows(store.path, "SELECT changed_by FROM events WHERE kind = 'reset'") == [("app robot",)]


@pytest.mark.parametrize("name", RUNS)
async def test_what_everybody_may_write_has_their_address_in_its_row(store, name):
    write, table = RUNS[name]
    store.authors.source = lambda: VIEWER
    write(store)
    assert store.flush()
    assert rows(store.path, f"SELECT count(*) FROM {table} WHERE changed_by = 'ben@example.com'") == [(1,)]


async def test_a_cooldown_that_ends_by_itself_is_nobodys_change(store):
    store.authors.source = lambda: VIEWER
    store.cooldowns.remove([KEY])
    store.cooldowns.put(HOLD)
    assert store.flush()


async def test_without_sign_in_a_change_is_nobodys(store):
    store.edits.keep("{}", "mine")
    assert rows(store.path, "SELECT DISTINCT changed_by FROM edits") == [(None,)]


def dump(store):
    tables = ("holds", "edits", "apps", "saved_prompts", "request_notes", "contents", "entries", "events")
    return {table: rows(store.path, f"SELECT * FROM {table}") for table in tables}
