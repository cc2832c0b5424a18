"""A broken document is mended only where its text leaves no doubt of a single value."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.json_answers import InvalidJson, read_document

NOTE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "n": {"type": ["number", "boolean", "null"]},
        "list": {"type": "array"},
    },
}
NAME = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'name': 'x', 'n': None, 'list': [True, False]}", {"name": "x", "n": None, "list": [True, False]}),
        ("{'name': \"it's\"}", {"name": "it's"}),
        ("{'name': 'it\\'s \"so\"'}", {"name": 'it\'s "so"'}),
        ('{"name": "x", // the name\n "n": 1 /* or so */}', {"name": "x", "n": 1}),
        ('{"name": "x", # the name\n "n": 1}', {"name": "x", "n": 1}),
        ('{"name": "http://x#y", "n": 1,}', {"name": "http://x#y", "n": 1}),
        ('{name: "x", n: -1.5e3}', {"name": "x", "n": -1500.0}),
        ('{"name": "x"\n "n": 1}', {"name": "x", "n": 1}),
        ('{"name": "two\nlines"}', {"name": "two\nlines"}),
        ('```\n{"name": "x", "n": 1,\n}\n```', {"name": "x", "n": 1}),
    ],
)
def test_what_can_mean_one_thing_alone_is_mended(text, value):
    document = read_document(text, NOTE)
    assert document.parsed == json.loads(document.text) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "say "hi" now"}',
        "{'name': 'it's'}",
        '{"name" "x"}',
        '{"name", "x"}',
        '{"name": x}',
        '{"name": "x", "n": 1,,"list": []}',
        '{"name": "x", "list": [1,,2]}',
        '{"name": "x", "list": [,]}',
        '{"name": "x", "list": ["a" "b"]}',
        '{"name": "x", "list": [1, 2, ...]}',
        '{"name": "x", "list": [1, 2}',
        '{"name": "x", "n": 007}',
        '{"name": "x", "n": 1_000}',
        '{"name": "x", "n": 1,000}',
        '{"name": "x", "n": NaN}',
        '{"name": "x", "n": undefined}',
        '{"name": "x" + "y"}',
        "{'name': 'a', 'name': 'b'}",
        "{'name': 'bad \\q escape'}",
    ],
)
def test_where_something_would_be_guessed_nothing_is_mended(text):
    with pytest.raises(InvalidJson):
        read_document(text, NOTE)


def test_a_missing_last_brace_is_added_where_nothing_can_have_been_cut():
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "number"}}}
    for text in ('{"n": 1, "name": "x"', '{"name": "x", "n": 1\n', '{"name": "x", "n": 1\n```'):
        assert read_document(text, schema).parsed == {"name": "x", "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "x", "n": 1',  # the number may go on
        '{"name": "x"',  # another property may have followed
        '{"n": 1, "name": "x',
        '{"n": 1, "name": "x",',
        '{"n": 1, "name": ',
        '{"n": 1, "name": "x", "list": [1, 2]',
        '{"list": [1, 2',
        '[{"name": "x", "n": 1}',
        '{"n": 1, "name": "x"\nI hope this helps.',
    ],
)
def test_a_document_that_may_have_been_cut_is_not_completed(text):
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "n": {}, "more": {}}}
    with pytest.raises(InvalidJson):
        read_document(text, schema)


def test_without_a_schema_only_last_commas_are_taken_off():
    assert read_document('{"name": "a, ]", "list": [1, 2,],}', None).parsed == {"name": "a, ]", "list": [1, 2]}
    for text in ("{'name': 'x'}", '{"name": True}', '{name: "x"}', '{"name": "x" "n": 1}', '{"name": "x", // a\n}'):
        if "//" in text:
            assert read_document(text, None).parsed == {"name": "x"}
            continue
        with pytest.raises(InvalidJson):
            read_document(text, None)


_scalars = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(alphabet="ab'\"{}[]:,# /\\\n", max_size=8)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="ab'\" :", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "n", "list"]), _values, min_size=1, max_size=3))
def test_pythons_own_spelling_of_a_value_is_that_value_or_nothing(value):
    assert outcome(repr(value), {"type": "object"}) in (value, None)


@given(
    st.dictionaries(st.sampled_from(["name", "n", "list"]), _values, min_size=1, max_size=3),
    st.integers(0, 60),
    st.sampled_from(["", ",", "'", '"', "}", "]", "{", "[", ":", " ", "\\"]),
)
def test_a_document_with_a_piece_lost_or_added_never_yields_a_value_that_was_not_in_it(value, place, piece):
    text = json.dumps(value)
    damaged = text[:place] + piece + text[place + (not piece) :]
    mended = outcome(damaged, {"type": "object", "properties": {key: {} for key in value}})
    with contextlib.suppress(json.JSONDecodeError):
        # It may still be JSON, in which an escape means something else than its letters.
        assert mended in (json.loads(damaged), None)
        return
    if mended is not None:
        texts = [part for part in leaves(mended) if isinstance(part, str)]
        assert all(json.dumps(part)[1:-1] in damaged or part in damaged for part in texts)


def outcome(text, schema):
    try:
        return read_document(text, schema).parsed
    except InvalidJson:
        return None


def leaves(value):
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from leaves(member)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value
