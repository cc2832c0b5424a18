"""The answer's format: what is wrong with it, or with its schema, is said before anything is sent."""

from collections.abc import Callable

import pydantic
import pytest

from router.request import make_call
from router.types import TaskConfig, TaskType

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "hello"}]


class Meal(pydantic.BaseModel):
    name: str
    kcal: float


class NoSchema(pydantic.BaseModel):
    thing: Callable[[], int]


def asking(response_format, config=CHAT):
    return make_call(config, HELLO, response_format=response_format)


def schema(value, **more):
    return {"type": "json_schema", "json_schema": {"name": "n", "schema": value, **more}}


@pytest.mark.parametrize(
    ("response_format", "named"),
    [
        ("json_object", 'response_format is .*it was "json_object"'),
        (["json_object"], "response_format is"),
        ({}, "response_format is"),
        ({"type": ["json_object"]}, "response_format is"),
        (b"json_object", "response_format is"),
        (dict, "the class dict, which is no pydantic model"),
        (Meal(name="a", kcal=1), "response_format is"),
        (NoSchema, "NoSchema has no JSON schema"),
        ({"type": "json_schema"}, "the schema in it is missing"),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": "{}"}}, "the schema in it is missing"),
        (schema({}, name="two words"), 'name is "two words"'),
        (schema({}, name="x" * 65), "name is"),
        (schema({}, name=5), "name is 5"),
        (schema({1: "a"}), "response_format.json_schema.schema has the key 1"),
        (schema({"minimum": float("nan")}), "schema.minimum is nan"),
        (schema({"maximum": 2**64}), "beyond 64 bits"),
        (schema({"title": "\udc00"}), "schema.title holds half a character"),
        (schema({"enum": {"a", "b"}}), "schema.enum is a set"),
        (schema({"type": "objekt"}), r"does not hold at \$.type"),
        (schema({"$ref": "#/$defs/none"}), "which is not in it"),
        (schema({"pattern": "("}), "is no pattern"),
        (schema({}, strict=object()), "strict is a object"),
    ],
)
def test_what_cannot_be_asked_for_is_named(response_format, named):
    with pytest.raises(ValueError, match=named):
        asking(response_format)


def test_a_pydantic_model_stands_for_its_schema():
    call = asking(Meal)
    assert call.response_format["json_schema"]["name"] == "Meal"
    assert call.schema == Meal.model_json_schema()


def test_a_schema_without_a_name_gets_one():
    assert (
        asking({"type": "json_schema", "json_schema": {"schema": {}}}).response_format["json_schema"]["name"]
        == "answer"
    )


def test_text_is_no_format_unless_the_task_wants_json():
    assert asking({"type": "text"}).response_format is None
    assert asking({"type": "text"}, TaskConfig(type="vision", requires_json=True)).wants_json


def test_a_pattern_that_cannot_be_checked_here_is_sent_on():
    password = {"type": "string", "pattern": r"^(?=.*\p{Lu}).{8,}$"}
    assert asking(schema(password)).schema == password
