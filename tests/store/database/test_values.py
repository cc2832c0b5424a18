"""What can be stored, and what becomes of the rest."""

import math
import sqlite3
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.store.database.values import LARGEST_INTEGER, storable, storable_text

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=())), st.binary()
)


@given(ANYTHING)
def test_whatever_comes_a_database_takes_it(value):
    connection = sqlite3.connect(":memory:")
    assert connection.execute("SELECT typeof(?)", (storable(value),)).fetchone()[0] is not None
    connection.close()


@given(st.text(st.characters(exclude_categories=())))
def test_a_storable_text_is_utf_8_without_nul_and_stays_as_it_is_when_it_comes_again(text):
    kept = storable_text(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert storable_text(kept) == kept


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_a_text_of_characters_is_stored_as_it_is(text):
    assert storable_text(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("half \ud83c.", "half \ufffd."),
        ("end \ude00", "end \ufffd"),
        ("two halves \ud83d\ude00", "two halves 😀"),
        ("nul \0.", "nul \ufffd."),
    ],
)
def test_halves_and_nul_are_replaced_and_halves_that_belong_together_are_joined(text, kept):
    assert storable_text(text) == kept


class Word(StrEnum):
    SENT = "sent"


def test_numbers_are_kept_within_what_columns_hold():
    assert storable(10**30) == LARGEST_INTEGER
    assert storable(-(10**30)) == -LARGEST_INTEGER - 1
    assert [storable(number) for number in (math.inf, -math.inf, math.nan)] == [None] * 3
    assert storable(True) == 1
    assert type(storable(Word.SENT)) is str
