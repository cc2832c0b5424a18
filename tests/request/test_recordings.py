"""A recording is known by its bytes, and what holds nothing is said before anything is sent."""

import pytest

from router.request import read_recording
from router.types import RECORDING_FORMATS
from tests.sounds import MP3, SPOKEN_ENTRY, tone

FORMATS = {
    "wav": tone(),
    "mp3": MP3,
    "m4a": b"\0\0\0\x20ftypM4A " + bytes(40),
    "ogg": b"OggS" + bytes(40),
    "webm": b"\x1a\x45\xdf\xa3" + bytes(40),
    "flac": b"fLaC" + bytes(40),
}


@pytest.mark.parametrize("kind", RECORDING_FORMATS)
def test_each_kind_is_told_by_its_first_bytes_and_sent_under_a_name_of_ours(kind):
    recording = read_recording(FORMATS[kind])
    assert recording.format == kind
    assert recording.file_name == f"recording.{kind}"
    assert recording.media_type.startswith("audio/")


def test_an_mp3_without_a_tag_is_one_and_a_stream_of_aac_is_none():
    assert read_recording(b"\xff\xfb" + bytes(40)).format == "mp3"
    with pytest.raises(ValueError, match="no sound file"):
        read_recording(b"\xff\xf1" + bytes(40))


def test_a_wav_tells_its_length_and_of_others_it_is_guessed():
    assert read_recording(tone(2.0)).seconds == pytest.approx(2.0)
    assert read_recording(SPOKEN_ENTRY).seconds == pytest.approx(3.3, abs=0.1)
    assert read_recording(MP3).seconds is None
    assert read_recording(b"ID3" + bytes(160_000)).guessed_seconds == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"just words", "no sound file that is known"),
        (b"%PDF-1.7" + bytes(100), "no sound file that is known"),
        (tone(0.01), "too short"),
        (tone(0.0), "too short"),
        (tone(1.0, loudness=0), "silent"),
        (tone(1.0, loudness=20), "silent"),
        ("a text", "it has to be the bytes"),
        (None, "it has to be the bytes"),
    ],
)
def test_what_holds_nothing_to_be_heard_is_named(data, words):
    with pytest.raises(ValueError, match=words):
        read_recording(data)


def test_a_wav_that_is_written_in_an_odd_way_is_left_to_the_provider():
    assert read_recording(b"RIFF\x10\0\0\0WAVEfmt ").seconds is None
    assert read_recording(tone(1.0, width=1)).seconds == pytest.approx(1.0)


def test_other_kinds_of_bytes_are_taken_too():
    assert read_recording(bytearray(MP3)).data == read_recording(memoryview(MP3)).data == MP3
