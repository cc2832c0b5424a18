"""What the router does with recordings of speech: the door for those who speak rather than write.

A recording is one more kind of request of the same router: its targets stand in the routing table, and attempts,
cooldowns, allowances, log and statistics are those of every other request.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Unpack

from router.engine.answers import whole_answer
from router.engine.run import Run
from router.request import Call, make_transcription
from router.types import PlannedTarget, TranscribeOptions, Transcription
from router.workers import run_in_worker


class SpeechDoor(ABC):
    """The part of a router that takes recordings."""

    @abstractmethod
    async def _start_run(self, call: Call, *, stream: bool) -> Run:
        """A request under way."""

    @abstractmethod
    def _plan_call(self, call: Call) -> list[PlannedTarget]:
        """The targets of a request in order, each kept or passed over with its reason."""

    async def transcribe(self, recording: bytes, **options: Unpack[TranscribeOptions]) -> Transcription:
        """Write down what is said in a recording.

        Only the recording's bytes are sent, under a name of ours. The log keeps its length and its hash, and the words
        where content is kept at all.

        Args:
            recording: the bytes of a sound file: WAV, MP3, M4A, OGG, WebM or FLAC, told by the bytes themselves.
            options: `router.types.TranscribeOptions` says what there is.

        Raises:
            ValueError: the recording is empty, silent or no sound file; an unknown option.
            RequestRejected: the providers cannot read it.
            AllTargetsFailed, DeadlineExceeded: as `router.errors` says; the former too where no provider that is set up
                takes such a recording, and `plan_transcription` says why.
            RouterClosed: the router is closed, or is closed before the words are there.
        """
        # Beside the event loop: looking through some minutes of sound takes a tenth of a second.
        call = await run_in_worker(make_transcription, recording, **options)
        completion = await whole_answer(await self._start_run(call, stream=False))
        assert isinstance(completion, Transcription), "a recording's answer is one"
        return completion

    def plan_transcription(
        self, recording: bytes | None = None, **options: Unpack[TranscribeOptions]
    ) -> list[PlannedTarget]:
        """The targets that the next recording would be sent to, in order, each kept or passed over with its reason.

        Args:
            recording: which recording; any short one where it is left out.
            options: what `transcribe` takes besides.

        Raises:
            ValueError: as `transcribe`.
            RouterClosed: this process was forked from the one that made the router.
        """
        return self._plan_call(make_transcription(_ANY_RECORDING if recording is None else recording, **options))


_ANY_RECORDING = b"ID3"
"""What passes for a recording as long as it is only planned for: it takes no room."""
