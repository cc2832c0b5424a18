"""Programs: one click and one press away, checked by a second model, and corrected by a person."""

from streamlit.testing.v1 import AppTest

from pages.components.coach.entries import entry_of_line, entry_of_program
from pages.components.coach.program_view import COLUMNS, filled_columns, rows_of_week, session_name, session_of
from pages.components.console.runtime import runtime
from router.services import Program, ProgramRequest, QuickEntry, Week
from router.simulator import Fault
from tests.pages.pressing import job_of, over, pressed, pressed_twice
from tests.pages.test_pages import words
from tests.services.replies import exercise, week


def test_a_program_is_one_click_and_one_press_away_with_its_plot_tables_and_findings(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    assert not app.exception
    assert "Change the request" in [one.label for one in app.expander], "the form gives way to its program"
    assert [tab.label for tab in app.tabs] == ["Week 1", "Week 2", "Week 3", "Week 4"]
    assert len(app.get("plotly_chart")) == 1
    kept = Program.model_validate_json(runtime().store.entries.latest()[0].data)
    _, second, third, fourth = (week.sets for week in kept.weeks)
    assert (third * 3, fourth * 2) == (second * 4, third), "what the second opinion says is what the bars show"
    assert "Week 3: A third more sets than the week before" in words(app)
    assert "Week 4: Half the sets of the week before" in words(app)
    assert "but the second opinion has remarks" in words(app)
    assert ":green[" not in words(app), "what another model questions is not shown as all right"
    assert runtime().store.entries.latest()[0].figures == "intermediate, 4 weeks, 3 sessions a week"


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
    assert entry_of_program(program).figures == "beginner, 1 week, 1 session a week"


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


def test_a_field_is_not_filled_by_its_example(show):
    app = show("programs.py")
    assert app.text_input(key="program-limits").placeholder == "e.g. sore left shoulder"
    assert app.multiselect(key="program-equipment").placeholder == "None: bodyweight only", "a default, and no example"


def test_while_a_program_is_written_the_list_does_not_say_that_there_is_nothing(show, simulator):
    simulator.set_fault("openrouter", "*", Fault("slow_start", seconds=1.0))
    app = show("programs.py")
    app.button(key="example").click().run()
    app.button(key="send").click().run()
    assert "It is kept here once it is ready." in words(app)
    assert "Nothing here yet" not in words(app)
    over(app)
    assert "It is kept here" not in words(app)


def test_each_part_of_a_long_program_is_kept_as_a_case_by_a_name_of_its_own(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    app.number_input(key="program-weeks").set_value(12)
    pressed(app)
    names = [block.proto.popover.label for block in app.get("popover")]
    kept = [name for name in names if name.startswith("Keep ")]
    assert kept[:2] == ["Keep part 1 as a case", "Keep part 2 as a case"]
    assert len(set(kept)) == len(kept)


def test_a_stopped_program_keeps_the_weeks_that_were_written(show, simulator):
    app = show("programs.py")
    app.button(key="example").click().run()
    app.number_input(key="program-weeks").set_value(12)
    simulator.set_fault("openrouter", "*", Fault("slow_start", seconds=0.3))
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


def test_weeks_are_read_while_the_others_are_written():
    app = AppTest.from_function(_show_first_week).run()
    said = words(app)
    assert "**Week 1** :small[settle in]" in said
    assert "- Session 1: Back squat 3 × 6, Plank 3 × 40 s" in said
    assert "More to come." in said
    assert "fixed rules: 1 of 2" in said
    assert said.index("fixed rules") < said.index("Second opinion"), "what comes after the weeks is said meanwhile"


def _show_first_week():
    from pages.components.coach.program_view import show_written
    from router.services import Program, ProgramRequest
    from tests.services.replies import exercise

    week = {"number": 1, "focus": "settle in", "sessions": [{"title": "Session 1", "exercises": [
        exercise(name="Back squat", sets=3, repetitions=6), exercise(name="Plank", sets=3, repetitions=None, seconds=40)
    ]}]}  # fmt: skip
    show_written(Program.model_validate({"request": ProgramRequest(goal="Run", weeks=2), "weeks": [week]}))


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


def test_a_program_is_copied_as_plain_lines_that_say_what_it_is_made_for(show):
    app = show("programs.py")
    app.button(key="example").click().run()
    pressed(app)
    (text,) = [code.value for code in app.code if code.value.startswith("Get stronger")]
    assert "\nWeek 1: settle in\n\nSession 1\n- Back squat 3 × 6, RPE 6, rest 90 s\n" in text
    assert "- Plank 3 × 40 s" in text
    said = words(app)
    assert "barbell, dumbbells, bench · spares" in said
    assert "Within the fixed limits" in said
