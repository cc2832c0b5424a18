"""Compare: what of a list would be sent stands there before anything is."""

import pytest

from router import TaskType
from tests.pages.test_pages import words

ODD_NAME = "*bold* [a](https://example.org) `x` $5$ :red[y].csv"


def with_list(show, data, name="list.csv"):
    app = show("compare.py")
    app.file_uploader(key="list_file").set_value((name, data, "text/csv")).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("data", "prompts"),
    [
        (b"text\none\ntwo\n", ["one", "two"]),
        (b"prompts\none\n", ["one"]),
        (b"question,answer\nWhat is 6 x 7?,42\n", ["What is 6 x 7?"]),
        (b"prompt, please\nNext\n", ["prompt, please", "Next"]),
        (b"Hello, you\nAnd, then\n", ["Hello, you", "And, then"]),
        (b"prompt\n=1+1\n", ["=1+1"]),
    ],
)
def test_the_very_prompts_of_a_list_stand_there_before_one_is_sent(show, simulator, data, prompts):
    before = len(simulator.requests)
    app = with_list(show, data)
    (preview,) = app.dataframe
    assert list(preview.value["prompt"]) == prompts
    assert "Nothing is sent yet" in words(app)
    assert len(simulator.requests) == before


def test_the_name_of_a_list_is_text_where_it_is_refused(show):
    app = with_list(show, b"\xff\xfe", ODD_NAME)
    assert f"{ODD_NAME}: the file is no UTF-8 text" in words(app)
    assert r"\*bold\* \[a\](https\://example.org)" in app.error[0].value


def test_a_task_that_needs_a_picture_says_where_two_models_are_shown_one(show):
    app = show("compare.py")
    assert "This task needs a picture" not in words(app)
    app.session_state["task"] = TaskType.VISION
    app.run()
    assert "[Vision](./vision)" in words(app)
