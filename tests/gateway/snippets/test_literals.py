"""A value's literal is the value again, in whichever language it is read."""

import ast
import json

from hypothesis import given
from hypothesis import strategies as st

from router.gateway.snippets.literals import PYTHON, TYPESCRIPT

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda children: st.lists(children) | st.dictionaries(TEXTS, children),
    max_leaves=12,
)


@given(VALUES)
def test_a_python_literal_is_the_value_again(value):
    assert ast.literal_eval(PYTHON.literal(value)) == value


@given(VALUES, st.integers(0, 40))
def test_a_literal_stays_whole_wherever_it_is_moved_to(value, indent):
    assert ast.literal_eval(PYTHON.literal(value, indent)) == value


@given(TEXTS)
def test_a_typescript_text_is_the_text_again(text):
    assert json.loads(TYPESCRIPT.literal(text)) == text


def test_keys_stand_bare_where_typescript_takes_them_so():
    assert (
        TYPESCRIPT.literal({"type": "a", "max-tokens": None, "2": True})
        == '{ type: "a", "max-tokens": null, "2": true }'
    )


def test_what_does_not_fit_a_line_is_laid_out():
    assert PYTHON.literal({"messages": ["x" * 60, "y" * 60]}) == (
        '{\n    "messages": [\n        "' + "x" * 60 + '",\n        "' + "y" * 60 + '",\n    ],\n}'
    )


def test_a_mark_is_a_call_that_reads_the_picture():
    assert PYTHON.literal(["\0picture-1.jpg\0"]) == '[picture("picture-1.jpg", "jpeg")]'
