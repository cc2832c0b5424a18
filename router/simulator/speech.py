"""The endpoint that writes recordings down, as the simulated providers have it: its form, its refusals, its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.simulator.answers.recordings import BadRecording, HeardRecording, hear_recording
from router.simulator.checks import Refused
from router.simulator.faults.scene import Scene
from router.simulator.models.catalogue import Model
from router.simulator.wire.script import Pause, Send, Start, Step, json_reply
from router.simulator.wire.wires import Answer, Wire

LARGEST_RECORDING = 26_214_400
"""Bytes of a recording that is sent as a file, whatever the plan (measured at Groq in August 2026)."""

_ENDINGS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "opus", "wav", "webm")
_FORMATS = ("json", "text", "verbose_json")
_TO_HEAR = 1 / 200
"""Seconds of work for a second of sound: some two hundred times as fast as it was spoken."""


@dataclass(frozen=True, slots=True)
class RecordingForm:
    """What came in such a form.

    Attributes:
        fields: its texts.
        name: the file's name; None where there is no file.
    """

    fields: Mapping[str, str]
    name: str | None = None
    data: bytes = field(default=b"", repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """What the record of requests keeps of it."""
        return {**self.fields, "file": {"name": self.name, "bytes": len(self.data)}}


@dataclass(frozen=True, slots=True)
class SpeechScene(Scene):
    """A recording about to be answered."""

    seconds: float = 0.0

    def reply(self, answer: Answer | None = None) -> list[Step]:
        """The transcription, in the form that was asked for."""
        transcript = answer or self.answer
        pause, form = Pause(transcript.first_token), self.body.get("response_format", "json")
        if form == "text":
            return [pause, Start(200, {"content-type": "text/plain"}), Send(transcript.text.encode(), text=True)]
        if self.wire.name == "odd":
            return [pause, *json_reply({"heard": {"words": transcript.text, "length": self.seconds}})]
        mark = {"x_groq": {"id": f"req_{transcript.id}"}} if self.wire.name == "groq" else {}
        return [
            pause,
            *json_reply(
                {**(self._verbose(transcript) if form == "verbose_json" else {"text": transcript.text}), **mark}
            ),
        ]

    def _verbose(self, answer: Answer) -> dict[str, Any]:
        segment = {
            "id": 0,
            "seek": 0,
            "start": 0,
            "end": self.seconds,
            "text": f" {answer.text}",
            "tokens": [],
            "temperature": 0,
            "avg_logprob": -0.2,
            "compression_ratio": 1.1,
            "no_speech_prob": 0,
        }
        return {
            "task": "transcribe",
            "language": self.body.get("language") or "English",
            "duration": self.seconds,
            "text": f" {answer.text}",
            "segments": [segment],
        }


def speech_scene(wire: Wire, model: Model, form: RecordingForm, *, number: int, pace: float) -> SpeechScene:
    """A recording with what a healthy model would write down.

    Args:
        number: the request's.
        pace: natural delays times this.

    Raises:
        Refused: the form, the file or the model is none for that; with the provider's own status and words.
    """
    heard = _heard_in(wire, model, form)
    answer = Answer(f"{number}", model.id, heard.text, first_token=pace * (0.2 + heard.seconds * _TO_HEAR))
    return SpeechScene(wire, answer, body=form.body, seconds=round(heard.seconds, 2))


def _heard_in(wire: Wire, model: Model, form: RecordingForm) -> HeardRecording:
    if problem := _problem_of(model, form):
        raise Refused(wire.refusal(400, problem))
    if len(form.data) > LARGEST_RECORDING:
        raise Refused(wire.refusal(413, "Request Entity Too Large", code="request_too_large"))
    try:
        return hear_recording(form.data)
    except BadRecording as error:
        raise Refused(wire.refusal(400, str(error))) from None


def _problem_of(model: Model, form: RecordingForm) -> str:
    """What is wrong with a form, in words; empty where nothing is."""
    if not model.speech:
        return f"The model `{model.id}` does not support audio transcriptions"
    if form.name is None:
        return "one of `file` or `url` must be specified"
    if form.name.rpartition(".")[2].lower() not in _ENDINGS:
        return f"file must be one of the following types: [{' '.join(_ENDINGS)}]"
    if not form.data:
        return "file is empty"
    if form.fields.get("response_format", "json") not in _FORMATS:
        return f"response_format must be one of [{' '.join(_FORMATS)}]"
    return ""
