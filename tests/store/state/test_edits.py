"""Edits of the table in the database: kept, taken back, shared."""

import pytest

from tests.store.logged import open_in, rows


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()


def test_the_latest_edit_that_was_not_undone_holds(store):
    assert store.edits.load() is None
    store.edits.keep("first", "one")
    store.edits.keep("second", "two")
    assert store.edits.load() == "second"
    assert store.edits.undo()
    assert store.edits.load() == "first"
    assert store.edits.latest().note == "one"
    assert store.edits.undo()
    assert not store.edits.undo(), "there is nothing left to take back"


def test_every_edit_keeps_its_row_and_is_an_event(store):
    store.edits.keep("first", "a note")
    store.edits.undo()
    assert [(edit.note, edit.undone_at is None) for edit in store.edits.history()] == [("a note", False)]
    assert rows(store.path, "SELECT kind FROM events ORDER BY id") == [("routing edited",), ("routing edit undone",)]


def test_the_version_changes_with_every_change_and_with_nothing_else(store):
    versions = [store.edits.version()]
    for change in (lambda: store.edits.keep("first", "one"), store.edits.undo):
        change()
        versions.append(store.edits.version())
    assert versions == sorted(set(versions))
    assert store.edits.version() == versions[-1]
