"""What a simulated model hears: a recording's length, and the words that a sample brings along."""

import pytest

from router.simulator.answers.recordings import BadRecording, hear_recording
from tests.sounds import ENTRY_WORDS, MP3, QUESTION_WORDS, SPOKEN_ENTRY, SPOKEN_QUESTION, tone


@pytest.mark.parametrize(("data", "words"), [(SPOKEN_ENTRY, ENTRY_WORDS), (SPOKEN_QUESTION, QUESTION_WORDS)])
def test_the_samples_bring_their_words_along(data, words):
    heard = hear_recording(data)
    assert heard.text == words
    assert 2 < heard.seconds < 4


def test_of_any_other_recording_the_answer_says_that_it_is_simulated():
    assert hear_recording(tone(4.0)).text == "Simulated transcription of a recording of 4 seconds"
    assert hear_recording(MP3).text.endswith("of 1 seconds")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"words", "valid media file"), (b"RIFF\0\0\0\0WAVEjunk", "valid media file"), (tone(0.001), "too short")],
)
def test_what_is_no_recording_is_refused_in_the_providers_words(data, words):
    with pytest.raises(BadRecording, match=words):
        hear_recording(data)
