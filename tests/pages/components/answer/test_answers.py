"""Whether a stored answer is JSON that was asked for."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.answer.answers import is_asked_json

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


TEXTS = {
    "code": "Before\n\n```python\n" + "x = fun(1)\n" * 60 + "```\n\nAfter",
    "verse": "{\n" + "".join(f'  "key": {number},\n' for number in range(60)) + "}\n\nAfter",
    "table": "|a|b|\n|-|-|\n" + "| some words | others |\n" * 60,
    "prose": "One paragraph.\n\n" + "Another with many words in it, said slowly. " * 30,
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("restart", [False, True])
def test_an_answer_that_grew_stands_there_as_one_that_was_drawn_at_once(kind, restart):
    grown = AppTest.from_function(_grow, args=(TEXTS[kind], restart), default_timeout=30).run()
    at_once = AppTest.from_function(_grow, args=(TEXTS[kind], False, len(TEXTS[kind])), default_timeout=30).run()
    assert not grown.exception
    assert drawn(grown) == drawn(at_once)
    assert drawn(grown)


def drawn(app):
    """What stands on a page, element by element."""
    elements = [*app.get("html"), *app.code]
    return [getattr(element.proto, "body", "") or element.proto.code_text for element in elements]


def _grow(text, restart, step=37):
    import streamlit as st

    from pages.components.answer.answers import AnswerView

    view = AnswerView(st.container())
    if restart:
        view.show("```\n" + "another answer, of more pieces\n" * 200, growing=True)
        view.clear()
    for end in range(step, len(text) + step, step):
        view.show(text[:end], growing=True)
    view.show(text)
