"""A parameter that no provider takes is named before anything is sent."""

import orjson
import pytest

from router.request.parameters import checked_parameters


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"temperature": float("nan")}, "temperature is NaN"),
        ({"temperature": float("inf")}, "temperature is Infinity"),
        ({"temperature": True}, "temperature is true"),
        ({"temperature": "0.5"}, 'temperature is "0.5"'),
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"max_tokens": True}, "max_tokens is true"),
        ({"max_tokens": 5.0}, "max_tokens is 5.0"),
        ({"max_tokens": 2**31}, "max_tokens is 2147483648"),
        ({"seed": 2**64}, "seed is 18446744073709551616; it has to be a whole number of 64 bits"),
        ({"seed": 2**63}, "seed is"),
        ({"seed": -(2**63) - 1}, "seed is"),
        ({"seed": 10**5000}, "seed is a number of 16610 bits"),
        ({"seed": True}, "seed is true"),
        ({"seed": 1.0}, "seed is 1.0"),
        ({"stop": ""}, "stop is empty"),
        ({"stop": ["a", ""]}, r"stop\[1\] is empty"),
        ({"stop": ["a", None]}, r"stop\[1\] is missing"),
        ({"stop": list("abcde")}, "stop has 5 texts; 4 are the most"),
        ({"stop": "\ud83d"}, "stop holds half a character"),
        ({"stop": ["a", "\ud83d"]}, r"stop\[1\] holds half a character"),
        ({"stop": b"a"}, "stop is a bytes"),
        ({"top_k": 0}, "unknown parameters: top_k"),
    ],
)
def test_what_no_provider_takes_is_named(parameters, named):
    with pytest.raises(ValueError, match=named):
        checked_parameters(parameters)


def test_what_passes_can_be_written():
    parameters = {"temperature": 0, "max_tokens": 1, "seed": -(2**63), "stop": ("a", "b"), "tools": None}
    written = orjson.loads(orjson.dumps(checked_parameters(parameters)))
    assert written == {
        "temperature": 0,
        "max_tokens": 1,
        "seed": -(2**63),
        "stop": ["a", "b"],
    }


def test_no_stops_are_no_parameter():
    assert checked_parameters({"stop": []}) == {}
