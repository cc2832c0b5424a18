"""Edits of the table in the database: kept, taken back, shared."""

from concurrent.futures import ThreadPoolExecutor

from tests.store.logged import rows_of


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
    assert rows_of(store, "SELECT kind FROM events ORDER BY id") == [("routing edited",), ("routing edit undone",)]


def test_the_version_changes_with_every_change_and_with_nothing_else(store):
    versions = [store.edits.version()]
    for change in (lambda: store.edits.keep("first", "one"), store.edits.undo):
        change()
        versions.append(store.edits.version())
    assert versions == sorted(set(versions))
    assert store.edits.version() == versions[-1]


def test_an_edit_that_was_made_from_others_than_those_in_force_is_not_written_and_changes_nothing(store):
    assert store.edits.keep("first", "one", over=0)
    first = store.edits.latest().number
    assert not store.edits.keep("late", "made from nothing", over=0)
    assert store.edits.keep("second", "two", over=first)
    version = store.edits.version()
    assert not store.edits.keep("late", "made from the first", over=first)
    assert not store.edits.undo(over=first)
    assert (store.edits.load(), store.edits.version()) == ("second", version)
    assert store.edits.undo(over=store.edits.latest().number)
    assert store.edits.keep("third", "made from the first, which is in force again", over=first)


def test_of_many_who_edit_at_once_one_is_kept(store):
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: store.edits.keep(str(number), "at once", over=0), range(8)))
    assert sum(kept) == 1
    assert store.edits.load() == str(kept.index(True))
