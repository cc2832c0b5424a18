"""Compare: what of a list would be sent stands there before anything is."""

import pytest

from pages.components.console.runtime import runtime
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


def test_a_task_about_pictures_sends_the_same_picture_to_both_models(show, simulator):
    app = show("compare.py")
    app.button_group(key="task").set_value(TaskType.VISION).run()
    before = len(simulator.requests)
    app.button(key="run_both").click().run()
    assert "Write a prompt first" in words(app)
    app.button(key="example").click().run()
    assert {name.partition(":")[0] for name in app.selectbox(key="left_lane").options} >= {"Groq", "OpenRouter"}
    app.button(key="run_both").click().run()
    assert not app.exception
    pair = simulator.requests[before:]
    assert {request.provider for request in pair} == {"groq", "openrouter"}
    assert len({request.body["messages"][-1]["content"][1]["image_url"]["url"] for request in pair}) == 1
    assert words(app).count("two fried eggs") == 2


def test_a_list_that_says_what_is_expected_counts_who_was_right(show):
    app = with_list(show, b"prompt,expected\nWhat should I eat before a run?,banana|oats\nAnything else?,\n")
    assert list(app.dataframe[0].value["expected"]) == ["banana|oats", ""]
    app.button(key="run_list").click().run()
    job = runtime().portal.find_job(app.query_params["job"])
    assert job.ended.wait(20)
    said = words(app.run())
    assert "**Left** (" in said
    assert "is right in " in said
    assert "by McNemar's exact test" in said
