"""A job on a page: how far it is, what it is at, and its Stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.announcements import announce_job_end, note_awaited
from pages.components.console.problems import show_problem
from pages.components.console.runtime import runtime
from router.background.jobs import Activity, Job, JobNote, JobView

TICK = 0.5
"""Seconds between looks at a job."""


def show_job(job: Job[Any], show_partial: Callable[[Any], None] | None = None) -> None:
    """Show a job until it is over; then the page is run once more, to show what it gave.

    Args:
        show_partial: draws what it has made so far, if it says anything of it.
    """
    if job.ended.is_set():
        show_ending(job)
        return
    note_awaited(job.id)
    _follow_job(job, show_partial)


def announce_job(job: Job[Any]) -> None:
    """Have the end of a job spoken that was waited for; where a page shows its result in place of `show_ending`."""
    view = job.view()
    if view.status != "running":
        announce_job_end(job.id, view.title, view.status)


@st.fragment(run_every=TICK)
def _follow_job(job: Job[Any], show_partial: Callable[[Any], None] | None) -> None:
    view = job.view()
    if view.status != "running":
        st.rerun()
    note = f" – {looks.plain(note_text(view.note))}" if view.note else ""
    # A column of a share of the width would cut the button's word in a narrow place.
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"job-now-{job.id}"):
        st.progress(view.share, text=f"{view.title}{_progress_words(view)}{note}")
        st.button("Stop", on_click=job.cancel, key=f"stop-{job.id}", icon=":material/stop:", width="content")
    if show_partial is not None and job.partial is not None:
        show_partial(job.partial)


def _progress_words(view: JobView) -> str:
    """How far a job is, and for how long it has been at it; one with a single step has only its time."""
    whole = f" of {view.total}" if view.total else " done"
    is_program = view.note is not None and view.note.activity in (Activity.WRITING, Activity.CHECKING)
    noun = " weeks" if is_program else ""
    steps = "" if view.total == 1 else f": {view.done}{whole}{noun}"
    return f"{steps} · {view.elapsed_seconds:.0f}{looks.THIN}s"


def note_text(note: JobNote) -> str:
    """What a job is at, in words."""
    table = runtime().router.table
    provider = table.providers[note.provider].label if note.provider in table.providers else note.provider
    match note.activity:
        case Activity.WAITING:
            return f"waiting {looks.span(note.seconds)} for {provider}"
        case Activity.WRITING:
            first, last = note.weeks[0], note.weeks[-1]
            return f"now week {first}" if first == last else f"now weeks {first} to {last}"
        case Activity.CHECKING:
            return "checking it with another model"
        case Activity.ASKING if note.task is not None:
            return f"{table.tasks[note.task].label} on {provider}"
        case _:
            return f"prompt {note.row}"


def show_ending(job: Job[Any]) -> None:
    """Say how a job ended, where that is not plain from its result."""
    announce_job(job)
    view = job.view()
    if view.status == "cancelled":
        st.caption(f"Stopped after {view.done} of {view.total}. What was made by then is kept.")
    elif view.error is not None:
        show_problem(view.error)
    else:
        st.caption(f"{view.title}: done in {looks.seconds(view.elapsed_seconds * 1000)}.")
