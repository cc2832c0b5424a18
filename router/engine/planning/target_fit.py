"""What of a request a target cannot do, as far as it is known, and what a recording counts there."""

from __future__ import annotations

from router.request import Call, Recording
from router.table.dialects import TranscriptionForm
from router.table.routes import ModelEntry


def lacking_tools(call: Call, facts: ModelEntry) -> str | None:
    """What of a request with tools a model cannot do, as far as it is known."""
    if facts.tools is False:
        return "it calls no tools"
    if call.has_to_call and facts.tool_choice is False:
        return "it cannot be made to call a tool"
    return None


def recording_misfit(recording: Recording, form: TranscriptionForm | None) -> str | None:
    """Why a recording cannot be sent; None where it can.

    Args:
        form: how the provider writes recordings down; None where it does not.
    """
    if form is None:
        return "its provider writes no recordings down"
    if len(recording.data) > form.largest:
        return f"the recording has {_megabytes(len(recording.data))}, and it takes {_megabytes(form.largest)} at most"
    if recording.format not in form.formats:
        return f"it takes no {recording.format}; it takes {', '.join(form.formats)}"
    return None


def counted_seconds(recording: Recording, form: TranscriptionForm | None) -> float:
    """What a recording counts of an allowance of seconds, about."""
    return 0.0 if form is None else max(recording.guessed_seconds, form.least_seconds)


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
