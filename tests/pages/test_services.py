"""The coach's pages: an example one click away, results to be corrected and exported, a log that is the person's."""

import pytest

from pages.components.coach.entries import day_of, entry_of_line, entry_of_meal, entry_of_program
from pages.components.coach.meal_view import frame_of, items_of, rows_of
from pages.components.coach.program_view import COLUMNS, filled_columns, rows_of_week, session_name, session_of
from pages.components.console.files import csv_of
from pages.components.console.runtime import runtime
from pages.components.prompt.samples import FOLDER as SAMPLES
from router.services import FoodItem, Meal, Program, ProgramRequest, QuickEntry, Week
from router.simulator import Fault
from tests.pages.test_pages import words
from tests.services.replies import everybody_says, exercise, food, meal, streams, week

EGGS = FoodItem(**food())


def job_of(app):
    """The job that the page's address names."""
    return runtime().portal.find_job(app.query_params.get("job", ""))


def over(app):
    """Run the page once its job is over."""
    if (job := job_of(app)) is not None:
        assert job.ended.wait(20)
        app.run()
    return app


def pressed(app, key="send"):
    return over(app.button(key=key).click().run())


def pressed_twice(app, key):
    """Press a button twice before the page is drawn anew; gives what the address held in between."""
    app.button(key=key).click()
    states = app._tree.get_widget_states()
    app._run(states)
    between = dict(app.query_params)
    app._run(states)
    return between


def ate(show, text="2 eggs"):
    app = show("meals.py")
    app.text_area(key="meal").input(text)
    return pressed(app)


def added(show, text):
    app = show("quick_entry.py")
    app.text_input(key="line").input(text)
    return pressed(app)


# --- meals ---------------------------------------------------------------------------------------------------------


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
    assert "items[0].kcal" in said
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


# --- quick entry and the log ---------------------------------------------------------------------------------------


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
    assert "cannot be brought back" in words(app)
    app.button(key="confirm-delete-all").click().run()
    assert runtime().store.entries.count() == 0


def test_a_meal_in_the_log_opens_on_the_meals_page(show):
    ate(show)
    entry = runtime().store.entries.latest()[0]
    app = show("shell.py")
    app.switch_page("quick_entry.py").run()
    app.button(key=f"open-{entry.id}").click().run()
    assert not app.exception
    assert app.title[0].value == "Meals"


# --- coach ---------------------------------------------------------------------------------------------------------


def test_the_coach_speaks_of_a_quick_entry_and_shows_the_trace(show):
    added(show, "ran 5 km in 27 min")
    app = show("coach.py")
    app.button(key="ask-0").click().run()
    assert not app.exception
    said = words(app)
    assert "ran 5 km in 27 min" in said.split("Simulated reply")[1]
    assert "answered" in said


def test_a_second_question_follows_the_first_and_beginning_anew_forgets_both(show):
    app = show("coach.py")
    app.button(key="ask-0").click().run()
    app.chat_input(key="question").set_value("And tomorrow?").run()
    assert words(app).count("Simulated reply") == 2
    app.button(key="clear").click().run()
    assert "Simulated reply" not in words(app)


def test_the_address_brings_the_coachs_conversation_back_until_it_is_begun_anew(show):
    app = show("coach.py")
    app.button(key="ask-0").click().run()
    address = app.query_params["talk"]
    assert len(show("coach.py", talk=address).chat_message) == 2
    app.button(key="clear").click().run()
    assert show("coach.py", talk=address).chat_message == []


def test_where_nobody_answers_the_coach_says_so_and_can_be_asked_again(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=3_600))
    app = show("coach.py")
    app.button(key="ask-0").click().run()
    assert "No model is available." in words(app)
    assert not app.button(key="ask-0").disabled
    simulator.clear_faults()
    runtime().router.reset_failures()
    app.button(key="ask-1").click().run()
    assert not app.exception
    assert "Simulated reply" in words(app)


