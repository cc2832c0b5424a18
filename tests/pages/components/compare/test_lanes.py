"""What is said of two lanes: who was faster, and whose free quota does not suffice."""

import pytest

from pages.components.compare.lanes import faster_words

NAMES = ("Groq", "OpenRouter")


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((100.0, 670.0), "Groq was 6.7× faster to the first token."),
        ((670.0, 100.0), "OpenRouter was 6.7× faster to the first token."),
        ((100.0, 102.0), "Both were as fast to the first token."),
        ((None, 100.0), ""),
        ((0.0, 100.0), ""),
    ],
)
def test_the_faster_one_is_named_with_how_much_faster_it_was(times, words):
    assert faster_words(NAMES, times, "to the first token") == words
