"""A request's dealings with the cache: whatever it fails with is said and goes no further, as with the log."""

from __future__ import annotations

from collections.abc import Iterator

from router.cache import CacheLookup, RecalledAnswer
from router.engine.recording.record import Record
from router.engine.recording.recording_faults import RecordingFaults
from router.types import CacheHit, Completion, Delta, Event, Reasoning, ToolCallEvent

_NOT_READ = "the cache of answers could not be read"
_NOT_KEPT = "an answer could not be kept in the cache"


async def recall_answer(lookup: CacheLookup, faults: RecordingFaults) -> RecalledAnswer | None:
    """The answer that is given again; None where a provider has to be asked."""
    try:
        return await lookup.find()
    except Exception as error:  # noqa: BLE001 – whatever it is, a provider is asked
        faults.note(_NOT_READ, error)
        return None


def keep_answer(lookup: CacheLookup, completion: Completion, faults: RecordingFaults) -> None:
    """Keep an answer for those who ask the same later, if it is worth it."""
    try:
        lookup.keep(completion)
    except Exception as error:  # noqa: BLE001 – whatever it is, the caller gets the answer
        faults.note(_NOT_KEPT, error)


def recalled_events(answer: RecalledAnswer, record: Record, *, delivers: bool, streams: bool) -> Iterator[Event]:
    """An answer from the cache as its stream's events, in the order of one that a target gives.

    Args:
        delivers: whether the caller takes pieces.
        streams: whether a target's pieces would be handed on as they come, its thoughts among them.
    """
    record.simulated = answer.simulated
    yield CacheHit(answer.provider, answer.requested_model, answer.use)
    if not delivers:
        return
    if streams and answer.reasoning:
        yield Reasoning(answer.reasoning)
    if answer.text:
        record.shown.append(answer.text)
        yield Delta(answer.text)
    for call in answer.tool_calls:
        yield ToolCallEvent(call)
