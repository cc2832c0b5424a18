"""A request to write down what is said in a recording, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Unpack

from router.request.call import Call, checked_options
from router.request.parameters import short_form
from router.request.recordings import read_recording
from router.types import TaskConfig, TaskType, TranscribeOptions

_NO_FLAGS = TaskConfig(TaskType.REAL_TIME_CHAT)
"""A recording has no flags; which of the eight tasks stands here is looked at by nobody (`Call.task` says what is)."""

_LANGUAGE = re.compile(r"[a-z]{2,3}")


def make_transcription(data: bytes, **options: Unpack[TranscribeOptions]) -> Call:
    """Check a recording and what was given with it, and make a `Call` of them.

    Raises:
        ValueError: names what is wrong.
    """
    if unknown := [name for name in options if name not in TranscribeOptions.__optional_keys__]:
        known = ", ".join(sorted(TranscribeOptions.__optional_keys__))
        raise ValueError(f"unknown option {unknown[0]!r}; there are: {known}")
    return Call(
        config=_NO_FLAGS,
        messages=(),
        recording=read_recording(data),
        language=_checked_language(options.get("language")),
        **checked_options(options),
    )


def _checked_language(language: object) -> str | None:
    if language is None or (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        return language
    raise ValueError(f"language is {short_form(language)}; it has to be a code of ISO 639-1, such as en or de")
