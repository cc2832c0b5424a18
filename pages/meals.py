"""Meals: a line of text or a photo becomes foods with amounts and energy, to be corrected, kept and exported."""

from __future__ import annotations

import streamlit as st

from pages.components.coach.entries import correct_entry, entry_of_meal, follow_entry, show_entries
from pages.components.coach.meal_view import HANDED_MEAL, edit_items, rows_of, show_sources, show_totals
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
    """What was eaten, in words or as a photo; words that another page hands over stand in the field."""
    if (handed := st.session_state.pop(HANDED_MEAL, None)) is not None:
        st.session_state["meal"] = handed
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
                disabled=is_busy(running),
            )
            offer_form_example(use_example)
    offer_replaced("meal")


def send_meal(running: Runtime) -> None:
    """Have the meal read and kept."""
    if (found := read_form("meal", "Write what you ate or add a photo first, or use the example.")) is None:
        return
    text, picture = found

    async def make() -> Entry:
        return entry_of_meal(await parse_meal(running.router, text, picture=picture, source=Source.CONSOLE))

    begin_entry(running, "Analysing the meal", make)


def show_meal(running: Runtime, entry: Entry) -> None:
    """A meal with everything about it; what is corrected in its table is kept at once."""
    meal = Meal.model_validate_json(entry.data)
    if show_advice(meal.advice):
        return
    st.header(looks.plain(meal.title or "Meal"))
    if meal.entry and meal.entry != meal.title:
        st.caption(f"“{looks.plain(meal.entry)}”")
    place, editor = st.container(), f"items-{entry.id}"
    items = edit_items(opened_values(editor, meal.items), editor)
    if items != meal.items:
        meal = meal.corrected(items)
        correct_entry(running, entry_of_meal(meal, entry.id, entry.at))
    with place:
        show_totals(meal.totals)
        show_doubts(meal.doubts)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "Correct anything in the table: the totals follow, and changes are saved as you make them."
        st.caption(words, width="stretch")
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
write_meal(running)
show_missing()
if (entry := current_entry(running)) is not None:
    show_meal(running, entry)
show_entries(running, ("meal",), title="Your meals", here="meals.py", coming=is_busy(running))
