"""Programs: of the size that was asked for, with what is there, checked by another family, or the doubt is marked."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import AllTargetsFailed
from router.services import Concern, ProgramRequest, Week, write_program
from router.services.programs import split_weeks
from router.services.training import check_weeks, injured_parts
from router.simulator import Fault
from router.table.families import family
from router.types import Target
from tests.services.replies import everybody_says, exercise, says, week

DUMBBELLS = ProgramRequest(goal="Get stronger", level="intermediate", days=1, weeks=2, equipment=("dumbbells",))


def asked(**changes):
    return ProgramRequest(**(DUMBBELLS.model_dump() | changes))


def weeks(*given):
    return [Week(**one) for one in given]


def paths(found):
    return [doubt.path for doubt in found]


# --- what can be computed ---------------------------------------------------------------------------------------------


def test_a_sound_program_has_nothing_to_doubt():
    assert check_weeks(weeks(week(1), week(2)), DUMBBELLS) == []


@given(st.lists(st.integers(1, 16), max_size=6), st.integers(1, 7))
def test_other_weeks_or_days_than_were_asked_for_never_pass(numbers, days):
    found = check_weeks(weeks(*(week(number, days=days) for number in numbers)), DUMBBELLS)
    assert bool(found) == (numbers != [1, 2] or days != 1)


@pytest.mark.parametrize(
    ("name", "equipment", "words"),
    [
        ("Back squat", [], "needs barbell"),
        ("Leg press", ["machines"], "needs machines"),
        ("Pull-up", [], "needs pull-up bar"),
        ("Bench press", ["dumbbells"], "needs barbell and bench or dumbbells and bench or machines"),
    ],
)
def test_an_exercise_that_needs_what_is_not_there_never_passes(name, equipment, words):
    found = check_weeks(weeks(week(1, exercise(name=name, equipment=equipment))), asked(weeks=1))
    assert words in found[0].sentence


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ("sore left shoulder", "Dumbbell shoulder press"),
        ("Knie tut manchmal weh", "Jump squat"),
        ("lumbares delicadas", "Romanian deadlift"),
        ("bad wrists", "Push-up"),
        ("Schulter", "Handstand"),
        ("achilles", "Burpees"),
    ],
)
def test_an_exercise_that_a_stated_injury_forbids_never_passes(limits, name):
    given = weeks(week(1, exercise(name=name, equipment=[])))
    assert any("which the limits name" in doubt.sentence for doubt in check_weeks(given, asked(weeks=1, limits=limits)))
    assert not any("limits" in doubt.sentence for doubt in check_weeks(given, asked(weeks=1)))


def test_limits_that_name_no_part_of_the_body_forbid_nothing():
    assert injured_parts("little time, coming from a holiday") == frozenset()


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 40), st.integers(1, 40))
def test_a_leap_in_work_never_passes(sets, later, repetitions, more):
    first, second = exercise(sets=sets, repetitions=repetitions), exercise(sets=later, repetitions=more, rpe=7.5)
    found = check_weeks(weeks(week(1, first), week(2, second)), DUMBBELLS)
    assert ("weeks[1]" in paths(found)) == (later * more > 1.5 * sets * repetitions)


def test_loads_that_leap_and_weeks_that_are_all_the_same_are_named():
    heavy = weeks(week(1, exercise(load_kg=20)), week(2, exercise(load_kg=30)))
    assert "from 20 to 30 kg" in check_weeks(heavy, DUMBBELLS)[0].sentence
    same = weeks(week(1, exercise()), week(2, exercise()))
    assert "no progression" in check_weeks(same, DUMBBELLS)[0].sentence


@pytest.mark.parametrize(
    "changes",
    [{"repetitions": None}, {"seconds": 30}, {"name": "Pull-up", "equipment": []}],
    ids=lambda changes: str(changes),
)
def test_an_exercise_is_for_repetitions_or_for_a_time(changes):
    assert check_weeks(weeks(week(1, exercise(**changes))), asked(weeks=1))


def test_a_beginner_is_not_sent_to_the_limit():
    given = weeks(week(1, exercise(rpe=9.5)))
    assert check_weeks(given, asked(weeks=1, level="beginner"))
    assert check_weeks(given, asked(weeks=1, level="advanced")) == []


# --- with models ------------------------------------------------------------------------------------------------------

anyio = pytest.mark.anyio


@anyio
async def test_a_program_is_written_and_checked_by_another_family(world):
    request = ProgramRequest(
        goal="Get stronger",
        level="intermediate",
        weeks=4,
        equipment=("barbell", "dumbbells"),
        limits="sore left shoulder",
    )
    program = await write_program(world.router, request)
    assert program.doubts == ()
    assert [week.number for week in program.weeks] == [1, 2, 3, 4]
    assert {len(week.sessions) for week in program.weeks} == {3}
    assert program.findings
    families = {
        role: {
            family(world.router.table, Target(one.provider, one.model)) for one in program.served if one.role == role
        }
        for role in ("read", "check")
    }
    assert families["read"].isdisjoint(families["check"])


@anyio
async def test_the_accuracy_tier_writes_it(world):
    program = await write_program(world.router, DUMBBELLS)
    assert {one.provider for one in program.served if one.role == "read"} == {"openrouter"}


@anyio
async def test_a_long_program_is_written_part_by_part_each_knowing_the_one_before(world):
    seen = []
    request = asked(weeks=8, days=4)
    program = await write_program(
        world.router, request, watch=lambda program, weeks: seen.append((len(program.weeks), list(weeks)))
    )
    assert seen == [(0, [1, 2]), (2, [3, 4]), (4, [5, 6]), (6, [7, 8]), (8, [])]
    assert [week.number for week in program.weeks] == list(range(1, 9))
    assert program.doubts == ()
    assert split_weeks(world.router, request) == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert '"weeks_before": [{"number": 1' in world.seen[1].body["messages"][-1]["content"]


@anyio
async def test_a_part_waits_for_an_allowance_that_refills_soon(world, simulator):
    simulator.set_fault("groq", "*", Fault("rate_limited", retry_after=3_600))
    simulator.set_fault("openrouter", "*", Fault("rate_limited", retry_after=1, for_seconds=0.8))
    program = await write_program(world.router, DUMBBELLS)
    assert len(program.weeks) == 2


@anyio
async def test_a_part_does_not_wait_for_hours(world, simulator):
    simulator.set_fault("openrouter", "*", Fault("rate_limited", retry_after=7_200))
    with pytest.raises(AllTargetsFailed):
        await write_program(world.router, DUMBBELLS)


@anyio
async def test_what_was_written_is_there_when_it_is_stopped(world, simulator):
    seen = []

    def watch(program, weeks):
        seen.append(program)
        if len(program.weeks) == 2:
            task.cancel()

    task = asyncio.create_task(write_program(world.router, asked(weeks=8, days=4), watch=watch))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [week.number for week in seen[-1].weeks] == [1, 2]


@anyio
async def test_a_program_with_missing_equipment_goes_back_and_what_remains_is_marked(world, simulator):
    wrong = {
        "weeks": [
            week(1, exercise(name="Back squat", equipment=["barbell"])),
            week(2, exercise(name="Back squat", equipment=[])),
        ]
    }
    everybody_says(simulator, wrong)
    program = await write_program(world.router, DUMBBELLS)
    assert [one.role for one in program.served[:3]] == ["read", "read again", "read by the next"]
    assert "weeks[0].sessions[0].exercises[0].name" in paths(program.doubts)
    told = world.seen[1].body["messages"][-1]["content"]
    assert "Back squat needs barbell" in told


@anyio
@pytest.mark.parametrize("deadline", [3.0])
async def test_where_no_other_family_can_check_that_is_marked(world, simulator):
    for model in (
        "inclusionai/ling-3.0-flash-vl:free",
        "dots-studio/dots-3-note-preview:free",
        "google/gemma-4-31b-it:free",
    ):
        simulator.set_fault("openrouter", model, Fault("server_error"))
    simulator.set_fault("openrouter", "openrouter/free", Fault("server_error"))
    simulator.set_fault("groq", "*", Fault("server_error"))
    program = await write_program(world.router, DUMBBELLS)
    assert program.findings is None
    assert "no model of another family" in program.doubts[-1].sentence
    assert len(program.weeks) == 2


@anyio
async def test_findings_are_shown_as_they_were_said(world, simulator):
    findings = {"findings": [{"week": 2, "severity": "concern", "sentence": "Little pulling in it."}]}
    simulator.set_fault("openrouter", "inclusionai/ling-3.0-flash-vl:free", says(findings))
    program = await write_program(world.router, DUMBBELLS)
    assert [finding.sentence for finding in program.findings] == ["Little pulling in it."]


@anyio
@pytest.mark.parametrize(
    ("changes", "concern"),
    [
        ({"age": 15}, Concern.MINOR),
        ({"goal": "lose 12 kg in 3 weeks on 700 kcal a day"}, Concern.INTAKE),
        ({"limits": "me torcí el tobillo ayer"}, Concern.INJURY),
        ({"limits": "Druck auf der Brust beim Laufen"}, Concern.DANGER),
    ],
)
async def test_no_program_is_written_against_health(world, changes, concern):
    program = await write_program(world.router, asked(**changes))
    assert program.advice.concern is concern
    assert program.weeks == ()
    assert world.seen == []


@anyio
async def test_with_openrouters_first_model_broken_a_whole_program_comes_of_the_next(world, simulator):
    simulator.set_fault(
        "openrouter", "deepseek/deepseek-v4-flash-0731:free", Fault("invalid_json", variant="truncated")
    )
    program = await write_program(world.router, DUMBBELLS)
    assert [week.number for week in program.weeks] == [1, 2]
    assert program.doubts == ()


@anyio
async def test_with_groq_alone_a_program_is_written_and_the_missing_check_is_marked(world, simulator):
    world.environment["OPENROUTER_API_KEY"] = None
    await world.router.aclose()
    world.router = world.new_router()
    simulator.set_fault("groq", "openai/gpt-oss-120b", Fault("json_validate_failed", times=1))
    program = await write_program(world.router, DUMBBELLS)
    assert [week.number for week in program.weeks] == [1, 2]
    assert {one.provider for one in program.served} == {"groq"}
    assert any("another family" in doubt.sentence for doubt in program.doubts)


@anyio
async def test_a_corrected_program_is_checked_anew(world):
    program = await write_program(world.router, DUMBBELLS)
    assert program.corrected(program.weeks[:1]).doubts != ()
    assert program.corrected(program.weeks).doubts == ()
