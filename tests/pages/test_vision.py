"""Vision: what is missing is said, one model or two are asked, and the two are compared as on Compare."""

import re

import pytest

from pages.components.console.runtime import runtime
from tests.pages.test_pages import words


def test_two_models_answers_about_a_picture_are_voted_on_and_what_is_left_is_said_anew(show):
    app = show("vision.py")
    app.button(key="see_example").click().run()
    app.toggle(key="both_lanes").set_value(True).run()
    assert "quota not known yet" in words(app)
    app.button(key="look").click().run()
    assert not app.exception
    assert "quota not known yet" not in words(app)
    app.button(key="vote_left").click().run()
    ids = app.query_params["left"], app.query_params["right"]
    assert runtime().store.votes.of(*ids) == "left"


@pytest.mark.parametrize(
    ("sample", "prompt", "said"),
    [
        (False, "", "Add a picture and a question first"),
        (False, "What is it?", "Add a picture first"),
        (True, " ", "Add a question first"),
    ],
)
def test_what_is_missing_is_said_in_one_go_and_nothing_is_sent(show, simulator, sample, prompt, said):
    app = show("vision.py")
    if sample:
        app.button(key="sample_scale").click().run()
    app.text_area(key="vision_prompt").set_value(prompt).run()
    before = len(simulator.requests)
    app.button(key="look").click().run()
    assert said in words(app)
    assert len(simulator.requests) == before


def test_a_bar_and_its_answers_figures_tell_the_same_times(show):
    app = show("vision.py")
    app.button(key="see_example").click().run()
    app.toggle(key="both_lanes").set_value(True).run()
    app.button(key="look").click().run()
    bodies = [element.proto.body for element in app.get("html")]
    clock = next(body for body in bodies if 'class="clock"' in body)
    totals = [re.search(r"total <b>(.*?)</b>", body)[1] for body in bodies if "tok/s" in body]
    assert len(totals) == 2
    assert all(f"<td>{total}</td>" in clock for total in totals)


def test_a_picture_goes_to_the_chosen_model_with_its_system_prompt_and_a_link_brings_both_back(show, simulator):
    app = show("vision.py")
    app.button(key="see_example").click().run()
    target = next(name for name in app.selectbox(key="see_target").options if name.startswith("Groq"))
    app.selectbox(key="see_target").select(target).run()
    app.text_area(key="see_system").input("Be brief.").run()
    app.button(key="look").click().run()
    assert simulator.requests[-1].provider == "groq"
    assert simulator.requests[-1].body["messages"][0]["content"] == "Be brief."
    app.text_area(key="see_system").input("Be long.").run()
    app.button(key="edit").click().run()
    assert app.text_area(key="see_system").value == "Be brief."
    again = show("vision.py", run=app.query_params["run"])
    assert again.selectbox(key="see_target").value.startswith("groq:")


def test_another_sample_is_one_click_away_also_beside_a_picture(show):
    app = show("vision.py")
    app.button(key="sample_scale").click().run()
    app.button(key="sample_gym-board").click().run()
    assert "gym-board.jpg" in words(app)
    assert app.button_group(key="from").options == ["Upload", "Camera"]


def test_what_one_model_saw_is_checked_by_another_family_which_is_sent_the_picture_too(show, simulator):
    app = show("vision.py")
    app.button(key="sample_gym-board").click().run()
    app.button(key="look").click().run()
    looked = simulator.requests[-1]
    app.button(key="check").click().run()
    assert not app.exception
    said = words(app)
    assert "Second opinion by" in said
    assert "Verdict:" in said
    checked = simulator.requests[-1]
    assert checked.model != looked.model
    pictures = [[part for part in seen.body["messages"][-1]["content"] if part["type"] == "image_url"]
                for seen in (looked, checked)]  # fmt: skip
    assert pictures[0] == pictures[1] != []


def test_a_comparison_that_is_left_and_found_again_has_its_switch_and_its_models(show):
    app = show("shell.py")
    app.switch_page("vision.py").run()
    app.button(key="see_example").click().run()
    app.toggle(key="both_lanes").set_value(True).run()
    app.button(key="look").click().run()
    app.switch_page("health.py").run()
    app.switch_page("vision.py").run()
    assert app.toggle(key="both_lanes").value is True
    assert "left" in app.query_params
