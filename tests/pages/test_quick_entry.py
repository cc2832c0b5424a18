"""Quick entry and its log: a line is filed as what it is, corrected, and deleted by whom it belongs to."""

import pytest

from pages.components.coach.entries import keep_goal
from pages.components.coach.entry_list import kinds_text
from pages.components.console.runtime import runtime
from router.services import QuickEntry
from tests.pages.pressing import added, ate, job_of, over, pressed, pressed_twice
from tests.pages.test_pages import words
from tests.services.replies import entry, everybody_says


@pytest.mark.parametrize("example", ["Meal", "Workout", "Activity", "Measurement", "Note", "Question"])
def test_every_example_is_a_click_away_and_read_as_what_it_is(show, example):
    app = show("quick_entry.py")
    app.button(key=f"example-{example.lower()}").click().run()
    pressed(app)
    assert not app.exception
    entry = runtime().store.entries.latest()[0]
    assert entry.kind == example.lower()


def test_add_pressed_twice_files_once_and_the_line_is_empty_after_it(show):
    app = show("quick_entry.py")
    app.text_input(key="line").input("slept badly")
    pressed_twice(app, "send")
    assert app.text_input(key="line").value == ""
    over(app)
    assert [entry.entry for entry in runtime().store.entries.latest()] == ["slept badly"]


def test_a_meal_whose_button_is_pressed_twice_is_read_once(show):
    app = show("meals.py")
    app.text_area(key="meal").input("2 eggs")
    pressed_twice(app, "send")
    over(app)
    assert runtime().store.entries.count() == 1


def test_a_category_that_a_person_corrects_is_kept(show):
    app = added(show, "slept badly")
    app.selectbox[0].set_value("measurement").run()
    assert runtime().store.entries.latest()[0].kind == "measurement"


def test_one_entry_is_deleted_by_its_button(show):
    app = added(show, "slept badly")
    entry = runtime().store.entries.latest()[0]
    app.button(key=f"delete-{entry.id}").click().run()
    assert runtime().store.entries.count() == 0
    assert "Nothing here yet." in words(app)


def test_all_are_deleted_only_after_one_question(show):
    app = added(show, "slept badly")
    app.button(key="delete-all").click().run()
    assert runtime().store.entries.count() == 1
    assert "This deletes 1 note " in words(app)
    app.button(key="confirm-delete-all").click().run()
    assert runtime().store.entries.count() == 0


def test_what_is_deleted_at_once_is_named_by_its_kinds_and_comes_back(show):
    keep_goal(runtime(), "run 10 km")
    added(show, "slept badly")
    app = added(show, "ran 5 km")
    before = runtime().store.entries.latest()
    app.button(key="delete-all").click().run()
    said = words(app)
    for kind in ("1 goal", "1 note", "1 activity"):
        assert kind in said
    assert "made on other pages" in said
    app.button(key="confirm-delete-all").click().run()
    assert not app.exception
    app.button(key="undo-delete").click().run()
    assert runtime().store.entries.latest() == before


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ("", "nothing"),
        ("note", "1 note"),
        ("activity activity note", "2 activities and 1 note"),
        ("meal meal program goal", "2 meals, 1 program and 1 goal"),
    ],
)
def test_kinds_are_counted_in_words(kinds, text):
    assert kinds_text(kinds.split()) == text


MIXED = "ran 5 km in 28 min, slept 7 h, weight 81,9"


def test_a_number_that_is_in_no_row_is_named_under_them_until_it_is_in_one(show, simulator):
    run, night = {"measure": "distance", "value": 5, "unit": "km"}, {"measure": "sleep", "value": 7, "unit": "h"}
    everybody_says(simulator, entry(facts=[run, night]))
    said = words(added(show, MIXED))
    assert "Not read: **28 min**, **weight 81,9**." in said
    everybody_says(simulator, entry(facts=[run]))
    assert "Not read" not in words(added(show, "ran 5 km yesterday at 07:30"))


