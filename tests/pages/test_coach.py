"""The coach: it knows the day, sends to a professional where that is due, and its conversation comes back."""

import json
import time
from datetime import UTC, datetime

import pytest

from pages.components.coach.entries import day_of, entry_of_meal, entry_of_program
from pages.components.console.looks import list_time, plain
from pages.components.console.runtime import runtime
from router.services import FoodItem, Meal, Program, ProgramRequest
from router.simulator import Fault
from tests.pages.pressing import added, ate
from tests.pages.test_pages import words
from tests.services.replies import food, streams

EGGS = FoodItem(**food())


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
    assert "Write your goal" not in words(app), "what is done is not said again"
    assert "press a question" in words(app)
    app.button(key="ask-0").click().run()
    assert "press a question" not in words(app)
    assert words(app).count("Not medical advice.") == 1


def test_a_goal_is_kept_with_the_log_until_it_is_taken_out(show):
    show("coach.py").text_input(key="goal").set_value("Run 10 km").run()
    assert show("coach.py").text_input(key="goal").value == "Run 10 km"
    assert [entry.summary for entry in runtime().store.entries.latest()] == ["Run 10 km"]
    assert show("coach.py", goal="Swim").text_input(key="goal").value == "Swim"
    show("coach.py").text_input(key="goal").set_value("").run()
    assert show("coach.py").text_input(key="goal").value == ""
    assert runtime().store.entries.latest() == []


def test_what_the_coach_knows_has_its_days_and_what_todays_meals_come_to(show):
    ate(show)
    added(show, "ran 5 km yesterday at 07:30")
    said = words(show("coach.py"))
    assert said.index("Today</div>") < said.index("Yesterday</div>")
    assert said.count("143 kcal, 13 g protein in 1 meal") == 1


def test_a_model_is_told_what_time_it_is(show, simulator):
    show("coach.py").button(key="ask-0").click().run()
    sent = simulator.requests[-1].body["messages"][-1]["content"]
    assert json.loads(sent)["day"]["now"].startswith(datetime.now(UTC).strftime("%Y-%m-%d"))


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


def test_entries_that_say_the_same_share_a_line_with_both_their_times_and_are_both_told_to_the_model(show):
    show("coach.py")
    now = time.time()
    for _ in range(2):
        runtime().store.entries.put(entry_of_meal(Meal(entry="2 eggs", title="Eggs", items=(EGGS,)), at=now))
    app = show("coach.py")
    clock = list_time(now, time.time())
    (line,) = [one.value for one in app.markdown if "Eggs" in one.value]
    assert line.endswith(f"{plain(f'{clock}, {clock}')}]")
    assert len(day_of(runtime(), "", None).entries) == 2
    app.button(key="ask-0").click().run()
    assert "Eggs (2 times)" in words(app)
