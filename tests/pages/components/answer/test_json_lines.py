"""A JSON document is laid out on lines, and nothing but its blanks is changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components.answer.json_lines import DEEPEST, LONGEST, WIDTH, laid_out

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=6),
    max_leaves=40,
)


@given(value=VALUES, indent=st.sampled_from([None, 1, 4]))
def test_a_document_means_what_it_meant(value, indent):
    assert json.loads(laid_out(json.dumps(value, indent=indent))) == value


def test_what_fits_on_a_line_stays_on_one_and_what_does_not_has_a_line_for_each_part():
    foods = [{"name": "egg", "kcal": 143}, {"name": "toast", "kcal": 88}]
    text = laid_out(json.dumps({"title": "Breakfast", "items": foods, "unclear": "x" * 60}))
    assert text.splitlines() == [
        "{",
        '  "title": "Breakfast",',
        '  "items": [{"name": "egg", "kcal": 143}, {"name": "toast", "kcal": 88}],',
        f'  "unclear": "{"x" * 60}"',
        "}",
    ]
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("text", ['{"a": 1e3, "a": 0.10}', '["\\u00e9 \\" {", "\\\\"]', "[]", "{}", "12", '"a, b"'])
def test_numbers_names_and_escapes_stay_as_they_were_written(text):
    assert laid_out(text) == text


@pytest.mark.parametrize("text", ["[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), json.dumps("x" * LONGEST)])
def test_what_is_too_deep_or_too_long_is_shown_as_it_came(text):
    assert laid_out(text) == text
