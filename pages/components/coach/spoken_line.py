"""A spoken line: a recording becomes words in a field, where a person corrects them before anything is sent on.

The recording goes out when its button is pressed, and not before. What comes back stands in the field like words that
were typed. A field's microphone and file keep their recording until its words are there, so that it can be tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.announcements import note_awaited
from pages.components.console.double_click import is_double_click
from pages.components.console.job_view import announce_job, show_job
from pages.components.console.problems import show_problem
from pages.components.console.runtime import Runtime
from pages.components.console.uploads import Upload, UploadLostError, read_upload
from router.background.jobs import Job
from router.errors import RequestRejected
from router.request import read_recording
from router.settings import PROJECT
from router.types import RECORDING_FORMATS, PlannedTarget, Purpose, Source, Target, TargetState, Transcription

SAMPLE_FOLDER = PROJECT / "data" / "samples"
SAMPLES = {"line": "spoken-entry.wav", "question": "spoken-question.wav"}
"""A sample recording for each field, by the field's key."""

_LARGEST = 8  # MB: what the server takes of any file; some four minutes of a microphone's WAV
_TITLE = "Writing the recording down"
_NO_WORDS = "No words were heard in the recording. Speak closer to the microphone, or type the line."


def take_words(running: Runtime, field: str, most: int) -> None:
    """Put what was said into its field, once it is written down; call it ahead of the field.

    Args:
        field: the key of the field.
        most: characters that the field takes.
    """
    job = _job_of(running, field)
    if job is None or not job.ended.is_set() or job.result is None or st.session_state.get(_key("taken", field)):
        return
    announce_job(job)
    st.session_state[_key("taken", field)] = True
    _replace_recording(field)
    words = job.result.text
    if not words:
        st.session_state["problem"] = _NO_WORDS
        return
    written = (st.session_state.get(field) or "").strip()
    st.session_state[field] = f"{written} {words}".strip()[:most]


def offer_speech(running: Runtime, field: str, *, within_form: bool = False) -> None:
    """The microphone, and the field for a recording; where nobody can write one down, why.

    Args:
        field: the key of the field that is given the words.
        within_form: whether it stands in the form of that field: only a button of the form's own tells the server what
            is written there, so that the words can come behind it.
    """
    plan = running.router.plan_transcription()
    reason, press = _why_not(running, plan), st.form_submit_button if within_form else st.button
    is_off = bool(reason) and not _may_return(plan)
    is_open = bool(st.session_state.get(_key("chosen", field))) or _job_of(running, field) is not None
    with st.expander("Speak instead of typing", icon=":material/mic:", expanded=is_open):
        if reason:
            st.info(reason, icon=":material/mic_off:")
        _offer_recording(field, is_off=is_off)
        with st.container(horizontal=True, vertical_alignment="center"):
            press(
                "Write it down", key=_key("write", field), icon=":material/edit_note:", on_click=_send_recording,
                args=(running, field), disabled=is_off or _is_writing(running, field),
            )  # fmt: skip
            press(
                "Use the sample", key=_key("sample", field), icon=":material/graphic_eq:", type="tertiary",
                on_click=_choose_sample, args=(field,), disabled=is_off,
                help="A line that a machine speaks, made for this project.",
            )  # fmt: skip
        if not is_off:
            st.caption(_what_follows(running, plan, within_form=within_form))


def _offer_recording(field: str, *, is_off: bool) -> None:
    number = st.session_state.get(_key("number", field), 0)
    left, right = st.columns(2)
    left.audio_input("Record", key=f"{_key('microphone', field)}-{number}", disabled=is_off)
    right.file_uploader(
        "Or a recording", type=list(RECORDING_FORMATS), key=f"{_key('recording', field)}-{number}",
        max_upload_size=_LARGEST, disabled=is_off,
    )  # fmt: skip
    if sample := st.session_state.get(_key("chosen", field)):
        st.audio(str(SAMPLE_FOLDER / sample))


def _what_follows(running: Runtime, plan: Sequence[PlannedTarget], *, within_form: bool) -> str:
    """To whom a recording goes, and where its words come, before it is sent."""
    first = next((line for line in plan if line.kept), plan[0])
    place = "behind what stands in the field" if within_form else "into the field, in place of what stands there"
    return (
        f"A recording goes to {_name_of(running, first.target)} when you press Write it down, and is not kept here. "
        f"Its words come {place}, for you to correct; nothing is sent on by itself."
    )


