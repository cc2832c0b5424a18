"""An instance fits its schema, whatever the schema asks for."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from router.simulator.answers.instances import SchemaFacts, instance_of
from router.simulator.answers.schemas import BadSchema
from tests.simulator.calls import ask, text_of

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def check_instance(schema, seed, words=("sample",)):
    document = instance_of(schema, random.Random(seed), SchemaFacts(list(words)))
    validator_for(schema)(schema).validate(document)
    return document


def strict_object(properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


KINDS = {
    "a tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "a tuple of a size": {"prefixItems": [{"const": 1}, {"type": "boolean"}], "minItems": 2, "maxItems": 2},
    "a tuple with more behind it": {"prefixItems": [{"const": 1}], "items": {"type": "boolean"}, "minItems": 4},
    "a tuple of draft 7": {
        "$schema": DRAFT_7,
        "type": "array",
        "items": [{"type": "string"}, {"type": "number"}],
        "additionalItems": {"type": "null"},
        "minItems": 4,
    },
    "any of required": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "one of required": strict_object(
        {"x": {"properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}}
    ),
    "two choices at once": {
        "type": "object",
        "allOf": [{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"anyOf": [{"required": ["c"]}]}],
    },
    "so many fields": {"type": "object", "minProperties": 3},
    "so many numbers": {"minProperties": 2, "additionalProperties": {"type": "integer", "minimum": 5}},
    "fields by pattern": {
        "minProperties": 2,
        "patternProperties": {"^x-[a-z]{3}$": {"type": "boolean"}},
        "additionalProperties": False,
    },
    "names by pattern": {"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^[a-z]{4}$"}},
    "at most so many fields": {"maxProperties": 1, "properties": {"a": {}, "b": {}}},
    "a list that contains": {"type": "array", "contains": {"const": 7}, "items": {"type": "integer"}, "minItems": 3},
    "a list that contains several": {"contains": {"type": "string"}, "minContains": 2},
    "a list of objects that contains": {
        "items": strict_object({"k": {"enum": ["a", "b"]}}),
        "contains": {"properties": {"k": {"const": "b"}}},
    },
    "a condition": {
        "type": "object",
        "properties": {"kind": {"enum": ["meal", "run"]}, "km": {"type": "number"}, "kcal": {"type": "integer"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "run"}}},
        "then": {"required": ["km"]},
        "else": {"required": ["kcal"]},
    },
    "what asks for another": {
        "properties": {"a": {}},
        "required": ["a"],
        "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    "not": {"type": "string", "not": {"enum": ["sample"]}},
    "one of what overlaps": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "number", "maximum": 10}]},
    "a field from both": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"a": {"minLength": 9}, "c": {"type": "null"}}, "required": ["c"]},
        ]
    },
    "an anchor": {"$defs": {"p": {"$anchor": "pos", "const": 3}}, "items": {"$ref": "#pos"}, "minItems": 1},
    "an anchor of draft 7": {
        "$schema": DRAFT_7,
        "definitions": {"p": {"$id": "#pos", "const": 3}},
        "items": {"$ref": "#pos"},
        "minItems": 1,
    },
    "a field that may not be": {"properties": {"a": True, "b": False}},
    "money": {"type": "number", "multipleOf": 0.01, "minimum": 19.9, "maximum": 20},
    "anything": {},
    "unique ones of no kind": {"uniqueItems": True, "minItems": 5},
    "all of a few": {"uniqueItems": True, "items": {"enum": [1, 2, 3]}, "minItems": 3},
    "what asks the whole for more": {
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}, "required": ["b"]}},
    },
    "dependencies of draft 7": {
        "$schema": DRAFT_7,
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a"],
        "dependencies": {"a": ["b"], "b": {"required": ["c"], "properties": {"c": {"type": "null"}}}},
    },
    "names of a few": {"type": "object", "minProperties": 2, "propertyNames": {"enum": ["x", "y", "z"]}},
    "short names": {"type": "object", "minProperties": 3, "propertyNames": {"maxLength": 3}},
    "a short address": {"type": "string", "format": "email", "maxLength": 12},
}


@pytest.mark.parametrize("pattern", [r"^\p{Lu}[\p{L}]+$", r"^\p{Nd}{4}$"])
def test_classes_of_characters_that_python_does_not_know_are_followed(pattern):
    text = instance_of({"type": "string", "pattern": pattern}, random.Random(1), SchemaFacts())
    assert text[0].isupper() or len(text) == 4


@pytest.mark.parametrize("schema", KINDS.values(), ids=KINDS)
def test_each_kind_of_schema_gets_an_instance_that_fits(schema):
    for seed in range(25):
        check_instance(schema, seed, ("two", "eggs"))


def test_all_of_a_conditions_sides_occur():
    kinds = {check_instance(KINDS["a condition"], seed)["kind"] for seed in range(40)}
    assert kinds == {"meal", "run"}


@pytest.mark.parametrize(
    "schema", [{"$ref": "#/$defs/nobody"}, {"$ref": "#"}, strict_object({"a": {"$ref": "#"}})], ids=json.dumps
)
def test_a_schema_that_no_document_fits_is_said_to_be_one(schema):
    with pytest.raises(BadSchema):
        instance_of(schema, random.Random(1), SchemaFacts())


# --- any schema ------------------------------------------------------------------------------------------------------

_scalars = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": r"^[A-Z]{2}-\d{3}$"},
        {"type": "string", "minLength": 3, "maxLength": 12},
        {"type": "number", "minimum": -2.5, "maximum": 3},
        {"type": "integer", "minimum": 1, "maximum": 7},
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"const": 5},
        {"$ref": "#/$defs/node"},
    ]
)
_NODE = strict_object({"name": {"type": "string"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}})


def _any_of_required(properties):
    return {"type": "object", "properties": properties, "anyOf": [{"required": [name]} for name in properties]}


def _containing(items, least):
    return {"type": "array", "items": items, "contains": items, "minItems": least}


def _conditional(first, second):
    return {
        "type": "object",
        "properties": {"switch": {"type": "boolean"}, "on": first, "off": second},
        "required": ["switch"],
        "if": {"properties": {"switch": {"const": True}}},
        "then": {"required": ["on"]},
        "else": {"required": ["off"]},
    }


def _strict_schemas(inner):
    fields = st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)
    return (
        fields.map(strict_object)
        | st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
        | st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})
    )


def _loose_schemas(inner):
    fields = st.dictionaries(st.sampled_from("abcd"), inner, min_size=1, max_size=4)
    return (
        _strict_schemas(inner)
        | fields.map(_any_of_required)
        | st.builds(_containing, inner, st.integers(0, 3))
        | st.builds(_conditional, inner, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda places: {"prefixItems": places, "items": False})
        | st.builds(
            lambda part, least: {"additionalProperties": part, "minProperties": least}, inner, st.integers(0, 3)
        )
    )


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), st.recursive(_scalars, _strict_schemas, max_leaves=10), max_size=3),
    st.integers(0, 10**6),
    st.text(max_size=30),
)
def test_the_instance_of_any_strict_schema_is_valid(properties, seed, words):
    check_instance({**strict_object(properties), "$defs": {"node": _NODE}}, seed, words.split() or ["sample"])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), st.recursive(_scalars, _loose_schemas, max_leaves=6), max_size=3),
    st.integers(0, 10**6),
)
def test_the_instance_of_any_loose_schema_is_valid(properties, seed):
    check_instance({**strict_object(properties), "$defs": {"node": _NODE}}, seed)


def test_a_schema_in_the_request_is_answered_with_an_instance(simulator):
    schema = strict_object({"food": {"type": "string"}, "grams": {"type": "number"}})
    reply = ask(simulator, response_format={"type": "json_schema", "json_schema": {"name": "m", "schema": schema}})
    validator_for(schema)(schema).validate(json.loads(text_of(reply)))
