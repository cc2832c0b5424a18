"""Meals: an example one click away, figures with their doubts, and a table to be corrected and exported."""

import re

from pages.components.coach.meal_view import COLUMNS, frame_of, items_of, rescaled, rows_of, shown_columns
from pages.components.console import looks
from pages.components.console.files import csv_of
from pages.components.console.runtime import runtime
from pages.components.prompt.samples import FOLDER as SAMPLES
from router.services import FoodItem, Meal
from router.simulator import Fault
from tests.pages.pressing import added, ate, pressed
from tests.pages.test_pages import words
from tests.services.replies import everybody_says, food, meal

EGGS = FoodItem(**food())


def test_a_meal_is_one_click_and_one_press_away_from_its_table_and_is_kept(show):
    app = show("meals.py")
    app.button(key="example").click().run()
    pressed(app)
    assert not app.exception
    said = words(app)
    assert "393" in said
    assert "answered" in said
    assert len(app.get("plotly_chart")) == 1
    assert [entry.figures for entry in runtime().store.entries.latest()] == ["393 kcal, 21 g protein"]


def test_a_meal_is_found_again_by_its_address(show):
    ate(show)
    entry = runtime().store.entries.latest()[0]
    assert "143" in words(show("meals.py", entry=entry.id))
    assert "no entry with this id" in words(show("meals.py", entry="01NOBODY"))


def test_a_meal_in_a_photo_is_read_by_one_model_and_checked_by_another(show):
    app = show("meals.py")
    app.file_uploader[0].set_value(("plate.jpg", (SAMPLES / "breakfast-plate.jpg").read_bytes(), "image/jpeg"))
    pressed(app)
    assert not app.exception
    assert "Another model puts the meal at" in words(app)
    kept = Meal.model_validate_json(runtime().store.entries.latest()[0].data)
    assert {served.role for served in kept.served} == {"read", "check"}


def test_doubts_are_shown_with_their_place_and_what_the_models_were_told(show, simulator):
    everybody_says(simulator, meal(food(kcal=20)))
    said = words(ate(show))
    assert "Item 1, kcal: " in said
    assert "Read by the next" in said


def test_what_a_model_calls_a_meal_is_shown_as_text(show, simulator):
    everybody_says(simulator, meal(food(), title="![p](https://example.org/p.png) <b>Eggs</b>"))
    app = ate(show)
    assert app.header[0].value == r"!\[p\](https\://example.org/p.png) \<b\>Eggs\</b\>"


def test_nothing_to_read_is_said_and_nobody_is_asked(show, simulator):
    before = len(simulator.requests)
    app = show("meals.py")
    app.button(key="send").click().run()
    assert "Write what you ate" in words(app)
    assert len(simulator.requests) == before


def test_where_nobody_answers_the_page_says_who_can_do_what(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=3_600))
    said = words(ate(show))
    assert "No model is available." in said
    assert runtime().store.entries.count() == 0


def test_answers_that_cannot_be_used_are_named_as_such(show, simulator):
    everybody_says(simulator, meal(food(name="")))
    assert "could not be used" in words(ate(show))


def test_signs_of_danger_show_advice_and_no_figures(show, simulator):
    before = len(simulator.requests)
    app = ate(show, "I made myself throw up after dinner")
    assert "Please see a professional." in words(app)
    assert len(simulator.requests) == before


def test_what_a_person_leaves_empty_in_the_table_is_nothing():
    rows = frame_of([EGGS]).to_dict("records")
    empty = dict.fromkeys(rows[0])
    toast = empty | {"name": " toast ", "grams": float("nan"), "kcal": -3, "unit": "loaf"}
    items = items_of([*rows, empty, toast])
    assert items[0] == EGGS
    assert [(item.name, item.grams, item.kcal, item.unit) for item in items[1:]] == [("toast", 0, 0, "portion")]


def test_a_file_of_a_meal_has_its_totals_and_no_formula():
    bad = EGGS.model_copy(update={"name": "=1+1"})
    text = csv_of(rows_of(Meal(entry="", title="", items=(bad, EGGS))))
    lines = text.splitlines()
    assert lines[1].startswith("'=1+1,")
    assert lines[-1].startswith("Total,,,200.0,286.0")


