"""A request about a recording: its options are checked, and the log keeps what it was and not its sound."""

import json

import pytest

from router.request import log_content, make_transcription, prompt_text
from router.types import SpeechTask, Target
from tests.sounds import MP3, tone


def test_a_recording_is_a_call_of_a_task_of_its_own():
    call = make_transcription(MP3, language="de", deadline=5, targets=["a:b"], source="gateway", app="phone")
    assert call.task is SpeechTask.TRANSCRIPTION
    assert (call.language, call.deadline, call.targets) == ("de", 5.0, (Target("a", "b"),))
    assert (call.source, call.app) == ("gateway", "phone")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"language": "German"}, "ISO 639-1"),
        ({"language": 7}, "ISO 639-1"),
        ({"deadline": 0}, "deadline"),
        ({"temperature": 1}, "unknown option 'temperature'"),
        ({"targets": "groq:x"}, "targets"),
    ],
)
def test_what_is_given_wrong_is_named(options, words):
    with pytest.raises(ValueError, match=words):
        make_transcription(MP3, **options)


def test_the_log_keeps_what_a_recording_was_and_nothing_of_its_sound():
    call = make_transcription(tone(2.0), language="en")
    kept = json.loads(log_content(call))
    assert kept["recording"] | {"sha256": ""} == {"format": "wav", "bytes": 32_044, "seconds": 2.0, "sha256": ""}
    assert len(kept["recording"]["sha256"]) == 64
    assert (kept["messages"], kept["language"]) == ([], "en")
    assert prompt_text(call) == "A recording of 2.0 s (wav, 32,044 bytes)"
    assert prompt_text(make_transcription(MP3)) == "A recording (mp3, 4,004 bytes)"
