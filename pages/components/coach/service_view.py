"""What all services' results have on a page: advice, doubts, the routing trace, and the job that makes them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.trace import lines_of_attempts, lines_of_request, show_trace
from pages.components.coach.entries import PATHS, QUICK_ENTRY, is_line, keep_entry
from pages.components.console import looks
from pages.components.console.announcements import note_awaited
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import keep_fresh_example
from pages.components.console.job_view import announce_job, show_job
from pages.components.console.problems import show_problem
from pages.components.console.runtime import Runtime
from pages.components.console.uploads import UploadLostError, read_upload
from pages.components.run.keep_case import offer_case_of
from router.background.jobs import Job
from router.services import Advice, Doubt, Result, UnusableAnswer
from router.store import Entry

_PLACES = {"at": "when", "rpe": "effort", "load_kg": "load"}
"""Fields of a result whose name in the data says little."""

PICTURES = ["jpg", "jpeg", "jfif", "png", "webp", "gif"]


def show_advice(advice: Advice | None) -> bool:
    """Plain advice in place of a result; gives whether there was any."""
    if advice is None:
        return False
    st.warning(f"**Please see a professional.** {advice.text}", icon=":material/health_and_safety:")
    st.caption("No model was asked. Not medical advice.")
    return True


def show_doubts(doubts: tuple[Doubt, ...]) -> None:
    """What a person should look at, each with its place."""
    if not doubts:
        return
    lines = "\n".join(f"- {looks.plain(doubt_words(doubt))}" for doubt in doubts)
    count = "One figure is" if len(doubts) == 1 else f"{len(doubts)} things are"
    st.warning(f"**{count} doubtful.** Check before you rely on it.\n\n{lines}", icon=":material/rule:")


def doubt_words(doubt: Doubt) -> str:
    """A doubt with its place as people call it: `Week 3, session 2, exercise 1, effort: …`."""
    steps = [
        f"{name.removesuffix('s')} {int(index) + 1}" if index else _PLACES.get(name, name.replace("_", " "))
        for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", doubt.path)
    ]
    words = f"{', '.join(steps)}: {doubt.sentence}" if steps else doubt.sentence
    return words[:1].upper() + words[1:]


def show_requests(running: Runtime, result: Result) -> None:
    """The routing trace of each request behind a result, and what was wrong with its answer."""
    if not result.served:
        return
    running.store.flush()
    count = "1 request" if len(result.served) == 1 else f"{len(result.served)} requests"
    with st.expander(f"Routing trace: {count}", icon=":material/route:"):
        # What was asked again, or checked, is no question of the person's.
        questions = [served.request_id for served in result.served if served.role == "read"]
        for served in result.served:
            faults = "; ".join(served.faults)
            st.caption(
                f"**{served.role.capitalize()}**" + (f": {looks.plain(faults)}" if faults else ": nothing to fault")
            )
            stored = running.store.statistics.request(served.request_id)
            if stored is None:
                st.caption("It is no longer in the log.")
            else:
                show_trace(lines_of_request(stored), running.router.table)
            if served.role == "read":
                part = f" part {questions.index(served.request_id) + 1}" if len(questions) > 1 else ""
                offer_case_of(running, served.request_id, name=f"Keep{part} as a case")


def begin_entry(
    running: Runtime, title: str, make: Callable[[], Awaitable[Entry]], *, total: int = 1,
    is_kept: Callable[[Entry], bool] = lambda entry: True,
) -> None:  # fmt: skip
    """Have a result made and kept, in the router's loop; its job's id goes into the address.

    Args:
        make: asks the service, and gives the entry to keep.
        is_kept: whether it is kept unseen; where it is not, `unsaved_entry` has it.
    """
    if is_busy(running):
        return  # a second press, before the page showed the first one's effect

    async def work(job: Job[str]) -> str:
        entry = await make()
        if not is_kept(entry):
            job.partial = entry
            return ""
        await asyncio.to_thread(keep_entry, running, entry)
        job.advance()
        return entry.id

    job = running.portal.begin(work, title=title, total=total)
    note_awaited(job.id)
    st.query_params.from_dict({"job": job.id})


def current_entry(running: Runtime, here: str, show_partial: Callable[[Any], None] | None = None) -> Entry | None:
    """The entry that the address names; a job on the way to one is shown until it is over.

    Args:
        here: this page's file; an entry that it cannot show leads to the page that can.
        show_partial: draws what a job has made so far, if it says anything of it.
    """
    job = running.portal.find_job(st.query_params.get("job", ""))
    if job is not None and not job.ended.is_set():
        show_job(job, show_partial)
        return None
    if job is not None:
        announce_job(job)
    if job is not None and job.result is None:
        _show_failure(running, job)
    elif job is not None and job.result:
        st.query_params.from_dict({"entry": job.result})
        st.toast("Saved to your log.", icon=":material/check:")
    # A job that was stopped names the entry that it was to make: some of it may have been kept.
    entry_id = st.query_params.get("entry")
    entry = running.store.entries.get(entry_id) if entry_id else None
    if entry_id and entry is None and job is None:
        st.info("There is no entry with this id here. It may have been deleted.")
    if entry is not None and not _shows(here, entry):
        st.switch_page(PATHS.get(entry.kind, QUICK_ENTRY), query_params={"entry": entry.id})
    return entry


def unsaved_entry(running: Runtime) -> Entry | None:
    """What the job that the address names has made and not kept; None for most."""
    job = running.portal.find_job(st.query_params.get("job", ""))
    unsaved: Entry | None = job.partial if job is not None and job.result == "" else None
    return unsaved


def _shows(page: str, entry: Entry) -> bool:
    """Whether a page can show an entry: what Quick entry has filed stays there, whatever kind it is of."""
    return page == PATHS.get(entry.kind, QUICK_ENTRY) or (page == QUICK_ENTRY and is_line(entry))


def _show_failure(running: Runtime, job: Job[str]) -> None:
    """Why there is no result, with the trace where there is one."""
    error = job.view().error
    if error is None:
        st.caption("Stopped.")
        return
    show_problem(error)
    attempts = getattr(error, "attempts", ())
    if attempts:
        show_trace(lines_of_attempts(attempts), running.router.table)
    if isinstance(error, UnusableAnswer):
        show_requests(running, Result(served=error.served))


def is_busy(running: Runtime) -> bool:
    """Whether the job that the address names is under way."""
    job = running.portal.find_job(st.query_params.get("job", ""))
    return job is not None and not job.ended.is_set()


def photo_field(place: DeltaGenerator) -> None:
    """Where a photo is added; `read_form` reads it."""
    place.file_uploader("Or a photo", type=PICTURES, key=_photo_key(), max_upload_size=8)


def replace_photo_field() -> None:
    """Empty the photo's field: a file leaves it only when another field takes its place."""
    st.session_state["photos-sent"] = st.session_state.get("photos-sent", 0) + 1


