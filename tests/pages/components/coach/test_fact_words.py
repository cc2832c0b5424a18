"""The figures of an entry as a person would write them."""

import pytest

from pages.components.coach.fact_words import adds_figures, facts_text
from router.services import Fact

BENCH = [("sets", 3, ""), ("repetitions", 8, ""), ("load", 60, "kg")]
SQUAT = [("sets", 5, ""), ("repetitions", 5, ""), ("load", 80, "kg")]


def facts(*rows):
    return [Fact(measure=measure, value=value, unit=unit) for measure, value, unit in rows]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("load", 60, "kg"), ("sets", 3, ""), ("repetitions", 8, "")], "3 × 8 at 60 kg"),
        ([("sets", 3, ""), ("repetitions", 8, "")], "3 × 8"),
        ([*BENCH, *SQUAT], "3 × 8 at 60 kg, 5 × 5 at 80 kg"),
        ([("sets", 3, ""), ("sets", 5, ""), ("repetitions", 8, "")], "3 sets, 5 sets, 8 repetitions"),
        ([("distance", 5, "km"), ("duration", 27, "min")], "5 km, 27 min"),
        ([("quantity", 2, "")], "2×"),
        ([("quantity", 2, "slices")], "2 slices"),
        ([("steps", 12_000, "")], "12,000 steps"),
        ([("body_fat", 18.5, "percent")], "body fat 18.5%"),
        ([("weight", 82.4, "kg")], "weight 82.4 kg"),
        ([("weight", 81.9, "")], "weight 81.9"),
        ([("sets", 4, ""), ("repetitions", 6, ""), ("heart_rate", 140, "bpm")], "4 × 6, heart rate 140 bpm"),
        ([], ""),
    ],
)  # fmt: skip
def test_figures_read_as_a_person_writes_them(rows, text):
    assert facts_text(facts(*rows)) == text


@pytest.mark.parametrize(
    ("figures", "summary", "adds"),
    [
        ("2×", "2 eggs and toast", False),
        ("3 × 8 at 60 kg", "bench press 3x8 at 60 kg", False),
        ("3 × 8 at 60 kg", "Bench press", True),
        ("393 kcal, 21 g protein", "2 eggs and a flat white", True),
        ("", "slept badly", False),
        ("5 km, weight 81.9", "ran 5 km, weight 81,9", False),
    ],
)
def test_figures_that_the_words_already_have_are_not_said_again(figures, summary, adds):
    assert adds_figures(figures, summary) is adds
