"""A line of several kinds can be split by its clauses; each part keeps its own figures, and the line's day."""

from datetime import UTC, datetime

from router.services import Category, Fact, QuickEntry
from router.services.entry_parts import parts_of

AT = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


def line(text, *facts):
    made = tuple(Fact(measure=measure, value=value, unit="") for measure, value in facts)
    return QuickEntry(entry=text, category=Category.ACTIVITY, summary="", at=AT, facts=made)


def told(parts):
    return [(part.category, part.entry, [fact.value for fact in part.facts]) for part in parts]


def test_each_kind_becomes_an_entry_of_its_own_with_its_figures_and_the_same_time():
    parts = parts_of(line("run 5 km in 28 min, slept 7 h", ("distance", 5), ("duration", 28), ("sleep", 7)))
    assert told(parts) == [("activity", "run 5 km in 28 min", [5, 28]), ("measurement", "slept 7 h", [7])]
    assert {part.at for part in parts} == {AT}


def test_clauses_of_one_kind_and_those_without_a_measure_stay_together():
    facts = (("sets", 3), ("load", 80), ("sets", 4), ("weight", 82))
    parts = parts_of(line("felt good, squat 3 x 80, bench 4 sets, tired, weight 82", *facts))
    assert told(parts) == [
        ("workout", "felt good, squat 3 x 80, bench 4 sets, tired", [3, 80, 4]),
        ("measurement", "weight 82", [82]),
    ]


def test_a_figure_that_stands_in_no_clause_goes_with_the_first_and_is_not_lost():
    parts = parts_of(line("ran 5 km, slept 7 h", ("distance", 5), ("sleep", 7), ("heart_rate", 151)))
    assert told(parts) == [("activity", "ran 5 km", [5, 151]), ("measurement", "slept 7 h", [7])]


def test_a_line_of_one_kind_has_no_parts():
    assert parts_of(line("ran 5 km, heart rate 140", ("distance", 5), ("heart_rate", 140))) == ()
