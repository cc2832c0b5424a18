"""Recordings for tests: tones, silence, files that are none, and the samples that come with the console."""

import io
import math
import wave
from array import array
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
SPOKEN_ENTRY = (SAMPLES / "spoken-entry.wav").read_bytes()
ENTRY_WORDS = "ran 5 km in 27 min"
SPOKEN_QUESTION = (SAMPLES / "spoken-question.wav").read_bytes()
QUESTION_WORDS = "Should I train or rest today?"
MP3 = b"ID3\x04" + bytes(4_000)


def tone(seconds=1.0, loudness=8_000, *, rate=8_000, width=2):
    """A WAV of one tone; of silence where it has no loudness."""
    samples = array("h", (round(loudness * math.sin(step / 3)) for step in range(int(seconds * rate))))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes() if width == 2 else bytes(128 for _ in samples))
    return target.getvalue()
