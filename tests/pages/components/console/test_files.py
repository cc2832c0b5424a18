"""Cells that no spreadsheet takes for a formula."""

import pytest

from pages.components.console.files import csv_of, safe_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_cell_that_could_be_a_formula_is_marked_as_text_also_in_wide_letters(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_what_is_no_formula_stays_as_it_is():
    assert csv_of([{"a": "1+1", "b": -1}]).splitlines() == ["a,b", "1+1,-1"]