def test_a_message_that_is_not_taken_goes_back_into_its_field(show, simulator):
    before = len(simulator.requests)
    app = show("coach.py")
    app.chat_input(key="question").set_value("   ").run()
    field = app.chat_input(key="question").proto
    assert (field.set_value, field.value) == (True, "   ")
    assert len(app.warning) == 1
    assert len(simulator.requests) == before


@pytest.mark.parametrize("question", ["I have chest pain", "Ich bin umgeknickt", "no puedo respirar"])
def test_the_coach_sends_to_a_professional_before_any_model(show, simulator, question):
    app = show("coach.py")
    before = len(simulator.requests)
    app.chat_input(key="question").set_value(question).run()
    assert "Please see a professional." in words(app)
    assert len(simulator.requests) == before


def test_a_minor_gets_no_plan(show, simulator):
    app = show("coach.py")
    app.number_input(key="age").set_value(15).run()
    app.button(key="ask-2").click().run()
    assert "under 18" in words(app)


def test_a_reply_against_health_is_marked(show, simulator):
    simulator.set_fault("groq", "*", streams("You have tendinitis. Push through the pain."))
    app = show("coach.py")
    app.button(key="ask-0").click().run()
    said = words(app)
    assert "reads like a diagnosis" in said
    assert "in spite of pain" in said


def test_the_coach_says_what_to_do_first_and_always_that_it_is_no_doctor(show):
    app = show("coach.py")
    assert "Write your goal into the field above" in words(app)
    assert words(app).count("Not medical advice.") == 1
    app.text_input(key="goal").set_value("Run 10 km").run()
    assert ":gray[Write your goal" in words(app), "what is done is ticked"
    app.button(key="ask-0").click().run()
    assert "Write your goal" not in words(app)
    assert words(app).count("Not medical advice.") == 1


def test_recommendations_are_numbered_steps_with_their_reasons_and_what_they_rest_on(show):
    added(show, "ran 5 km in 27 min")
    app = show("coach.py")
    app.button(key="recommend").click().run()
    job = runtime().portal.find_job(app.session_state["advice-job"])
    assert job.ended.wait(20)
    app.run()
    said = words(app)
    assert len(job.result.items) >= 3
    for number, item in enumerate(job.result.items, start=1):
        assert f"{number}. {item.what}" in said
        assert f"Why: {item.reason}" in said
    assert "From your log: ran 5 km in 27 min" in said


def test_recommend_pressed_twice_asks_once(show):
    app = show("coach.py")
    app.button(key="recommend").click().run()
    first = app.session_state["advice-job"]
    app.button(key="recommend").click().run()
    assert app.session_state["advice-job"] == first


def test_the_coach_is_told_of_today_and_of_no_program(show):
    show("coach.py")
    entries = runtime().store.entries
    entries.put(entry_of_meal(Meal(entry="2 eggs", title="Eggs", items=(EGGS,))))
    entries.put(entry_of_meal(Meal(entry="old", title="Old", items=(EGGS,)), at=1_000_000.0))
    entries.put(entry_of_program(Program(request=ProgramRequest(goal="run"))))
    day = day_of(runtime(), "lose fat", None)
    assert [(entry.summary, entry.figures) for entry in day.entries] == [("Eggs", "143 kcal, 13 g protein")]


# --- programs ------------------------------------------------------------------------------------------------------


