"""A meal on a page: totals, a table that can be corrected, and where the energy comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.components.coach.entries import is_line, missing_text, shown_kcal
from pages.components.coach.service_view import doubt_words
from pages.components.console import looks
from pages.components.usage.charts import SIMULATED, hatch
from router.services import FoodItem, Meal, Unit
from router.services.nutrition import sum_items
from router.store import Entry

COLUMNS = {
    "name": "Food",
    "quantity": "Quantity",
    "unit": "Unit",
    "grams": "Weight, g",
    "kcal": "kcal",
    "protein": "Protein, g",
    "carbohydrate": "Carbs, g",
    "fat": "Fat, g",
    "fibre": "Fibre, g",
    "alcohol": "Alcohol, g",
}

_ORDER = ("name", "quantity", "unit", "kcal", "protein", "carbohydrate", "fat", "fibre", "alcohol", "grams")
"""As they stand in the table: how much of which food it was, which is what a person corrects, and what is in it."""

_SELDOM = ("fibre", "alcohol")

FORMATS = {"kcal": "%.0f", "grams": "%.0f"}
"""How a column's figures are written where a digit less is enough: nobody knows a meal to a tenth of one."""

_WIDTHS = {"quantity": 92, "kcal": 60, "fat": 60, "protein": 82, "alcohol": 84, "grams": 82}
"""Pixels of those that are no usual ones: a telephone shows a food with its amount and its energy."""

HELP = {
    "protein": "Grams of protein",
    "carbohydrate": "Grams of carbohydrate, fibre included",
    "fat": "Grams of fat",
    "fibre": "Grams of fibre",
    "alcohol": "Grams of alcohol",
    "grams": "Grams of the whole quantity",
    "kcal": "Kilocalories in the whole quantity",
}

_SOURCES = {
    "Protein": ("protein", 4.0, {"light": "#0F766E", "dark": "#5EEAD4"}),
    "Carbohydrate": ("carbohydrate", 4.0, {"light": "#92400E", "dark": "#FDE68A"}),
    "Fat": ("fat", 9.0, {"light": "#A21CAF", "dark": "#F0ABFC"}),
    "Alcohol": ("alcohol", 7.0, {"light": "#475569", "dark": "#CBD5E1"}),
}
"""Where energy comes from: the field, kcal a gram, and its colour on each ground."""


HANDED_MEAL = "meal-handed"
"""The key of the id of an entry that another page hands to Meals, to have its nutrients worked out."""


def meal_of(entry: Entry) -> Meal | None:
    """The meal that an entry holds; None where it is a line that Quick entry has filed as one."""
    return None if is_line(entry) else Meal.model_validate_json(entry.data)


def is_sure(entry: Entry) -> bool:
    """Whether a meal is kept unseen: nothing says that it may be none at all."""
    meal = meal_of(entry)
    return meal is None or not meal.misgivings


def show_misgivings(meal: Meal) -> None:
    """Why a meal was not kept."""
    if not meal.items:
        st.warning("**Nothing was saved.** Name each food, or add a photo of it.", icon=":material/rule:")
        return
    doubts = [doubt_words(doubt) for doubt in meal.doubts]
    lines = "\n".join(f"- {looks.plain(words)}" for words in [*meal.misgivings, *doubts])
    st.warning(f"**Nothing was saved.** It may be no meal.\n\n{lines}", icon=":material/rule:")


def show_missing_foods(meal: Meal) -> None:
    """Foods of the words that no row of the table is of."""
    missing = list(map(looks.plain, meal.missing))
    if missing:
        words = ", ".join(f"**{words}**" for words in missing)
        st.warning(f"Not found: {words}. Add a row for it below, or leave it out.", icon=":material/rule:")


