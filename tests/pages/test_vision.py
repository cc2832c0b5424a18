"""Vision: two models that look at the same picture are compared as on Compare."""

from pages.components.console.runtime import runtime
from tests.pages.test_pages import words


def test_two_models_answers_about_a_picture_are_voted_on_and_what_is_left_is_said_anew(show):
    app = show("vision.py")
    app.button(key="see_example").click().run()
    app.toggle(key="both_lanes").set_value(True).run()
    assert "has not said yet what is left" in words(app)
    app.button(key="look").click().run()
    assert not app.exception
    assert "has not said yet what is left" not in words(app)
    app.button(key="vote_left").click().run()
    ids = app.query_params["left"], app.query_params["right"]
    assert runtime().store.votes.of(*ids) == "left"