def show_writing(running: Runtime, field: str, send_word: str) -> None:
    """How far the writing down is, and what it came to; outside of a form, which takes no Stop.

    Args:
        send_word: what the button beside the field says.
    """
    job = _job_of(running, field)
    if job is None:
        return
    if not job.ended.is_set():
        show_job(job)
        return
    announce_job(job)
    view = job.view()
    if view.status == "cancelled":
        st.caption("Stopped. The recording is still there.")
    elif isinstance(view.error, RequestRejected):
        st.error(
            "**The recording could not be read.** Try another one, or type the line. The reason stands below.",
            icon=":material/error:",
        )
        st.code(str(view.error), language=None, wrap_lines=True)
    elif view.error is not None:
        show_problem(view.error)
    elif job.result is not None and job.result.text:
        st.caption(f"{_written_words(running, job.result)} Correct the words, then press {send_word}.")


def _written_words(running: Runtime, said: Transcription) -> str:
    """Who has written a recording down, and after how many failures."""
    failures = sum(attempt.failed for attempt in said.attempts)
    after = f" after {looks.counted(failures, 'failure')}" if failures else ""
    simulated = ", simulated" if said.simulated else ""
    name = _name_of(running, Target(said.provider, said.requested_model))
    return f"Written down by {name}{simulated} in {looks.seconds(said.latency_ms)}{after}."


def _name_of(running: Runtime, target: Target) -> str:
    table = running.router.table
    return f"{looks.plain(table.label(target))} at {looks.plain(table.entries[target.provider].label)}"


# --- whether anybody can ---------------------------------------------------------------------------------------------


def _why_not(running: Runtime, plan: Sequence[PlannedTarget]) -> str:
    """Why no recording can be written down now, in words; empty where one can."""
    if any(line.kept for line in plan):
        return ""
    table = running.router.table
    if not plan:
        return "The routing table names no model that turns speech into text."
    if _may_return(plan):
        return f"Every model that turns speech into text is out for now ({looks.plain(plan[0].reason)})."
    missing = [line.provider for line in plan if line.state is TargetState.NO_KEY]
    if not missing:
        return f"No model can turn speech into text: {looks.plain(plan[0].reason)}."
    names = " or ".join(dict.fromkeys(looks.plain(table.entries[name].label) for name in missing))
    return f"No provider that is set up can turn speech into text. {names} can: add a key on [Setup](./setup)."


def _may_return(plan: Sequence[PlannedTarget]) -> bool:
    """Whether what stands against a target passes by itself."""
    return any(line.state in (TargetState.COOLING, TargetState.HALF_OPEN, TargetState.NO_ALLOWANCE) for line in plan)


# --- the recording ---------------------------------------------------------------------------------------------------


def _choose_sample(field: str) -> None:
    st.session_state[_key("chosen", field)] = SAMPLES[field]


def _given(field: str) -> Any:
    """What was recorded or chosen last: the microphone's word goes before a file's, and both before a sample's."""
    state, number = st.session_state, st.session_state.get(_key("number", field), 0)
    recording = state.get(f"{_key('microphone', field)}-{number}")
    return recording or state.get(f"{_key('recording', field)}-{number}") or state.get(_key("chosen", field))


def _read_given(field: str) -> Upload:
    recordings = _given(field)
    if isinstance(recordings, str):
        return Upload(recordings, (SAMPLE_FOLDER / recordings).read_bytes())
    return read_upload(recordings)


def _replace_recording(field: str) -> None:
    """Empty the microphone and the file: one leaves its field only when another field takes its place."""
    st.session_state[_key("number", field)] = st.session_state.get(_key("number", field), 0) + 1
    st.session_state.pop(_key("chosen", field), None)


def _send_recording(running: Runtime, field: str) -> None:
    """Have the recording written down, in the router's loop; what is none is said at once."""
    recordings = _given(field)
    pressed_on = recordings if isinstance(recordings, str) else getattr(recordings, "file_id", None)
    if _is_writing(running, field) or is_double_click("write", field, pressed_on):
        return
    if recordings is None:
        st.session_state["problem"] = "Record a line, or choose a recording, and then have it written down."
        return
    try:
        data = _read_given(field).data
        read_recording(data)
    except (UploadLostError, ValueError) as error:
        st.session_state["problem"] = _as_sentence(str(error))
        return

    async def work(job: Job[Transcription]) -> Transcription:
        return await running.router.transcribe(data, source=Source.CONSOLE, purpose=Purpose.SERVICE)

    job = running.portal.begin(work, title=_TITLE, total=1)
    note_awaited(job.id)
    st.session_state[_key("job", field)], st.session_state[_key("taken", field)] = job.id, False


def _as_sentence(words: str) -> str:
    """The router's word on a recording as a page says it."""
    return f"The {words}." if words.startswith("recording ") else words


def _job_of(running: Runtime, field: str) -> Job[Transcription] | None:
    return running.portal.find_job(st.session_state.get(_key("job", field), ""))


def _is_writing(running: Runtime, field: str) -> bool:
    job = _job_of(running, field)
    return job is not None and not job.ended.is_set()


def _key(name: str, field: str) -> str:
    return f"{name}-{field}"