def energy_words(entries: Sequence[Entry]) -> str:
    """`393 kcal, 21 g protein in 1 meal`; empty where no foods are known."""
    meals = _known_meals(entries)
    if not meals:
        return ""
    foods = [item for meal in meals for item in meal.items]
    counted = (
        f"{len(meals)} of {len(entries)} meals" if len(meals) < len(entries) else looks.counted(len(meals), "meal")
    )
    sums = f"{shown_kcal(foods):,} kcal, {sum_items(foods).protein:,.0f} g protein in {counted}"
    return ", ".join(filter(None, [sums, missing_text(meals)]))


def _known_meals(entries: Sequence[Entry]) -> list[Meal]:
    return [meal for entry in entries if (meal := meal_of(entry)) is not None and meal.items]


def show_day(entries: Sequence[Entry]) -> None:
    """What the meals of a day come to, in a line; nothing where no foods of them are known."""
    meals = _known_meals(entries)
    if not meals:
        return
    foods = [item for meal in meals for item in meal.items]
    sums = sum_items(foods)
    figures = {"protein": sums.protein, "carbohydrate": sums.carbohydrate, "fat": sums.fat}
    named = " · ".join(f"{value:,.0f}{looks.THIN}g {name}" for name, value in figures.items())
    parts = [f"**Today, {looks.counted(len(meals), 'meal')}**", f"{shown_kcal(foods):,}{looks.THIN}kcal", named]
    st.markdown(" · ".join(filter(None, [*parts, missing_text(meals)])))
    if lines := len(entries) - len(meals):
        which = "it" if lines == 1 else "each"
        st.caption(f"{looks.counted(lines, 'more meal')} without nutrients: open {which} to work them out.")


def show_totals(foods: Sequence[FoodItem]) -> None:
    """The sums of foods in a line."""
    totals = sum_items(foods)
    items = [("Energy", f"{shown_kcal(foods):,}{looks.THIN}kcal", f"{totals.kcal:g} kcal")]
    names = {"Protein": totals.protein, "Carbohydrate": totals.carbohydrate, "Fat": totals.fat, "Fibre": totals.fibre}
    if totals.alcohol:
        names["Alcohol"] = totals.alcohol
    items += [(name, f"{value:,.0f}{looks.THIN}g", f"{value:g} g") for name, value in names.items()]
    looks.show_figures_line([*items, ("Weight", f"{totals.grams:,.0f}{looks.THIN}g", f"{totals.grams:g} g")])


def shown_columns(items: Sequence[FoodItem], *, every: bool) -> list[str]:
    """The columns of the table: a whole column of zeros says nothing of a meal, and comes when it is wanted."""
    return [name for name in _ORDER if every or name not in _SELDOM or any(getattr(item, name) for item in items)]


def edit_items(items: Sequence[FoodItem], key: str, columns: Sequence[str]) -> tuple[FoodItem, ...]:
    """The table of foods, to be corrected; gives the items as they stand in it.

    Args:
        columns: those that are shown.
    """
    numbers = {
        name: st.column_config.NumberColumn(
            label,
            min_value=0,
            max_value=20_000,
            format=FORMATS.get(name, "%g"),
            width=_WIDTHS.get(name, 74),
            help=HELP.get(name),
        )
        for name, label in COLUMNS.items()
        if name not in ("name", "unit")
    }
    config: dict[str, Any] = {
        "name": st.column_config.TextColumn(COLUMNS["name"], max_chars=200, width=96),
        "unit": st.column_config.SelectboxColumn(COLUMNS["unit"], options=list(Unit), width=72),
        **numbers,
    }
    edited = st.data_editor(
        frame_of(items), key=key, column_config=config, column_order=columns, num_rows="dynamic", hide_index=True,
        alt="Foods of the meal",
    )  # fmt: skip
    return items_of(edited.to_dict("records"))


def rescaled(before: Sequence[FoodItem], after: Sequence[FoodItem]) -> tuple[FoodItem, ...]:
    """Corrected foods, where a quantity alone was changed with weight, energy and nutrients in proportion."""
    if len(before) != len(after):
        return tuple(after)
    return tuple(_scaled(old, new) for old, new in zip(before, after, strict=True))


