"""What is said of two answers' times: who was faster, and nothing of what is not known."""

import pytest

from pages.components.compare.lane_times import faster_words

NAMES = ("Groq", "OpenRouter")


TO_FIRST, TO_WHOLE = "faster to the first token", "faster to the whole answer"


@pytest.mark.parametrize(
    ("first", "total", "words"),
    [
        ((100.0, 670.0), (500.0, 1_000.0), f"Groq was 6.7× {TO_FIRST} and 2.0× {TO_WHOLE}."),
        ((670.0, 100.0), (None, 9.0), f"OpenRouter was 6.7× {TO_FIRST}."),
        ((100.0, 102.0), (500.0, 501.0), "Both were as fast to the first token and to the whole answer."),
        ((100.0, 102.0), (500.0, 1_000.0), f"Both were as fast to the first token. Groq was 2.0× {TO_WHOLE}."),
        ((100.0, 200.0), (900.0, 600.0), f"Groq was 2.0× {TO_FIRST}. OpenRouter was 1.5× {TO_WHOLE}."),
        ((None, 100.0), (0.0, 100.0), ""),
    ],
)
def test_the_faster_one_is_named_with_how_much_faster_it_was(first, total, words):
    assert faster_words(NAMES, first, total) == words
