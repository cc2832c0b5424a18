"""Quick entry: a line of text or a photo becomes an entry of the log, sorted, dated and with its facts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.coach.coach_view import HANDED_QUESTION
from pages.components.coach.entries import ICONS, NOT_WRITTEN, correct_entry, entry_of_line
from pages.components.coach.entry_list import follow_entry, kinds_text, show_entries
from pages.components.coach.meal_view import HANDED_MEAL
from pages.components.coach.sent_words import clear_sent, drop_sent, offer_words_back
from pages.components.coach.service_view import (
    begin_entry,
    current_entry,
    is_busy,
    opened_values,
    photo_field,
    read_form,
    show_advice,
    show_doubts,
    show_missing,
    show_requests,
)
from pages.components.coach.spoken_line import offer_speech, show_writing, take_words
from pages.components.console import looks
from pages.components.console.examples import hint_of, offer_replaced, put_example
from pages.components.console.files import offer_files
from pages.components.console.last_address import keep_address
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from router.services import Category, Fact, QuickEntry, read_entry
from router.services.entry_parts import parts_of
from router.services.quick_entry import UNREAD, Measure
from router.store import Entry
from router.types import Source

LONGEST_LINE = 2_000
"""Characters of an entry."""

EXAMPLES = {
    "Meal": "2 eggs and toast",
    "Workout": "bench press 3x8 at 60 kg",
    "Activity": "ran 5 km in 27 min yesterday at 07:30",
    "Measurement": "weight 82.4 kg this morning",
    "Note": "slept badly",
    "Question": "Should I train today?",
}


def use_example(chosen: str) -> None:
    """Put an example into the field."""
    put_example({"line": EXAMPLES[chosen]})


def write_line(running: Runtime) -> None:
    """The line, or a photo."""
    drop_sent(running, "line")
    take_words(running, "line", LONGEST_LINE)
    with st.form("line-form", border=False):
        with st.container(horizontal=True, gap="small"):
            st.text_input(
                "Entry", key="line", placeholder=hint_of(EXAMPLES["Activity"]), max_chars=LONGEST_LINE,
                label_visibility="collapsed",
            )  # fmt: skip
            st.form_submit_button(
                "Add", type="primary", on_click=send_entry, args=(running,), key="send", icon=":material/add:",
            )  # fmt: skip
        # Within the form, and after its own button: only so does the server hear what they take the place of, and
        # Enter still adds.
        with st.container(horizontal=True, vertical_alignment="center", key="examples"):
            st.caption("Try an example", width="content")
            for name in EXAMPLES:
                st.form_submit_button(name, on_click=use_example, args=(name,), key=f"example-{name.lower()}")
        photo, speech = st.columns(2)
        photo_field(photo.expander("Add a photo", icon=":material/photo_camera:"))
        with speech:
            offer_speech(running, "line", within_form=True)
    offer_replaced("line")


def send_entry(running: Runtime) -> None:
    """Have the line read and kept."""
    if (found := read_form(running, "line", "Write a line or add a photo first, or choose an example.")) is None:
        return
    text, picture = found
    now = datetime.now(looks.zone())

    async def make() -> Entry:
        return entry_of_line(await read_entry(running.router, text, picture=picture, now=now, source=Source.CONSOLE))

    begin_entry(running, "Reading the entry", make)
    clear_sent("line", text)


def show_line(running: Runtime, entry: Entry) -> None:
    """An entry with everything about it; corrections are kept at once."""
    line = QuickEntry.model_validate_json(entry.data)
    with st.container(border=True, key="result"):
        st.header(f"{ICONS.get(line.category, '')} {looks.plain(line.summary)}")
        sure = "–" if line.advice else f"{line.confidence:.0%}"
        when = looks.list_time(line.at.timestamp(), time.time())
        looks.show_facts([("", when, str(line.at)), ("confidence", sure, sure)])
        if not show_advice(line.advice):
            _offer_correction(running, entry, line)
    show_requests(running, line)


def _offer_correction(running: Runtime, entry: Entry, line: QuickEntry) -> None:
    # What was not read stands under the table, where it is missing, and goes once a row has it.
    show_doubts(tuple(doubt for doubt in line.doubts if doubt.path != UNREAD))
    left, right = st.columns([2, 3], gap="medium")
    kinds = list(Category)
    category = left.selectbox(
        "Category", kinds, kinds.index(line.category), format_func=str.capitalize, key=f"kind-{entry.id}"
    )
    with right:
        facts = _offer_answer(line) if _is_question(line) else _edit_facts_of(entry, line)
        _show_unread(line.model_copy(update={"facts": facts}))
        if line.category is Category.MEAL and line.entry:
            _offer_nutrients(entry)
    if category != line.category or facts != line.facts:
        # A person has looked: what was doubtful is theirs now.
        line = line.model_copy(update={"category": category, "facts": facts, "doubts": (), "confidence": 1.0})
        correct_entry(running, entry_of_line(line, entry.id))
        st.rerun()
    with left:
        _offer_parts(running, entry, line)
        offer_files("entry", lambda: _rows_of(line), lambda: line.model_dump_json(indent=2))


def _show_unread(line: QuickEntry) -> None:
    """The figures of a line that are in no row."""
    if line.unread and not _is_question(line):
        words = ", ".join(f"**{looks.plain(words)}**" for words in line.unread)
        st.warning(f"Not read: {words}. Add a row for it, or leave it out.", icon=":material/rule:")


def _offer_parts(running: Runtime, entry: Entry, line: QuickEntry) -> None:
    """One entry for each thing that a line says, where they are of several kinds."""
    parts = parts_of(line)
    if parts:
        named = looks.plain(", ".join(f"{part.category.lower()}: {part.entry}" for part in parts))
        st.button(f"Split into {kinds_text(part.category for part in parts)}", key="split", help=named,
                  icon=":material/call_split:", on_click=_split_entry, args=(running, entry, parts))  # fmt: skip


def _split_entry(running: Runtime, entry: Entry, parts: Sequence[QuickEntry]) -> None:
    """Keep the parts in the line's place, and open the first."""
    # Each with an id of its own: under the line's, its table and its category would be taken for corrections of a part.
    made = [entry_of_line(part) for part in parts]
    # The line goes last: where a part cannot be written, it is there as it was.
    if all(running.store.entries.put(one) for one in reversed(made)) and running.store.entries.delete(entry.id):
        st.query_params.from_dict({"entry": made[0].id})
        leave_note(f"Split into {kinds_text(one.kind for one in made)}.")
    else:
        leave_note(NOT_WRITTEN)


