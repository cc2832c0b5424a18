"""Meals: a line of text or a photo becomes foods with amounts and energy, to be corrected, kept and exported."""

from __future__ import annotations

import streamlit as st

from pages.components.coach.entries import correct_entry, entry_of_meal, meals_of_today
from pages.components.coach.entry_list import follow_entry, show_entries
from pages.components.coach.meal_view import (
    HANDED_MEAL,
    edit_items,
    meal_of,
    rescaled,
    rows_of,
    show_day,
    show_sources,
    show_totals,
    shown_columns,
)
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
from pages.components.console import looks
from pages.components.console.examples import hint_of, offer_form_example, offer_replaced, put_example
from pages.components.console.files import offer_files
from pages.components.console.last_address import keep_address
from pages.components.console.runtime import Runtime, runtime_or_stop
from router.services import Meal, parse_meal
from router.store import Entry
from router.types import Source

EXAMPLE = "2 eggs, toast with butter and a flat white"


def use_example() -> None:
    """Put the example into the field."""
    put_example({"meal": EXAMPLE})


def write_meal(running: Runtime) -> None:
    """What was eaten, in words or as a photo."""
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

    begin_entry(running, "Analysing the meal", make)


def work_out(running: Runtime, entry: Entry) -> None:
    """Have the foods of a line that Quick entry has filed read; the meal takes its place in the log."""

    async def make() -> Entry:
        meal = await parse_meal(running.router, entry.entry, source=Source.CONSOLE)
        return entry_of_meal(meal, entry.id, entry.at)

    begin_entry(running, "Analysing the meal", make)


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
        show_totals(meal.items)
        show_doubts(meal.doubts)
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
if (entry := current_entry(running, "meals.py")) is not None:
    show_current(running, entry)
show_day(meals_of_today(running))
show_entries(running, ("meal",), title="Your meals", here="meals.py", coming=is_busy(running))
