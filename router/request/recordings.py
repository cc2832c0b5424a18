"""A recording as callers give it: what it is by its own bytes, and whether there is anything in it to be sent.

What is empty, silent or no recording is said before anything is sent: it would cost a call, and models make up words
where there is nothing to hear.
"""

from __future__ import annotations

import hashlib
import io
from array import array
from dataclasses import dataclass, field

from router.types.request_kinds import RECORDING_FORMATS, RecordingFormat

MEDIA_TYPES: dict[RecordingFormat, str] = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
    "flac": "audio/flac",
}

_LEAST_SECONDS = 0.1
"""Seconds: nobody has said a word within less."""

_SILENCE = 32
"""The loudest sample of a recording that holds nothing, of 32,768: a microphone that is switched off gives zeros, and
the quietest room some hundreds."""

_BYTES_A_SECOND = 16_000
"""Of an MP3 of 128 kbit/s: what a recording's length is guessed by where its bytes do not tell it plainly."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of speech, whose bytes were looked at.

    Attributes:
        format: what its bytes say that it is, whatever its name says.
        seconds: how long it is; None where its bytes do not tell it plainly.
        sha256: the hash of its bytes, which the log keeps in their place.
    """

    data: bytes = field(repr=False)
    format: RecordingFormat
    seconds: float | None = None
    sha256: str = ""

    @property
    def file_name(self) -> str:
        """The name that it is sent under: providers go by its ending, and the person's own name of it stays here."""
        return f"recording.{self.format}"

    @property
    def media_type(self) -> str:
        """What it is, as HTTP says it."""
        return MEDIA_TYPES[self.format]

    @property
    def guessed_seconds(self) -> float:
        """How long it is, or may be."""
        return self.seconds if self.seconds is not None else len(self.data) / _BYTES_A_SECOND


def read_recording(data: bytes) -> Recording:
    """A recording out of a file's bytes.

    Raises:
        ValueError: it is empty, silent or of no kind that is known; says so in words for people.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise ValueError(f"recording is a {type(data).__name__}; it has to be the bytes of a file")
    data = bytes(data)
    if not data:
        raise ValueError("recording is empty: the file holds no bytes")
    kind = _format_of(data)
    if kind is None:
        raise ValueError(
            f"recording is no sound file that is known by its bytes; these are: {', '.join(RECORDING_FORMATS)}"
        )
    seconds = _checked_wave(data) if kind == "wav" else None
    return Recording(data, kind, seconds, hashlib.sha256(data).hexdigest())


def _format_of(data: bytes) -> RecordingFormat | None:
    """What a file is by its first bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "m4a"
    signs: dict[bytes, RecordingFormat] = {b"fLaC": "flac", b"OggS": "ogg", b"\x1a\x45\xdf\xa3": "webm", b"ID3": "mp3"}
    known = next((kind for sign, kind in signs.items() if data.startswith(sign)), None)
    return known or ("mp3" if _is_mpeg_frame(data[:2]) else None)


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether an MP3 begins here without a tag: eleven set bits, and a layer (an AAC stream has none)."""
    return len(head) == 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0


def _checked_wave(data: bytes) -> float | None:
    """The length of a WAV in seconds; None where it is written in a way that is left to the provider.

    Raises:
        ValueError: it holds no sound.
    """
    import wave  # loaded with the first WAV: a router that is sent none needs it for nothing

    try:
        with wave.open(io.BytesIO(data)) as file:
            width, rate, frames = file.getsampwidth(), file.getframerate(), file.readframes(file.getnframes())
            seconds: float = len(frames) / max(1, width * file.getnchannels() * rate)
    except (wave.Error, EOFError):
        return None
    if seconds < _LEAST_SECONDS:
        raise ValueError(f"recording is too short: it lasts {seconds:.2f} s, and no word fits into that")
    if width == 2 and _loudest_sample(frames) <= _SILENCE:
        raise ValueError("recording is silent: nothing is to be heard in it; is the microphone switched on?")
    return seconds


def _loudest_sample(frames: bytes) -> int:
    samples = array("h", frames[: len(frames) // 2 * 2])
    if samples.itemsize != 2:  # a machine whose short numbers are longer
        return _SILENCE + 1
    return max(max(samples), -min(samples)) if samples else 0
