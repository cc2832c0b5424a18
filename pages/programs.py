"""Programs: goal, level, days and equipment become weeks of training, checked, to be corrected and exported."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator
from ulid import ULID

from pages.components.coach.entries import correct_entry, entry_of_program, keep_entry
from pages.components.coach.entry_list import follow_entry, show_entries
from pages.components.coach.program_view import (
    COLUMNS,
    edit_weeks,
    filled_columns,
    program_text,
    request_words,
    rows_of,
    show_findings,
    show_volume,
    show_written,
)
from pages.components.coach.service_view import (
    STILL_MAKING,
    current_entry,
    is_busy,
    opened_values,
    show_advice,
    show_doubts,
    show_missing,
    show_requests,
)
from pages.components.console import looks
from pages.components.console.announcements import note_awaited
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import (
    hint_of,
    keep_fresh_example,
    offer_form_example,
    offer_replaced,
    put_example,
)
from pages.components.console.files import offer_files
from pages.components.console.last_address import is_arriving, keep_address
from pages.components.console.runtime import Runtime, runtime_or_stop
from router.background.jobs import Activity, Job, JobNote
from router.services import Equipment, Level, Program, ProgramRequest, Week, write_program
from router.services.training import MOST_WEEKS
from router.store import Entry
from router.types import Source

EXAMPLE = {
    "goal": "Get stronger for everyday life",
    "level": Level.INTERMEDIATE,
    "days": 3,
    "weeks": 4,
    "equipment": [Equipment.BARBELL, Equipment.DUMBBELLS, Equipment.BENCH],
    "limits": "sore left shoulder",
}

EMPTY = {"goal": "", "level": Level.BEGINNER, "days": 3, "weeks": 4, "age": None, "equipment": [], "limits": ""}

RULES_KEPT = (
    ":green[:material/check_circle:] Within the fixed limits: effort, progression, equipment, and what is to be spared."
)

QUESTIONED = "Within the fixed limits, but the second opinion has remarks."
"""In no colour: green would contradict what another model found."""


def use_example() -> None:
    """Fill the form."""
    put_example({f"program-{name}": value for name, value in EXAMPLE.items()})


def begin_anew() -> None:
    """An empty form; the program before stays in the list."""
    st.query_params.clear()
    st.session_state.pop("program-shown", None)
    st.session_state.update({f"program-{name}": value for name, value in EMPTY.items()})


def bring_back(running: Runtime) -> None:
    """Fill the form with what the program was asked for that the address names, once."""
    entry_id = st.query_params.get("entry")
    if is_arriving():
        st.session_state.pop("program-shown", None)  # a form is empty once another page was shown
    if entry_id is None or st.session_state.get("program-shown") == entry_id:
        return
    entry = running.store.entries.get(entry_id)
    if entry is None or entry.kind != "program":
        return
    st.session_state["program-shown"] = entry_id
    request = Program.model_validate_json(entry.data).request
    values = {name: getattr(request, name) for name in EMPTY} | {"equipment": list(request.equipment)}
    st.session_state.update({f"program-{name}": value for name, value in values.items()})


def ask_for(running: Runtime) -> None:
    """What the program should be."""
    for name, value in EMPTY.items():
        st.session_state.setdefault(f"program-{name}", value)
    with st.form("program-form", border=False):
        aim, numbers = st.columns(2)
        aim.text_input("Goal", key="program-goal", placeholder=hint_of(str(EXAMPLE["goal"])), max_chars=300)
        # Thirds of a half, and thirds: with the same gaps, their borders stand below each other.
        days, weeks, age = numbers.container(key="program-numbers").columns(3)
        days.number_input("Days a week", 1, 7, key="program-days")
        weeks.number_input("Weeks", 1, MOST_WEEKS, key="program-weeks")
        age.number_input("Age", 5, 110, None, key="program-age", help="Optional. Under 18, no programs are made here.")
        level, things, limits = st.columns(3)
        level.segmented_control("Level", list(Level), format_func=str.capitalize, key="program-level", required=True)
        things.multiselect(
            "Equipment",
            list(Equipment),
            format_func=str.capitalize,
            key="program-equipment",
            placeholder="None: bodyweight only",
        )
        hint = hint_of(str(EXAMPLE["limits"]))
        limits.text_input("Injuries and limits", key="program-limits", placeholder=hint, max_chars=500)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Write program",
                type="primary",
                on_click=send_request,
                args=(running,),
                key="send",
                icon=":material/event_note:",
            )
            offer_form_example(use_example)
    offer_replaced("program-goal")


def wanted_program() -> ProgramRequest:
    """The form as it stands.

    Raises:
        ValueError: there is no goal.
    """
    state = st.session_state
    names = ("goal", "level", "days", "weeks", "equipment", "limits", "age")
    values = {name: state.get(f"program-{name}") for name in names}
    if not str(values["goal"]).strip():
        raise ValueError("Write a goal first, or use the example.")
    values["level"] = values["level"] or Level.BEGINNER
    return ProgramRequest.model_validate(values)


def send_request(running: Runtime) -> None:
    """Have it written, part by part; what is written is kept from the first part on."""
    keep_fresh_example()
    try:
        request = wanted_program()
    except (ValueError, ValidationError) as error:
        st.session_state["problem"] = str(error)
        return
    if is_double_click("program", request):
        return
    if is_busy(running):
        st.session_state["problem"] = STILL_MAKING
        return
    entry_id = str(ULID())

    async def work(job: Job[str]) -> str:
        def watch(program: Program, weeks: Sequence[int]) -> None:
            job.partial = program
            note = JobNote(Activity.WRITING, weeks=tuple(weeks)) if weeks else JobNote(Activity.CHECKING)
            job.advance(note, by=len(program.weeks) - job.view().done)

        try:
            program = await write_program(running.router, request, watch=watch, source=Source.CONSOLE)
        except asyncio.CancelledError:
            if job.partial is not None and job.partial.weeks:
                await asyncio.to_thread(keep_entry, running, entry_of_program(job.partial, entry_id))
            raise
        await asyncio.to_thread(keep_entry, running, entry_of_program(program, entry_id))
        return entry_id

    total = 0 if request.age is not None and request.age < 18 else request.weeks
    job = running.portal.begin(work, title="Writing the program", total=total)
    note_awaited(job.id)
    st.query_params.from_dict({"job": job.id, "entry": entry_id})
    st.session_state["program-shown"] = entry_id  # the form holds it already, and may be changed meanwhile


def show_program(running: Runtime, entry: Entry) -> None:
    """A program with everything about it; what is corrected in its tables is kept at once."""
    program = Program.model_validate_json(entry.data)
    if show_advice(program.advice):
        return
    asked = program.request
    st.header(looks.plain(asked.goal))
    length, sessions = looks.counted(asked.weeks, "week"), looks.counted(asked.days, "session")
    part = f"{len(program.weeks)} of " if len(program.weeks) < asked.weeks else ""
    st.caption(looks.plain(f"{asked.level.capitalize()}, {part}{length}, {sessions} a week · {request_words(asked)}"))
    place, (left, right) = st.container(), st.columns([2, 1], gap="medium")
    with left:
        weeks = edit_program(entry, program)
    if weeks != program.weeks:
        program = program.corrected(weeks)
        correct_entry(running, entry_of_program(program, entry.id, entry.at))
    with place:
        if program.doubts:
            show_doubts(program.doubts)
        else:
            st.caption(QUESTIONED if program.findings else RULES_KEPT)
    with right:
        show_volume(program)
        show_findings(program.findings)
        with st.expander("As text", icon=":material/content_copy:"):
            st.code(program_text(program), language=None, height=240)
        offer_files("program", lambda: rows_of(program), lambda: program.model_dump_json(indent=2))
    show_requests(running, program)


def edit_program(entry: Entry, program: Program) -> tuple[Week, ...]:
    """The tables; gives the weeks as they stand in them."""
    words = "Loads and times where the program has none: how hard a set should feel says how heavy."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Correct anything: it is checked and saved as you go.", width="stretch")
        is_whole = st.toggle("Show empty columns", key=f"columns-{entry.id}", help=words)
    # Tables with other columns are other tables, and begin with what is kept.
    editor = f"weeks-{entry.id}-{'all' if is_whole else 'filled'}"
    first_table = next((f"{editor}-{week.number}-1" for week in program.weeks if week.sessions), editor)
    opened = opened_values(first_table, program.weeks)
    return edit_weeks(opened, editor, COLUMNS if is_whole else filled_columns(opened))


def place_of_form() -> DeltaGenerator:
    """Open while nothing is written; beside a program it gives way, so that its weeks are in sight."""
    if not {"job", "entry"} & set(st.query_params):
        return st.container()
    return st.expander("Change the request", icon=":material/tune:", key="asked-for")


running = runtime_or_stop()
keep_address("job", "entry")
follow_entry()
with st.container(
    horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="programs-title"
):
    st.title("Programs", width="content")
    if {"job", "entry"} & set(st.query_params):
        st.button("New program", key="new-program", icon=":material/add:", type="tertiary", on_click=begin_anew)
st.caption("One model writes it; fixed rules and a second model check it. Not medical advice.")
bring_back(running)
with place_of_form():
    ask_for(running)
show_missing()
if (entry := current_entry(running, "programs.py", show_written)) is not None:
    show_program(running, entry)
show_entries(running, ("program",), title="Your programs", here="programs.py", coming=is_busy(running))
