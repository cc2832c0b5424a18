"""A figure of an entry that no fact has is named in the entry's own words; what measures nothing is left in peace."""

import pytest

from router.services.unread import clauses_of, unread_figures


@pytest.mark.parametrize(
    ("text", "values", "unread"),
    [
        ("ran 5 km in 28 min, slept 7 h, weight 81,9", [5, 28, 7], ("weight 81,9",)),
        ("5 km gelaufen, 7 h geschlafen und Gewicht 81,9", [5, 7], ("Gewicht 81,9",)),
        ("bench press 3x8 at 60 kg", [60], ("press 3x8",)),
        ("60min run, 18,5% body fat", [60], ("18,5%",)),
        ("2 eggs and 200ml milk", [2], ("200ml",)),
        ("blood pressure 120/80", [80], ("pressure 120/80",)),
        ("ran 27:45", [5], ("ran 27:45",)),
        ("marathon 42 km, may 5 km more", [], ("marathon 42 km", "may 5 km")),
    ],
)
def test_a_number_in_no_fact_is_named_with_its_word_and_its_unit(text, values, unread):
    assert unread_figures(text, values) == unread


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("weight 81,9", [81.9]),
        ("weight 81.9", [81.9]),
        ("10.000 Schritte, 10,000 steps", [10_000]),
        ("10k steps", [10_000]),
        ("1,234.5 kcal", [1_234.5]),
        ("1.234,5 kcal", [1_234.5]),
        ("a run of 1:30 h", [90]),
        ("a run of 1:30 h", [1.5]),
        ("slept 7h30", [7.5]),
        ("27:45 min", [27.75]),
        ("120/80", [120, 80]),
        ("1/2 avocado", [0.5]),
        ("mood 8/10", [8]),
        ("bench 3 x 8", [3, 8]),
    ],
)
def test_a_number_counts_as_read_in_any_way_in_which_it_may_be_meant(text, values):
    assert unread_figures(text, values) == ()


@pytest.mark.parametrize(
    "text",
    [
        "ran at 07:30", "ran at 7 this morning", "gelaufen um 7, 3. Mai", "7 pm walk", "7.30 Uhr",
        "um 7 Uhr", "26.11. rest day", "26.11.2026", "2026-11-26", "11/26/2026", "Nov 26th", "26 November 2026",
        "3. Mai", "since 2019", "3 days ago", "vor 3 Tagen", "hace 3 días", "took B12", "my 2nd run", "from 7 to 9",
    ],
)  # fmt: skip
def test_times_dates_and_names_are_no_measures(text):
    assert unread_figures(text, []) == ()


def test_a_comma_between_digits_parts_no_clause():
    assert clauses_of("ran 5 km, weight 81,9; slept 7 h") == ["ran 5 km", "weight 81,9", "slept 7 h"]