def test_what_a_day_has_come_to_stands_over_its_meals(show):
    ate(show, "2 eggs")
    said = words(ate(show, "2 eggs and toast"))
    assert "**Today, 2 meals**" in said
    assert f"374{looks.THIN}kcal" in said
    assert "without nutrients" not in said


def test_a_line_that_was_filed_as_a_meal_has_its_nutrients_worked_out_where_it_is_opened(show):
    added(show, "2 eggs and toast")
    (line,) = runtime().store.entries.latest()
    app = show("meals.py", entry=line.id)
    assert not app.exception
    assert not app.get("data_editor")
    assert "Today" not in [block.value for block in app.header]
    pressed(app, "work-out")
    (meal,) = runtime().store.entries.latest()
    assert (meal.id, meal.figures) == (line.id, "231 kcal, 15 g protein")


def test_a_column_of_zeros_comes_when_it_is_wanted(show):
    app = ate(show, "2 eggs")
    assert {"fibre", "alcohol"} & set(shown_columns([EGGS], every=False)) == set()
    assert len(shown_columns([EGGS], every=True)) == len(COLUMNS)
    app.toggle(key="meal-columns").set_value(True).run()
    assert not app.exception


def test_a_deleted_entry_comes_back_where_it_was(show):
    app = ate(show)
    (entry,) = runtime().store.entries.latest()
    app.button(key=f"delete-{entry.id}").click().run()
    assert runtime().store.entries.latest() == []
    app.button(key="undo-delete").click().run()
    assert runtime().store.entries.latest() == [entry]
    assert not [button for button in app.button if button.key == "undo-delete"]


def test_another_quantity_takes_its_row_along_and_any_other_correction_stands_as_it_is():
    doubled = EGGS.model_copy(update={"quantity": 4.0})
    assert rescaled([EGGS], [doubled]) == (
        doubled.model_copy(update={"grams": 200.0, "kcal": 286.0, "protein": 25.2, "carbohydrate": 1.4, "fat": 19.0}),
    )
    by_hand = EGGS.model_copy(update={"quantity": 4.0, "kcal": 300.0})
    assert rescaled([EGGS], [by_hand]) == (by_hand,)
    assert rescaled([EGGS], [EGGS, doubled]) == (EGGS, doubled)


def test_words_that_name_no_food_are_not_saved_and_come_back_at_a_press(show):
    app = ate(show, "asdf qwer")
    assert not app.exception
    assert app.header[0].value == "No food found"
    assert "Nothing was saved." in words(app)
    assert runtime().store.entries.count() == 0
    assert "Today" not in words(app)
    assert app.text_area(key="meal").value == ""
    app.button(key="meal-back").click().run()
    assert app.text_area(key="meal").value == "asdf qwer"


def test_impossible_figures_are_kept_only_on_purpose(show, simulator):
    everybody_says(simulator, meal(food(fibre=100)))
    app = ate(show)
    assert app.header[0].value == "Is this a meal?"
    assert runtime().store.entries.count() == 0
    app.button(key="save-anyway").click().run()
    assert not app.exception
    assert runtime().store.entries.count() == 1
    assert "nutrients weigh" in words(app)


def test_a_meal_that_was_sent_leaves_its_field(show):
    app = ate(show)
    assert app.text_area(key="meal").value == ""
    assert not [button for button in app.button if button.key == "meal-back"]


def test_where_nobody_answered_the_words_come_back_at_a_press(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=3_600))
    app = ate(show)
    app.button(key="meal-back").click().run()
    assert app.text_area(key="meal").value == "2 eggs"


def test_a_food_that_no_row_is_of_is_named_above_the_figures(show, simulator):
    everybody_says(simulator, meal(food()))
    said = words(ate(show, "2 eggs and salad"))
    assert "Not found: **salad**." in said
    assert re.search(r"Today, 1 meal\*\* · .* · 1 food missing", said), "nor is the day's sum told as if it were whole"
    assert runtime().store.entries.latest()[0].figures.endswith("g protein, 1 food missing")


def test_the_amount_stands_beside_the_food_and_every_weight_has_its_unit():
    assert shown_columns([EGGS], every=True)[:4] == ["name", "quantity", "unit", "kcal"]
    assert {COLUMNS[name][-3:] for name in ("protein", "carbohydrate", "fat", "fibre", "alcohol", "grams")} == {", g"}
