"""Meals: a line of text or a photo becomes foods with amounts and energy, to be corrected, kept and exported."""

from __future__ import annotations

import streamlit as st

from pages.components.coach.entries import NOT_WRITTEN, correct_entry, entry_of_meal, meals_of_today
from pages.components.coach.entry_list import follow_entry, show_entries
from pages.components.coach.meal_view import (
    COLUMNS,
    HANDED_MEAL,
    edit_items,
    frame_of,
    is_sure,
    meal_of,
    rescaled,
    rows_of,
    show_day,
    show_misgivings,
    show_missing_foods,
    show_sources,
    show_totals,
    shown_columns,
)
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
    unsaved_entry,
)
from pages.components.console import looks
from pages.components.console.examples import hint_of, offer_form_example, offer_replaced, put_example
from pages.components.console.files import offer_files
from pages.components.console.last_address import keep_address
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from router.services import Meal, parse_meal
from router.services.meals import MISSING
from router.store import Entry
from router.types import Source

EXAMPLE = "2 eggs, toast with butter and a flat white"


def use_example() -> None:
    """Put the example into the field."""
    put_example({"meal": EXAMPLE})


def write_meal(running: Runtime) -> None:
    """What was eaten, in words or as a photo."""
    drop_sent(running, "meal")
    with st.form("meal-form", border=False):
        words, photo = st.columns([3, 2])
        words.text_area("What did you eat?", key="meal", height=76, placeholder=hint_of(EXAMPLE), max_chars=2_000)
        photo_field(photo)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Analyse meal",
                type="primary",
                on_click=send_meal,
                args=(running,),
                key="send",
                icon=":material/restaurant:",
            )
            offer_form_example(use_example)
    offer_replaced("meal")


def send_meal(running: Runtime) -> None:
    """Have the meal read and kept."""
    if (found := read_form(running, "meal", "Write what you ate or add a photo first, or use the example.")) is None:
        return
    text, picture = found

    async def make() -> Entry:
        return entry_of_meal(await parse_meal(running.router, text, picture=picture, source=Source.CONSOLE))

    begin_entry(running, "Analysing the meal", make, is_kept=is_sure)
    clear_sent("meal", text)


def work_out(running: Runtime, entry: Entry) -> None:
    """Have the foods of a line that Quick entry has filed read; the meal takes its place in the log."""

    async def make() -> Entry:
        meal = await parse_meal(running.router, entry.entry, source=Source.CONSOLE)
        return entry_of_meal(meal, entry.id, entry.at)

    begin_entry(running, "Analysing the meal", make, is_kept=is_sure)


def take_over(running: Runtime) -> None:
    """Work out at once what another page hands over: it was pressed there."""
    entry = running.store.entries.get(st.session_state.pop(HANDED_MEAL, ""))
    if entry is not None:
        work_out(running, entry)


def show_current(running: Runtime, entry: Entry) -> None:
    """The entry that is open: a meal, or a line whose nutrients nobody has worked out yet."""
    meal = meal_of(entry)
    if meal is not None:
        show_meal(running, entry, meal)
        return
    st.header(looks.plain(entry.summary or entry.entry))
    st.caption("Logged on Quick entry, without its nutrients.")
    st.button("Work out the nutrients", key="work-out", icon=":material/restaurant:", on_click=work_out,
              args=(running, entry), disabled=not entry.entry)  # fmt: skip


def show_unsaved(running: Runtime, entry: Entry, meal: Meal) -> None:
    """What may be no meal at all: why, what was made of it, and how it is kept all the same."""
    st.header("Is this a meal?" if meal.items else "No food found")
    if meal.entry:
        st.caption(f"“{looks.plain(meal.entry)}”")
    show_misgivings(meal)
    if meal.items:
        st.dataframe(frame_of(meal.items), column_config=COLUMNS, hide_index=True)
    with st.container(horizontal=True):
        if meal.items:
            st.button("Save anyway", key="save-anyway", icon=":material/save:", on_click=save_anyway,
                      args=(running, entry))  # fmt: skip
        offer_words_back(running, "meal")
    show_requests(running, meal)


def save_anyway(running: Runtime, entry: Entry) -> None:
    """Keep a meal that a person stands for."""
    if running.store.entries.put(entry):
        st.query_params.from_dict({"entry": entry.id})
    else:
        leave_note(NOT_WRITTEN)


def show_meal(running: Runtime, entry: Entry, meal: Meal) -> None:
    """A meal with everything about it; what is corrected in its table is kept at once."""
    if show_advice(meal.advice):
        return
    st.header(looks.plain(meal.title or "Meal"))
    if meal.entry and meal.entry != meal.title:
        st.caption(f"“{looks.plain(meal.entry)}”")
    place, version = st.container(), st.session_state.get(f"items-version-{entry.id}", 0)
    editor = f"items-{entry.id}-{version}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Correct anything: another quantity takes its row along, the totals follow, and all of it is saved.",
            width="stretch",
        )
        every = st.toggle("All columns", key="meal-columns", help="Fibre and alcohol too, where they are zero.")
    items = edit_items(opened_values(editor, meal.items), editor, shown_columns(meal.items, every=every))
    if items != meal.items:
        scaled = rescaled(meal.items, items)
        meal = meal.corrected(scaled)
        correct_entry(running, entry_of_meal(meal, entry.id, entry.at))
        if scaled != items:
            # The table holds its own corrections alone: one of another name begins with the row in proportion.
            st.session_state[f"items-version-{entry.id}"] = version + 1
            st.rerun()
    with place:
        # Ahead of the figures: who reads those first may read no further.
        show_missing_foods(meal)
        show_doubts(tuple(doubt for doubt in meal.doubts if doubt.path != MISSING))
        show_totals(meal.items)
    with st.container(horizontal=True, horizontal_alignment="right"):
        offer_files("meal", lambda: rows_of(meal), lambda: meal.model_dump_json(indent=2))
    if meal.items:
        show_sources(meal)
    if meal.check is not None:
        st.caption(f"Another model puts the meal at {meal.check.kcal_low:.0f} to {meal.check.kcal_high:.0f} kcal.")
    show_requests(running, meal)


running = runtime_or_stop()
keep_address("job", "entry")
follow_entry()
st.title("Meals")
st.caption("Foods with amounts, energy and nutrients. Totals are calculated, not guessed. Pictures are not kept.")
take_over(running)
write_meal(running)
show_missing()
# Drawn last, since a correction below changes it; it stands here, where the day is looked up.
day = st.container()
if (entry := current_entry(running, "meals.py")) is not None:
    show_current(running, entry)
elif (unsaved := unsaved_entry(running)) is not None and (meal := meal_of(unsaved)) is not None:
    show_unsaved(running, unsaved, meal)
else:
    offer_words_back(running, "meal")
with day:
    show_day(meals_of_today(running))
show_entries(running, ("meal",), title="Your meals", here="meals.py", coming=is_busy(running))