def _is_question(line: QuickEntry) -> bool:
    return line.category is Category.QUESTION and not line.facts


def _offer_answer(line: QuickEntry) -> tuple[Fact, ...]:
    """The coach in a table's place: a question has no facts, and is answered there."""
    st.caption("A question is kept here; the coach answers it.")
    if st.button("Ask the coach", key="ask-coach", icon=":material/forum:"):
        st.session_state[HANDED_QUESTION] = line.entry
        st.switch_page("coach.py")
    return ()


def _offer_nutrients(entry: Entry) -> None:
    """Meals, where a line's foods get their energy: the facts of an entry are what its words say, and no more."""
    if st.button("Work out the nutrients", key="work-out", icon=":material/restaurant:",
                 help="Asks a model once; the meal takes this entry's place."):  # fmt: skip
        st.session_state[HANDED_MEAL] = entry.id
        st.switch_page("meals.py")


def _edit_facts_of(entry: Entry, line: QuickEntry) -> tuple[Fact, ...]:
    editor, wanted = f"facts-{entry.id}", f"facts-wanted-{entry.id}"
    if not line.facts and not st.session_state.get(wanted):
        st.caption("No figures in it.")
        st.button("Add a figure", key="add-figure", icon=":material/add:", on_click=st.session_state.update,
                  args=({wanted: True},))  # fmt: skip
        return ()
    return _edit_facts(opened_values(editor, line.facts), editor)


def _edit_facts(facts: Sequence[Fact], key: str) -> tuple[Fact, ...]:
    rows = pd.DataFrame([fact.model_dump(mode="json") for fact in facts], columns=["measure", "value", "unit"])
    config = {
        "measure": st.column_config.SelectboxColumn("Measure", options=list(Measure), required=True),
        "value": st.column_config.NumberColumn("Value", min_value=0, max_value=1_000_000, required=True),
        "unit": st.column_config.TextColumn("Unit", max_chars=20),
    }
    edited = st.data_editor(
        rows, key=key, column_config=config, num_rows="dynamic", hide_index=True, alt="Facts", height="content"
    )
    return tuple(_fact_of(row) for row in edited.to_dict("records") if _is_whole(row))


def _is_whole(row: Mapping[str, Any]) -> bool:
    value = row["value"]
    return row["measure"] in list(Measure) and value is not None and value == value


def _fact_of(row: Mapping[str, Any]) -> Fact:
    unit = row["unit"] if isinstance(row["unit"], str) else ""
    return Fact(measure=Measure(row["measure"]), value=float(row["value"]), unit=unit)


def _rows_of(line: QuickEntry) -> list[dict[str, Any]]:
    head = {"at": line.at.isoformat(timespec="minutes"), "category": str(line.category), "summary": line.summary}
    facts: list[dict[str, Any]] = [fact.model_dump(mode="json") for fact in line.facts]
    return [head | fact for fact in facts or [{"measure": "", "value": "", "unit": ""}]]


running = runtime_or_stop()
keep_address("job", "entry")
follow_entry()
st.title("Quick entry")
st.caption("Type anything: it is categorised, dated and saved for the coach. Pictures are not kept.")
write_line(running)
show_writing(running, "line", "Add")
show_missing()
if (entry := current_entry(running, "quick_entry.py")) is not None:
    show_line(running, entry)
offer_words_back(running, "line")
show_entries(running, title="Your log", here="quick_entry.py", coming=is_busy(running))
