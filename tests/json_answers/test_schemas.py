"""Schemas by their own `$schema`, refused before anybody is asked where they do not hold."""

import json
import time

import pytest

from router.json_answers import InvalidJson, check_schema, read_document, read_document_async
from router.json_answers.schemas import ANSWER_SECONDS

FOOD = {
    "type": "object",
    "properties": {"kcal": {"type": "number"}, "name": {"type": "string"}},
    "required": ["kcal", "name"],
}
GOOD = '{"kcal": 140, "name": "two eggs"}'
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def fits(value, schema):
    check_schema(schema)
    try:
        read_document(json.dumps(value), schema)
    except InvalidJson:
        return False
    return True


def test_a_reference_within_the_schema_is_followed_and_none_leads_out_of_it():
    food = {"$defs": {"food": FOOD}, "$ref": "#/$defs/food"}
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


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"$schema": DRAFT_7, "items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", 1]),
        ({"items": [{"type": "string"}]}, ["a", 1], [1]),
        ({"$schema": DRAFT_7, "definitions": {"n": {"$id": "#n", "type": "number"}}, "$ref": "#n"}, 1, "1"),
        ({"$schema": DRAFT_7.replace("http", "https"), "items": [{"type": "null"}]}, [None], [1]),
        ({"$schema": DRAFT_7.rstrip("#"), "definitions": {"n": {"type": "null"}}, "$ref": "#/definitions/n"}, None, 1),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"$schema": "http://json-schema.org/draft-06/schema#", "contains": {"const": 1}}, [1], [2]),
        (
            {"$schema": DRAFT_2019, "$defs": {"n": {"$anchor": "n", "const": 0}}, "$ref": "#n"},
            0,
            1,
        ),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "string"}]}, ["a"], [1]),
        ({"$schema": "https://example.org/our-own", "type": "string"}, "a", 1),
        ({"$id": "https://example.org/food", "$defs": {"n": {"type": "null"}}, "$ref": "#/$defs/n"}, None, 1),
        ({"$ref": DRAFT_7}, {"type": "string"}, {"type": "none such"}),
    ],
)  # fmt: skip
def test_a_schema_is_read_as_its_own_draft_means_it(schema, good, bad):
    assert fits(good, schema)
    assert not fits(bad, schema)


def test_references_and_drafts_within_data_are_data():
    data = {"$ref": "#/nowhere", "$schema": 5}
    schema = {"enum": [data], "examples": [data], "default": data}
    assert fits(data, schema)
    assert fits(data, {"const": data})


def test_a_property_may_bear_a_keywords_name():
    names = ("$ref", "pattern", "patternProperties", "$schema")
    assert fits({"pattern": "("}, {"properties": {name: {"type": "string"} for name in names}})


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({1: 2}, "has the key 1"),
        ({"minimum": float("nan")}, "schema.minimum is nan"),
        ({"maximum": 2**64}, "beyond 64 bits"),
        ({"title": "\ud83d"}, "half a character"),
        ({"default": b"x"}, "default is a bytes"),
        ({"$schema": 7}, r"\$schema is no text"),
        ({"$ref": 7}, r"\$ref is 7"),
        ({"$ref": "#"}, "refers to itself without end"),
        ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "without end"),
        ({"$ref": "http://[bad"}, "which is not in it"),
        ({"allOf": [{"$ref": "#/parts/p"}], "parts": {"p": {"$ref": "#/nowhere"}}}, "'#/nowhere', which is not in it"),
        ({"properties": {"a": {"pattern": "("}}}, r"'\(' is no pattern"),
        ({"patternProperties": {"a)": {}}}, r"'a\)' is no pattern"),
    ],
)
def test_what_is_wrong_with_a_schema_is_a_value_error_that_names_it(schema, named):
    with pytest.raises(ValueError, match=named):
        check_schema(schema)


def test_a_schema_that_holds_itself_is_refused():
    schema = {"type": "object"}
    schema["properties"] = {"a": schema}
    with pytest.raises(ValueError, match="holds itself"):
        check_schema(schema)


def test_checking_a_schema_leaves_it_as_it_is():
    schema = {"$schema": DRAFT_7, "properties": {"a": {"$schema": DRAFT_7, "type": "null"}}}
    before = json.dumps(schema)
    check_schema(schema)
    assert json.dumps(schema) == before


def test_faults_are_few_however_many_there_are():
    with pytest.raises(InvalidJson) as caught:
        read_document(json.dumps(["x" * 1_000] * 500), {"items": {"type": "number"}})
    assert len(caught.value.faults) == 5
    assert max(map(len, caught.value.faults)) <= 300


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {f"p{index}": {"type": "string"} for index in range(20_000)}},
        {"enum": list(range(1_000_000))},
        {"anyOf": ({"type": "string"},) * 10_000},
    ],
)
def test_a_schema_that_would_take_long_to_check_is_refused(schema):
    with pytest.raises(ValueError, match="too large"):
        check_schema(schema)


def doubling(levels):
    """A schema of few lines whose every level looks twice at the next."""
    parts = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": parts | {f"a{levels}": {"type": "string", "minLength": 3}}}


def test_a_schema_that_doubles_the_work_with_each_level_is_refused_within_a_second():
    began = time.thread_time()
    with pytest.raises(ValueError, match="takes too long to check"):
        check_schema({**doubling(30), "$ref": "#/$defs/a0"})
    assert time.thread_time() - began < 1.0


@pytest.mark.anyio
async def test_an_answer_whose_check_doubles_with_each_level_is_a_fault_and_the_loop_goes_on():
    schema = {**doubling(30), "properties": {"x": {"$ref": "#/$defs/a0"}}}
    check_schema(schema)
    began = time.thread_time()
    with pytest.raises(InvalidJson, match="takes too long to check"):
        await read_document_async('{"x": 1}', schema)
    assert time.thread_time() - began < 1.0, "the rest was done by a thread"


def test_many_documents_in_one_answer_are_checked_within_one_limit():
    began = time.thread_time()
    with pytest.raises(InvalidJson, match="takes too long to check"):
        read_document(
            " and ".join(f'{{"x": {number}}}' for number in range(20)),
            {**doubling(30), "properties": {"x": {"$ref": "#/$defs/a0"}}},
        )
    assert time.thread_time() - began < 2 * ANSWER_SECONDS


def test_a_union_of_many_unions_is_no_trap():
    part = {"anyOf": [{"type": "object", "required": [f"k{n}"]} for n in range(10)]}
    check_schema({"$defs": {"part": part}, "anyOf": [{"$ref": "#/$defs/part"} for _ in range(20)]})