def _photo_key() -> str:
    return f"photo_{st.session_state.get('photos-sent', 0)}"


STILL_MAKING = "The one before is still on its way: wait for its end, or stop it. Nothing you wrote is lost."
"""What is said to who sends another meanwhile. The button that sends is never switched off for it: a form's button that
changes goes behind the form's others in the browser, and Enter would press an example in its place."""


def read_form(running: Runtime, key: str, missing: str) -> tuple[str, bytes | None] | None:
    """The words under a key and the photo, or None where nothing is to be sent; why is said, but of a second press.

    Args:
        missing: what to say where there is neither.
    """
    keep_fresh_example()
    text, file = (st.session_state.get(key) or "").strip(), st.session_state.get(_photo_key())
    if is_double_click(key, text, getattr(file, "file_id", None)):
        return None
    if is_busy(running):
        st.session_state["problem"] = STILL_MAKING
        return None
    if not text and file is None:
        st.session_state["problem"] = missing
        return None
    try:
        return text, None if file is None else read_upload(file).data
    except UploadLostError as error:
        st.session_state["problem"] = str(error)
        return None


def opened_values(editor: str, current: Any) -> Any:
    """What a table starts from: the values as they were when its entry was opened, on which corrections lie.

    Args:
        editor: the table's key; where it has no state (another page was shown in between), it starts anew.
        current: the values as they are kept.
    """
    if editor not in st.session_state:
        st.session_state[f"opened-{editor}"] = current
    return st.session_state[f"opened-{editor}"]


def show_missing() -> None:
    """Say, once, why nothing was sent."""
    if problem := st.session_state.pop("problem", None):
        st.warning(looks.plain(problem), icon=":material/edit_note:")
