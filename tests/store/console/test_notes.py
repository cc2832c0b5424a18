"""Notes on requests."""

import pytest

from router.store.console.notes import LONGEST


def test_a_note_is_kept_changed_and_removed(store):
    assert store.notes.put_note("a", "  slow today \n")
    assert store.notes.put_note("b", "fine")
    assert store.notes.read_notes(["a", "b", "c"]) == {"a": "slow today", "b": "fine"}
    store.notes.put_note("a", "slow since Monday")
    store.notes.put_note("b", "   ")
    assert store.notes.read_notes(["a", "b"]) == {"a": "slow since Monday"}


@pytest.mark.parametrize("note", ["'; DROP TABLE request_notes; --", "half \ud83d a character", "x" * (LONGEST * 2)])
def test_any_text_is_a_note(store, note):
    assert store.notes.put_note("a", note)
    assert len(store.notes.read_notes(["a"])["a"]) in (min(len(note), LONGEST), len(note) + 2)
