"""A call's arguments: mended where nothing is lost, refused where anything would have to be guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.tools.call_arguments import BrokenArguments, read_arguments

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "flag": {"type": "boolean"},
        "plan": {"type": "array", "items": {"type": "object", "properties": {"step": {"type": "integer"}}}},
        "inner": {"$ref": "#/$defs/inner"},
        "maybe": {"type": ["integer", "null"]},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "choice": {"oneOf": [{"type": "array"}, {"$ref": "#/$defs/inner"}]},
        "anything": {},
    },
    "$defs": {"inner": {"type": "object", "properties": {"count": {"type": "integer"}}}},
}


@pytest.mark.parametrize("text", ["", " \n", "null", '""', '"{}"'])
def test_nothing_is_no_arguments(text):
    assert read_arguments(text, SCHEMA) == {}


def test_a_value_that_was_written_twice_is_read_twice_and_no_further():
    value = {"text": "a"}
    assert read_arguments(json.dumps(json.dumps(value)), SCHEMA) == value
    with pytest.raises(BrokenArguments):
        read_arguments(json.dumps(json.dumps(json.dumps(value))), SCHEMA)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("plan", '[{"step": 1}]', [{"step": 1}]),
        ("plan", '[{"step": "2"}]', [{"step": 2}]),
        ("inner", '{"count": "3"}', {"count": 3}),
        ("choice", "[1]", [1]),
        ("choice", '{"count": 1}', {"count": 1}),
        ("count", "3", 3),
        ("count", "-3", -3),
        ("count", "3.0", 3),
        ("share", "0.5", 0.5),
        ("share", "2", 2),
        ("flag", "true", True),
        ("flag", "False", False),
        ("maybe", "4", 4),
        ("maybe", "null", None),
    ],
)
def test_a_text_is_read_where_the_schema_wants_something_else_and_it_says_nothing_else(name, written, value):
    read = read_arguments(json.dumps({name: written}), SCHEMA)[name]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "written"),
    [("text", "[1]"), ("text", "3"), ("either", "3"), ("anything", "3"), ("anything", "[1]"), ("count", "three"),
     ("count", "3.5"), ("count", "1e400"), ("flag", "yes"), ("flag", "1"), ("plan", "a, b"), ("plan", '{"a": 1}'),
     ("inner", "[1]"), ("share", "NaN"), ("unknown", "3")],
)  # fmt: skip
def test_a_text_stays_one_where_it_may_be_meant_or_says_something_else(name, written):
    assert read_arguments(json.dumps({name: written}), SCHEMA) == {name: written}


@pytest.mark.parametrize("text", ['{"city": "Par', '{"a": 1', '{"a": [1, 2', "{", '{"a":', "[1]", "3", '"words"', "Par",
                                  '{"a": 1} and so on: {"b": 2}', '{"a": NaN}', "{'a", '{"a": 1}{"b": 2}'])  # fmt: skip
def test_what_was_cut_off_or_is_no_object_is_refused(text):
    with pytest.raises(BrokenArguments):
        read_arguments(text, SCHEMA)


@given(st.data())
def test_no_beginning_of_arguments_is_ever_taken_for_all_of_them(data):
    values = st.text(max_size=5) | st.integers() | st.lists(st.integers())
    value = data.draw(st.dictionaries(st.text(max_size=5), values, min_size=1))
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.raises(BrokenArguments):
        read_arguments(cut, {"type": "object"})


def test_a_comma_too_many_is_taken_off():
    assert read_arguments('{"text": "a",}', SCHEMA) == {"text": "a"}


def test_half_a_character_becomes_the_sign_for_one_that_cannot_be_shown():
    value = read_arguments(r'{"text": "\ud83d", "more": "\ud83d\ude00"}', SCHEMA)
    assert value == {"text": "\ufffd", "more": "😀"}
    json.dumps(value, ensure_ascii=False).encode()


def test_a_schema_that_refers_to_itself_has_an_end():
    schema = {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}
    assert read_arguments('{"a": "1"}', schema) == {"a": "1"}
