"""What is no JSON is named with its place, before anything is sent."""

import enum
from types import MappingProxyType

import orjson
import pytest

from router.json_answers import plain_json


class Colour(enum.StrEnum):
    RED = "red"


def test_what_can_be_written_is_copied_as_plain_values():
    value = MappingProxyType({"a": (1, 2.5, True, None), "b": Colour.RED})
    plain = plain_json("it", value)
    assert plain == {"a": [1, 2.5, True, None], "b": "red"}
    assert orjson.loads(orjson.dumps(plain)) == plain


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"a": {1: 2}}, "it.a has the key 1, a int"),
        ({"a": [float("inf")]}, r"it.a\[0\] is inf"),
        ({"a": 2**64}, "it.a is a whole number beyond 64 bits"),
        ({"a": -(2**63) - 1}, "beyond 64 bits"),
        ({"a": "\udc00"}, "it.a holds half a character"),
        ({"\udc00": 1}, "a key of it holds half a character"),
        ({"a": {1, 2}}, "it.a is a set"),
        ({"a": b"x"}, "it.a is a bytes"),
        ({"a": int}, "it.a is a type"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_place(value, named):
    with pytest.raises(ValueError, match=named):
        plain_json("it", value)


def test_what_holds_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(ValueError, match="nested too deeply"):
        plain_json("it", value)
