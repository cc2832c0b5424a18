"""An example replaces nobody's words for good."""

import pytest

from router import TaskType

FIELDS = {
    "run.py": ("prompt", "example"),
    "compare.py": ("prompt", "example"),
    "vision.py": ("vision_prompt", "see_example"),
    "meals.py": ("meal", "example"),
    "programs.py": ("program-goal", "example"),
}


def field(app, key):
    return next(one for one in [*app.text_area, *app.text_input] if one.key == key)


def offered(app):
    return [button for button in app.button if button.key == "example-undo"]


@pytest.mark.parametrize(("name", "keys"), FIELDS.items(), ids=list(FIELDS))
def test_what_a_person_wrote_comes_back_after_an_example_took_its_place(show, name, keys):
    app = show(name)
    field(app, keys[0]).input("my own long text")
    app.button(key=keys[1]).click().run()
    assert field(app, keys[0]).value != "my own long text"
    offered(app)[0].click().run()
    assert not app.exception
    assert field(app, keys[0]).value == "my own long text"
    assert offered(app) == []


SENDERS = {
    "run.py": "run",
    "compare.py": "run_both",
    "vision.py": "look",
    "meals.py": "send",
    "programs.py": "send",
}


@pytest.mark.parametrize("name", SENDERS)
def test_an_example_is_sent_by_a_quick_hand_whose_browser_has_not_drawn_it_yet(show, name):
    prompt, example = FIELDS[name]
    app = show(name)
    app.button(key=example).click().run()
    field(app, prompt).input("")  # what the browser still shows goes along with the press
    app.button(key=SENDERS[name]).click().run()
    assert not app.exception
    assert app.query_params, "it is asked"
    if name != "meals.py":  # whose field is free for the next one
        assert field(app, prompt).value


def test_a_line_of_quick_entry_comes_back_after_two_examples(show):
    app = show("quick_entry.py")
    app.text_input(key="line").input("my own line")
    for example in ("meal", "workout"):
        app.button(key=f"example-{example}").click().run()
    offered(app)[0].click().run()
    assert app.text_input(key="line").value == "my own line"


@pytest.mark.parametrize(("name", "keys"), FIELDS.items(), ids=list(FIELDS))
def test_nothing_is_offered_where_a_page_was_as_it_opens(show, name, keys):
    app = show(name)
    app.button(key=keys[1]).click().run()
    assert field(app, keys[0]).value
    assert offered(app) == []


def test_nothing_is_offered_where_nothing_was_written_or_the_example_was_changed(show):
    app = show("run.py")
    app.button(key="example").click().run()
    app.button_group(key="task").set_value(TaskType.VERIFICATION).run()
    app.button(key="example").click().run()
    assert offered(app) == [], "an example in an example's place"
    app.text_area(key="prompt").input("mine").run()
    app.button(key="example").click().run()
    assert len(offered(app)) == 1
    app.text_area(key="prompt").input("changed since").run()
    assert offered(app) == []


def test_a_schema_of_ones_own_comes_back_with_its_prompt(show):
    app = show("run.py")
    app.button_group(key="task").set_value(TaskType.STRUCTURED_OUTPUT).run()
    app.text_area(key="schema").input('{"type": "array"}').run()
    app.button(key="example").click().run()
    offered(app)[0].click().run()
    assert app.text_area(key="schema").value == '{"type": "array"}'
    assert app.text_area(key="prompt").value == ""


def test_asking_the_example_from_the_empty_page_keeps_a_half_written_prompt(show):
    app = show("run.py")
    app.text_area(key="prompt").input("half-written").run()
    app.button(key="start-example").click().run()
    assert app.query_params["run"]
    offered(app)[0].click().run()
    assert app.text_area(key="prompt").value == "half-written"
