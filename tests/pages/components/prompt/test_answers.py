"""Whether a stored answer is JSON that was asked for."""

import pytest

from pages.components.prompt.answers import is_asked_json

ASKED = {"response_format": {"type": "json_object"}}


@pytest.mark.parametrize("request_", [ASKED, {"config": {"requires_json": True}}])
def test_json_that_was_asked_for_is_json(request_):
    assert is_asked_json(request_, '{"a": 1}')
    assert is_asked_json(request_, "[1]")


@pytest.mark.parametrize("text", ["[Note] the reps", "{a}", "{", '"text"', ""])
def test_what_only_begins_like_json_is_text(text):
    assert not is_asked_json(ASKED, text)


@pytest.mark.parametrize("request_", [None, {}, {"config": {"requires_json": False}, "response_format": None}])
def test_json_that_nobody_asked_for_is_text(request_):
    assert not is_asked_json(request_, '{"a": 1}')
