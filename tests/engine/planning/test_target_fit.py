"""What of a recording a target cannot take, and what it counts there."""

import pytest

from router.engine.planning.target_fit import counted_seconds, recording_misfit
from router.request import read_recording
from router.table.dialects import TranscriptionForm
from tests.sounds import MP3, tone

SHORT = read_recording(tone(2.0))


def form(**values):
    return TranscriptionForm(at="/hear", **values)


def test_a_recording_fits_a_wire_that_takes_it():
    assert recording_misfit(SHORT, form()) is None


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (None, "writes no recordings down"),
        (form(largest=1_000), "the recording has 0.0 MiB, and it takes 0.0 MiB at most"),
        (form(formats=["mp3", "flac"]), "it takes no wav; it takes mp3, flac"),
    ],
)
def test_what_a_wire_does_not_take_is_said(wire, words):
    assert words in recording_misfit(SHORT, wire)


def test_a_short_recording_counts_what_its_provider_counts_at_least():
    assert counted_seconds(SHORT, form(least_seconds=10)) == 10
    assert counted_seconds(SHORT, form()) == pytest.approx(2.0)
    assert counted_seconds(read_recording(MP3), form()) == pytest.approx(0.25, abs=0.01)
    assert counted_seconds(SHORT, None) == 0