def test_each_number_is_read_within_its_own_clause_and_a_comma_is_a_decimal_one(show):
    app = added(show, MIXED)
    (kept,) = runtime().store.entries.latest()
    facts = QuickEntry.model_validate_json(kept.data).facts
    assert [(fact.measure, fact.value) for fact in facts] == [
        ("distance", 5), ("duration", 28), ("sleep", 7), ("weight", 81.9),
    ]  # fmt: skip
    assert "Not read" not in words(app)


def test_a_line_of_several_kinds_is_split_at_one_press(show):
    app = added(show, MIXED)
    assert app.button(key="split").label == "Split into 2 measurements and 1 activity"
    app.button(key="split").click().run()
    assert not app.exception
    kept = {one.entry: one.kind for one in runtime().store.entries.latest()}
    assert kept == {"ran 5 km in 28 min": "activity", "slept 7 h": "measurement", "weight 81,9": "measurement"}
    assert not [button for button in app.button if button.key == "split"]


def test_a_part_of_a_split_line_has_its_own_figures_and_category_and_no_others(show):
    app = added(show, MIXED)
    app.button(key="split").click().run()
    app.run()
    figures = {one.entry: one.figures for one in runtime().store.entries.latest()}
    assert figures == {"ran 5 km in 28 min": "5 km, 28 min", "slept 7 h": "sleep 7 h", "weight 81,9": "weight 81.9"}
    assert app.selectbox[0].value == "activity"
    assert "entry" in app.query_params


def test_a_line_of_one_kind_is_offered_no_split(show):
    app = added(show, "squat 3x5 at 80 kg, bench 3x8 at 60 kg")
    assert not [button for button in app.button if button.key == "split"]


def test_a_line_that_is_about_nothing_known_says_so(show):
    assert "is not sure" in words(added(show, "asdf qwer"))


def test_a_question_is_handed_to_the_coach_in_its_own_words(show):
    app = show("shell.py")
    app.switch_page("quick_entry.py").run()
    app.text_input(key="line").input("Should I train today?")
    pressed(app)
    assert not app.get("data_editor")
    app.button(key="ask-coach").click().run()
    assert not app.exception
    assert app.title[0].value == "Coach"
    assert app.chat_input(key="question").proto.value == "Should I train today?"


def test_a_meals_nutrients_are_worked_out_at_one_press_and_take_the_lines_place(show):
    app = show("shell.py")
    app.switch_page("quick_entry.py").run()
    app.text_input(key="line").input("chicken with rice yesterday at 12:30")
    pressed(app)
    (line,) = runtime().store.entries.latest()
    over(app.button(key="work-out").click().run())
    assert not app.exception
    assert app.title[0].value == "Meals"
    (meal,) = runtime().store.entries.latest()
    assert (meal.id, meal.at, meal.entry) == (line.id, line.at, line.entry)
    assert "kcal" in meal.figures


@pytest.mark.parametrize("page", ["quick_entry.py", "programs.py"])
def test_an_address_that_names_another_pages_entry_leads_there(show, page):
    ate(show)
    (entry,) = runtime().store.entries.latest()
    app = show("shell.py", entry=entry.id)
    app.switch_page(page).run()
    app.query_params["entry"] = entry.id
    app.run()
    assert not app.exception
    assert app.title[0].value == "Meals"


def test_a_meal_in_the_log_opens_on_the_meals_page(show):
    ate(show)
    entry = runtime().store.entries.latest()[0]
    app = show("shell.py")
    app.switch_page("quick_entry.py").run()
    app.button(key=f"open-{entry.id}").click().run()
    assert not app.exception
    assert app.title[0].value == "Meals"


def test_add_pressed_once_more_after_a_quick_answer_leaves_no_line_either(show):
    app = show("quick_entry.py")
    app.text_input(key="line").input("slept badly")
    app.button(key="send").click()
    states = app._tree.get_widget_states()
    app._run(states)
    job = job_of(app)
    assert job is None or job.ended.wait(20), "none: it was over while the page was drawn"
    app._run(states)
    assert app.text_input(key="line").value == ""
    assert [entry.entry for entry in runtime().store.entries.latest()] == ["slept badly"]