def test_a_program_is_one_click_and_one_press_away_with_its_plot_tables_and_findings(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    assert not app.exception
    assert [tab.label for tab in app.tabs] == ["Week 1", "Week 2", "Week 3", "Week 4"]
    assert len(app.get("plotly_chart")) == 1
    kept = Program.model_validate_json(runtime().store.entries.latest()[0].data)
    _, second, third, fourth = (week.sets for week in kept.weeks)
    assert (third * 3, fourth * 2) == (second * 4, third), "what the second opinion says is what the bars show"
    assert "Week 3: It has a third more sets than the week before" in words(app)
    assert "Week 4: It has half the sets of the week before" in words(app)
    assert runtime().store.entries.latest()[0].figures == "4 weeks, 3 sessions a week"


def test_a_column_in_which_nothing_stands_is_shown_where_it_is_wanted(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    entry = runtime().store.entries.latest()[0]
    assert "load_kg" not in filled_columns(Program.model_validate_json(entry.data).weeks)
    toggle = app.toggle(key=f"columns-{entry.id}")
    assert not shown_columns(app) & {"load_kg"}
    toggle.set_value(True).run()
    assert shown_columns(app) == set(COLUMNS)
    assert not app.exception


def shown_columns(app):
    """The columns of the first table."""
    return set(app.dataframe[0].proto.column_order)


def test_a_program_whose_button_is_pressed_twice_is_written_once(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    between = pressed_twice(app, "send")
    assert app.query_params["entry"] == between["entry"]
    over(app)
    assert [kept.id for kept in runtime().store.entries.latest()] == ["".join(app.query_params["entry"])]


def test_one_week_with_one_session_is_said_in_the_singular():
    program = Program(request=ProgramRequest(goal="run", weeks=1, days=1), weeks=(Week(**week(1, exercise())),))
    assert entry_of_program(program).figures == "1 week, 1 session a week"


def test_the_address_of_a_program_brings_back_what_was_asked_for(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    entry = runtime().store.entries.latest()[0]
    again = show("programs.py", entry=entry.id)
    assert again.text_input(key="program-goal").value == "Get stronger for everyday life"
    assert again.number_input(key="program-weeks").value == 4
    assert again.multiselect(key="program-equipment").value == ["barbell", "dumbbells", "bench"]
    again.text_input(key="program-goal").set_value("Run 10 km")
    pressed(again)
    assert runtime().store.entries.latest()[0].entry == "Run 10 km"
    assert again.text_input(key="program-goal").value == "Run 10 km"


def test_a_program_without_a_goal_is_not_asked_for(show):
    app = show("programs.py")
    app.button(key="send").click().run()
    assert "Write a goal first" in words(app)


def test_a_stopped_program_keeps_the_weeks_that_were_written(show, simulator):
    app = show("programs.py")
    app.button(key="example").click().run()
    app.number_input(key="program-weeks").set_value(12)
    simulator.set_fault("openrouter", "*", Fault("slow_start", seconds=0.0))
    app.button(key="send").click().run()
    job = job_of(app)
    while not (job.ended.is_set() or (job.partial is not None and job.partial.weeks)):
        job.ended.wait(0.005)
    job.cancel()
    assert job.ended.wait(20)
    app.run()
    assert not app.exception
    kept = runtime().store.entries.latest()
    assert len(kept) == 1
    assert kept[0].kind == "program"


def test_no_program_is_written_for_a_minor(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    app.number_input(key="program-age").set_value(15)
    pressed(app)
    assert "under 18" in words(app)


def test_a_corrected_session_keeps_its_title_and_equipment():
    week_before = Week(**week(1, exercise(), exercise(name="Plank", equipment=[], repetitions=None, seconds=40)))
    (old, *_), equipment = week_before.sessions, {one.name: one.equipment for one in week_before.exercises}
    rows = rows_of_week(week_before)
    assert session_of(old, rows, equipment) == old
    rows[0] |= {"sets": 5, "load_kg": 24}
    new = session_of(old, [*rows, dict.fromkeys(rows[0])], equipment)
    assert (new.exercises[0].sets, new.exercises[0].load_kg) == (5, 24)
    assert new.exercises[0].equipment == old.exercises[0].equipment
    assert session_of(old, [], equipment).title == old.title


def test_a_session_is_named_once():
    (session, *_) = Week(**week(1, exercise())).sessions
    assert session_name(2, session.model_copy(update={"title": "Upper body"})) == "Session 2: Upper body"
    assert session_name(2, session.model_copy(update={"title": "session 2"})) == "Session 2"


def test_an_entry_of_a_line_says_its_figures():
    line = QuickEntry(
        entry="ran", category="activity", summary="A run", at="2026-11-25T07:30:00+00:00",
        facts=[{"measure": "heart_rate", "value": 140, "unit": "bpm"}],
    )  # fmt: skip
    assert entry_of_line(line).figures == "heart rate 140 bpm"