_MEASURED = ("grams", "kcal", "protein", "carbohydrate", "fat", "fibre", "alcohol")


def _scaled(old: FoodItem, new: FoodItem) -> FoodItem:
    is_quantity_alone = new != old and new == old.model_copy(update={"quantity": new.quantity})
    if not is_quantity_alone or old.quantity <= 0:
        return new
    factor = new.quantity / old.quantity
    return new.model_copy(update={name: round(getattr(new, name) * factor, 1) for name in _MEASURED})


def frame_of(items: Sequence[FoodItem]) -> pd.DataFrame:
    """The items as a table."""
    return pd.DataFrame([item.model_dump(mode="json") for item in items], columns=list(COLUMNS))


def items_of(rows: Sequence[Mapping[str, Any]]) -> tuple[FoodItem, ...]:
    """The items of a table; what was left empty is nothing, and a row without a food is none."""
    return tuple(_item_of(row) for row in rows if isinstance(row["name"], str) and row["name"].strip())


def _item_of(row: Mapping[str, Any]) -> FoodItem:
    numbers = {name: _number_of(row[name]) for name in COLUMNS if name not in ("name", "unit")}
    for name in ("protein", "carbohydrate", "fat", "fibre", "alcohol"):
        numbers[name] = min(numbers[name], 2_000.0)
    numbers["kcal"] = min(numbers["kcal"], 10_000.0)
    unit = row["unit"] if row["unit"] in list(Unit) else Unit.PORTION
    return FoodItem(name=row["name"].strip()[:200], unit=Unit(unit), **numbers)


def _number_of(value: Any) -> float:
    return 0.0 if value is None or value != value else min(max(float(value), 0.0), 20_000.0)


def rows_of(meal: Meal) -> list[dict[str, Any]]:
    """The meal's items and their totals, for a file."""
    rows = [item.model_dump(mode="json") for item in meal.items]
    return [*rows, {"name": "Total", "quantity": "", "unit": ""} | meal.totals.model_dump()]


def _share_of(item: FoodItem, field: str, factor: float) -> float:
    """What of a food's energy comes from one nutrient, so that its bar is as long as the table says it has energy."""
    whole = sum(getattr(item, name) * kcal for name, kcal, _ in _SOURCES.values())
    return float(getattr(item, field) * factor * (item.kcal / whole if whole else 0.0))


def show_sources(meal: Meal) -> None:
    """Bars of each food's energy, by what it comes from."""
    figure, note = go.Figure(), SIMULATED if meal.simulated else ""
    # Plotly reads tags in labels, and puts bars of one name on one line: so no tags, and a thin space more for each.
    names = [f"{item.name.replace('<', '‹')}{looks.THIN * index}" for index, item in enumerate(meal.items)][::-1]
    for source, (field, factor, colours) in _SOURCES.items():
        values = [_share_of(item, field, factor) for item in meal.items][::-1]
        if any(values):
            figure.add_bar(
                y=names, x=values, name=source, orientation="h",
                marker={"color": colours[looks.ground()], "pattern": hatch(note)},
                hovertemplate="%{x:.0f} kcal<extra>" + source + "</extra>",
            )  # fmt: skip
    figure.update_layout(
        barmode="stack", height=40 + 28 * len(names), margin={"l": 0, "r": 0, "t": 4, "b": 0}, showlegend=False
    )  # fmt: skip
    figure.update_yaxes(automargin=True)
    _show_legend(meal)
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})


def _show_legend(meal: Meal) -> None:
    """What the bars show, and what their colours stand for, in a line that begins where the page does."""
    swatches = [
        f'<span><i style="background:light-dark({colours["light"]}, {colours["dark"]})"></i>{source}</span>'
        for source, (field, _, colours) in _SOURCES.items()
        if any(getattr(item, field) for item in meal.items)
    ]
    note = f" – {SIMULATED}" if meal.simulated else ""
    st.html(f'<div class="legend"><b>Energy by nutrient, kcal{note}</b>{"".join(swatches)}</div>')
