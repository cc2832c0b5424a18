"""The end of a job is put down for the frame's script to speak, wherever a job is waited for."""

import re

from pages.components.console.runtime import runtime
from router.simulator import Fault
from tests.pages.pressing import ate, pressed


def announced(app):
    """The words that are spoken of a job, by its id."""
    bodies = "".join(element.proto.body for element in app.get("html"))
    return dict(re.findall(r'data-announces="([^"]+)" data-announce="([^"]+)"', bodies))


def test_the_end_of_a_meals_reading_is_spoken(show):
    assert announced(show("meals.py")) == {}
    assert list(announced(ate(show)).values()) == ["Analysing the meal: done."]


def test_a_reading_that_fails_is_spoken_too(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("content_policy"))
    app = ate(show)
    assert list(announced(app).values()) == ["Analysing the meal: it failed; the page says why."]


def test_an_old_meal_that_is_opened_is_not_spoken(show):
    ate(show)
    entry = runtime().store.entries.latest()[0]
    assert announced(show("meals.py", entry=entry.id)) == {}


def test_the_end_of_a_program_is_spoken(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    assert list(announced(app).values()) == ["Writing the program: done."]


def test_the_end_of_a_batch_is_spoken(show):
    app = show("compare.py")
    app.file_uploader(key="list_file").set_value(("list.csv", b"prompt\nTrain or rest?\n", "text/csv")).run()
    pressed(app, "run_list")
    (words,) = announced(app).values()
    assert words.endswith(": done.")
