"""JSON out of a model's answer: mended where nothing is invented, and checked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.json_answers import InvalidJson, check_schema, read_document

SCHEMA = {
    "type": "object",
    "properties": {"kcal": {"type": "number"}, "name": {"type": "string"}},
    "required": ["kcal", "name"],
    "additionalProperties": False,
}
GOOD = '{"kcal": 140, "name": "two eggs"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n {GOOD} \n",
        f"```json\n{GOOD}\n```",
        f"Here you are:\n```\n{GOOD}\n```\nEnjoy.",
        f"The answer is {GOOD} as asked.",
        '{"kcal": 140, "name": "two eggs",}',
    ],
)
def test_what_stands_around_one_whole_document_is_taken_off(text):
    document = read_document(text, SCHEMA)
    assert document.parsed == {"kcal": 140, "name": "two eggs"}
    assert json.loads(document.text) == document.parsed


@pytest.mark.parametrize("text", ["", "no JSON", '{"kcal": 140, "name": "two e', "{", "[1, 2"])
def test_a_document_that_broke_off_is_not_completed(text):
    with pytest.raises(InvalidJson):
        read_document(text, None)


def test_what_does_not_fit_the_schema_is_named_with_its_path():
    with pytest.raises(InvalidJson) as caught:
        read_document('{"kcal": "many", "name": "eggs"}', SCHEMA)
    assert caught.value.faults == ("$.kcal: 'many' is not of type 'number'",)
    assert str(caught.value) == "$.kcal: breaks the schema's 'type'", "which may be logged"


def test_json_without_a_schema_means_an_object():
    with pytest.raises(InvalidJson):
        read_document("[1, 2]", None)


def test_nan_is_no_json():
    with pytest.raises(InvalidJson):
        read_document('{"kcal": NaN}', None)


def test_a_comma_within_a_string_is_left_alone():
    assert read_document('{"name": "a, ]", "list": [1, 2,],}', None).parsed == {"name": "a, ]", "list": [1, 2]}


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_brackets_within_brackets_without_end_are_no_json(schema):
    with pytest.raises(InvalidJson):
        read_document('{"a": ' + "[" * 100_000, schema)


def test_a_reference_within_the_schema_is_followed_and_none_leads_out_of_it():
    food = {"$defs": {"food": SCHEMA}, "$ref": "#/$defs/food"}
    check_schema(food)
    assert read_document(GOOD, food).parsed["kcal"] == 140
    with pytest.raises(InvalidJson):
        read_document('{"kcal": "many"}', food)


@pytest.mark.parametrize("reference", ["#/$defs/none", "#nowhere"])
def test_a_reference_to_nothing_is_refused_before_anybody_is_asked(reference):
    with pytest.raises(ValueError, match="which is not in it"):
        check_schema({"type": "object", "properties": {"a": {"$ref": reference}}})


def test_a_schema_is_never_fetched(simulator):
    address = f"{simulator.groq_url}/models"
    before = len(simulator.requests)
    with pytest.raises(ValueError, match="nothing is fetched"):
        check_schema({"$ref": address})
    with pytest.raises(InvalidJson):
        read_document("{}", {"$ref": address})
    assert len(simulator.requests) == before


def test_a_schema_that_is_none_is_refused_with_the_place():
    with pytest.raises(ValueError, match=r"\$.type"):
        check_schema({"type": "objekt"})


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), _values, max_size=4), st.text(alphabet="abc .:\n", max_size=20))
def test_any_object_survives_prose_and_fences(value, prose):
    text = json.dumps(value)
    assert read_document(f"{prose}```json\n{text}\n```{prose}", None).parsed == value
    assert read_document(f"{prose}{text}{prose}", None).parsed == value
