"""Recordings as a simulated model hears them: it measures them, and reads the words that a sample brings along.

Nothing here can hear. The samples that come with the console have their words in their metadata (a WAV's comment, as
`LIST INFO ICMT` has it); of any other recording the answer says that it is simulated, and how long the recording is.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNS = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg", b"\x1a\x45\xdf\xa3": "webm", b"ID3": "mp3", b"\xff": "mp3"}
_BYTES_A_SECOND = 16_000
"""Of an MP3 of 128 kbit/s, by which the length of all but a WAV is guessed."""
_LEAST_SECONDS = 0.01


class BadRecording(Exception):
    """A recording that cannot be read, with the provider's words for it."""


@dataclass(frozen=True, slots=True)
class HeardRecording:
    """What a recording is heard to be.

    Attributes:
        words: what its metadata says is spoken in it; empty where they say nothing.
    """

    seconds: float
    words: str = ""

    @property
    def text(self) -> str:
        """The transcription."""
        return self.words or f"Simulated transcription of a recording of {max(1, round(self.seconds))} seconds"


def hear_recording(data: bytes) -> HeardRecording:
    """Measure a recording, and read the words in its metadata.

    Raises:
        BadRecording: it is none.
    """
    kind = "m4a" if data[4:8] == b"ftyp" else next((kind for sign, kind in _SIGNS.items() if data.startswith(sign)), "")
    if not kind:
        raise BadRecording("could not process file - is it a valid media file?")
    heard = _hear_wave(data) if kind == "wav" else HeardRecording(len(data) / _BYTES_A_SECOND)
    if heard.seconds < _LEAST_SECONDS and kind == "wav":
        raise BadRecording(f"Audio file is too short. Minimum audio length is {_LEAST_SECONDS} seconds.")
    return heard


def _hear_wave(data: bytes) -> HeardRecording:
    try:
        with wave.open(io.BytesIO(data)) as file:
            seconds = file.getnframes() / max(1, file.getframerate())
    except (wave.Error, EOFError):
        raise BadRecording("could not process file - is it a valid media file?") from None
    lists = [inner for name, inner in _chunks(data[12:]) if name == b"LIST" and inner[:4] == b"INFO"]
    comments = [text for inner in lists for name, text in _chunks(inner[4:]) if name == b"ICMT"]
    return HeardRecording(seconds, comments[0].rstrip(b"\0").decode("utf-8", "replace").strip() if comments else "")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF file, or of a list in it: name and content of each."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4], data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
