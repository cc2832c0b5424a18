"""What is doubtful in a result is said with its place, in words that no data has."""

import pytest

from pages.components.coach.service_view import doubt_words
from router.services import Doubt


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "It is much"),
        ("at", "When: it is much"),
        ("items[0].kcal", "Item 1, kcal: it is much"),
        ("weeks[2].sessions[0].exercises[10].rpe", "Week 3, session 1, exercise 11, effort: it is much"),
        ("weeks[0].sessions", "Week 1, sessions: it is much"),
        ("kcal_low", "Kcal low: it is much"),
    ],
)
def test_a_doubt_says_its_place_as_people_call_it(path, words):
    assert doubt_words(Doubt(path=path, sentence="it is much")) == words
