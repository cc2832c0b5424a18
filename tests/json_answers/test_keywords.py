"""The keywords that are done anew: exact, and never longer than the answer is."""

import json

import pytest

from router.json_answers import InvalidJson, read_document


def fits(value, schema):
    try:
        read_document(json.dumps(value), schema)
    except InvalidJson:
        return False
    return True


@pytest.mark.parametrize(
    ("number", "divisor", "right"),
    [(19.99, 0.01, True), (0.07, 0.01, True), (1e300, 0.01, True), (19.995, 0.01, False), (1e-300, 0.01, False),
     (7, 2, False), (8, 2, True), (4.5, 1.5, True), (2**53 + 1, 2, False), (0, 0.1, True)],
)  # fmt: skip
def test_a_multiple_is_reckoned_in_decimals(number, divisor, right):
    assert fits(number, {"multipleOf": divisor}) is right


@pytest.mark.parametrize(
    ("items", "right"),
    [([1, True], True), ([1, 1.0], False), ([0, False], True), ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
     ([[1], [1, 1]], True), ([[1], [True]], True), (["1", 1, None], True), ([{}, []], True), ([None, None], False)],
)  # fmt: skip
def test_items_are_unique_as_json_counts_them(items, right):
    assert fits(items, {"uniqueItems": True}) is right


@pytest.mark.parametrize(
    ("value", "right"),
    [({"x-1": 1}, True), ({"x-1": "a"}, False), ({"name": "a"}, True), ({"else": 1}, False)],
)
def test_names_by_pattern_are_checked_and_no_further_ones_let_in(value, right):
    schema = {"properties": {"name": {}}, "patternProperties": {r"^x-\\d+$".replace("\\\\", "\\"): {"type": "integer"}}}
    assert fits(value, schema | {"additionalProperties": False}) is right


def test_further_names_have_to_fit_their_own_schema():
    schema = {"properties": {"name": {}}, "additionalProperties": {"type": "integer"}}
    assert fits({"name": "a", "b": 1}, schema)
    assert not fits({"name": "a", "b": "x"}, schema)


@pytest.mark.parametrize("schema", [
    {"type": "string", "pattern": r"^(\w+\s?)*$"},
    {"patternProperties": {r"^(\w+\s?)*$": {"type": "null"}}},
    {"patternProperties": {r"^(\w+\s?)*$": {"type": "null"}}, "additionalProperties": {"type": "null"}},
    {"patternProperties": {r"^(\w+\s?)*$": {"type": "null"}}, "unevaluatedProperties": {"type": "null"}},
    {"propertyNames": {"pattern": r"^(a+)+$"}},
    {"$schema": "http://json-schema.org/draft-07/schema#", "items": {"$ref": "#"}, "pattern": r"^(a|aa)+$"},
])  # fmt: skip
@pytest.mark.timeout(20)
def test_no_pattern_takes_long_wherever_it_stands(schema):
    text = "a" * 5_000 + "!"
    for value in (text, {text: None}, [text]):
        fits(value, schema)


def test_a_pattern_that_cannot_be_checked_lets_everything_pass():
    assert fits("b", {"pattern": "^(?=a)"})
    assert fits({"b": 1}, {"patternProperties": {"^(?=a)": {"type": "null"}}, "additionalProperties": False})
