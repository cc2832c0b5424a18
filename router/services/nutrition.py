"""What can be computed about food, without a model: energy against nutrients, grams against quantity, plausible ranges.

Figures: protein and carbohydrate 4 kcal a gram, fat 9, alcohol 7 (Atwater's general factors, FAO Food and Nutrition
Paper 77), fibre between 0 and 4. Labels are rounded and foods have factors of their own, so energy may differ by
`TOLERANCE` and `LEEWAY_KCAL`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import Field

from router.services.shapes import Doubt, Line, Shape

TOLERANCE = 0.15
"""By what share a food's energy may differ from what its nutrients come to."""

LEEWAY_KCAL = 10.0
"""... and by how many kilocalories besides, for small amounts."""

MOST_KCAL_A_GRAM = 9.02
"""Pure fat; nothing that is eaten has more."""

MOST_KCAL_A_MEAL = 4_000.0
"""One meal with more is possible, and seldom what was meant."""


class Unit(StrEnum):
    """Units of a quantity."""

    GRAM = "g"
    KILOGRAM = "kg"
    MILLILITRE = "ml"
    LITRE = "l"
    OUNCE = "oz"
    POUND = "lb"
    CUP = "cup"
    TABLESPOON = "tbsp"
    TEASPOON = "tsp"
    PIECE = "piece"
    SLICE = "slice"
    PORTION = "portion"


_GRAMS = {Unit.GRAM: 1.0, Unit.KILOGRAM: 1_000.0, Unit.OUNCE: 28.35, Unit.POUND: 453.6}
_MILLILITRES = {
    Unit.MILLILITRE: 1.0, Unit.LITRE: 1_000.0, Unit.CUP: 240.0, Unit.TABLESPOON: 15.0, Unit.TEASPOON: 5.0,
}  # fmt: skip
_LIGHTEST, _DENSEST = 0.05, 1.5  # grams a millilitre: leaves, and honey
_PIECE = (0.5, 1_500.0)  # grams of one piece, slice or portion of a food that is not in the table

Amount = Annotated[float, Field(ge=0, le=20_000)]
Nutrient = Annotated[float, Field(ge=0, le=2_000)]


class FoodItem(Shape):
    """One food of a meal, with what is in the amount that was eaten."""

    name: Annotated[Line, Field(min_length=1, description="the food, in the person's own language")]
    quantity: Annotated[Amount, Field(description="how many of the unit")]
    unit: Annotated[Unit, Field(description="the unit of the quantity; piece, slice or portion for what is counted")]
    grams: Annotated[Amount, Field(description="grams of the whole quantity, as eaten")]
    kcal: Annotated[float, Field(ge=0, le=10_000, description="kilocalories in these grams")]
    protein: Annotated[Nutrient, Field(description="grams of protein in these grams")]
    carbohydrate: Annotated[Nutrient, Field(description="grams of carbohydrate in these grams, fibre included")]
    fat: Annotated[Nutrient, Field(description="grams of fat in these grams")]
    fibre: Annotated[Nutrient, Field(description="grams of fibre in these grams; 0 where there is none")]
    alcohol: Annotated[Nutrient, Field(description="grams of alcohol in these grams; 0 where there is none")]


class Totals(Shape):
    """Sums over the items of a meal; never a model's own."""

    grams: float
    kcal: float
    protein: float
    carbohydrate: float
    fat: float
    fibre: float
    alcohol: float


class _Food(Protocol):
    @property
    def kcal(self) -> float: ...
    @property
    def protein(self) -> float: ...
    @property
    def carbohydrate(self) -> float: ...
    @property
    def fat(self) -> float: ...
    @property
    def fibre(self) -> float: ...
    @property
    def alcohol(self) -> float: ...


def sum_items(items: Sequence[FoodItem]) -> Totals:
    """The sums, to a tenth."""
    return Totals(**{name: round(sum(getattr(item, name) for item in items), 1) for name in Totals.model_fields})


def energy_range(food: _Food) -> tuple[float, float]:
    """What the nutrients come to in kcal, with fibre counted as nothing and as carbohydrate, tolerance included."""
    fixed = 4 * food.protein + 9 * food.fat + 7 * food.alcohol
    low = fixed + 4 * max(food.carbohydrate - food.fibre, 0.0)
    high = fixed + 4 * food.carbohydrate
    return low * (1 - TOLERANCE) - LEEWAY_KCAL, high * (1 + TOLERANCE) + LEEWAY_KCAL


def check_items(items: Sequence[FoodItem], text: str = "") -> list[Doubt]:
    """Everything that can be computed about a meal's items.

    Args:
        text: what the person wrote; a number that stands before a food there has to be its quantity.
    """
    doubts = [doubt for index, item in enumerate(items) for doubt in _check_item(f"items[{index}]", item, text)]
    kcal = sum_items(items).kcal
    if kcal > MOST_KCAL_A_MEAL:
        doubts.append(Doubt(path="", sentence=f"{kcal:.0f} kcal is a lot for one meal; please look at the quantities"))
    return doubts


def _check_item(path: str, item: FoodItem, text: str) -> Iterator[Doubt]:
    yield from _check_energy(path, item)
    yield from _check_mass(path, item)
    yield from _check_grams(path, item)
    yield from _check_plausible(path, item)
    yield from _check_quantity(path, item, text)


def _check_energy(path: str, item: FoodItem) -> Iterator[Doubt]:
    low, high = energy_range(item)
    if not low <= item.kcal <= high:
        words = f"{item.kcal:g} kcal do not fit its nutrients, which come to {max(low, 0):.0f} to {high:.0f} kcal"
        yield Doubt(path=f"{path}.kcal", sentence=words)
    if item.kcal > item.grams * MOST_KCAL_A_GRAM + 1:
        yield Doubt(path=f"{path}.kcal", sentence=f"{item.kcal:g} kcal are more than {item.grams:g} g of pure fat have")


def dry_grams(item: FoodItem) -> float:
    """What a food's nutrients weigh; fibre is part of the carbohydrate, and all of it where there is more of it."""
    return item.protein + max(item.carbohydrate, item.fibre) + item.fat + item.alcohol


def is_possible(item: FoodItem) -> bool:
    """Whether there can be such a food at all: its nutrients weigh no more than it, its energy is below pure fat's."""
    return dry_grams(item) <= item.grams * 1.02 + 0.5 and item.kcal <= item.grams * MOST_KCAL_A_GRAM + 1


def _check_mass(path: str, item: FoodItem) -> Iterator[Doubt]:
    dry = dry_grams(item)
    if dry > item.grams * 1.02 + 0.5:
        yield Doubt(path=f"{path}.grams", sentence=f"its nutrients weigh {dry:.0f} g, more than its {item.grams:g} g")
    if item.fibre > item.carbohydrate * 1.02 + 0.3:
        words = f"{item.fibre:g} g of fibre are more than its {item.carbohydrate:g} g of carbohydrate"
        yield Doubt(path=f"{path}.fibre", sentence=words)


def _check_grams(path: str, item: FoodItem) -> Iterator[Doubt]:
    if item.quantity == 0 or item.grams == 0:
        yield Doubt(path=f"{path}.quantity", sentence="the amount is not known; please enter it")
        return
    low, high = grams_range(item)
    if not low * 0.97 <= item.grams <= high * 1.03:
        portion = f"{item.quantity:g} {item.unit}"
        words = f"{item.grams:g} g do not fit {portion} of it, which would be {low:.0f} to {high:.0f} g"
        yield Doubt(path=f"{path}.grams", sentence=words)


def grams_range(item: FoodItem) -> tuple[float, float]:
    """Between how many grams a quantity of a food may weigh."""
    if item.unit in _GRAMS:
        grams = item.quantity * _GRAMS[item.unit]
        return grams, grams
    if item.unit in _MILLILITRES:
        volume = item.quantity * _MILLILITRES[item.unit]
        return volume * _LIGHTEST, volume * _DENSEST
    known = known_food(item.name)
    least, most = known.piece if known else _PIECE
    # A slice or a portion of something is less or more than a piece of it.
    return (item.quantity * least, item.quantity * most) if item.unit is Unit.PIECE else (
        item.quantity * least * 0.3, item.quantity * most * 2,
    )  # fmt: skip


def _check_plausible(path: str, item: FoodItem) -> Iterator[Doubt]:
    if item.grams <= 0:
        return
    density = item.kcal * 100 / item.grams
    known = known_food(item.name)
    low, high = known.kcal if known else (5.0, 902.0)
    # Rounding to whole kilocalories and grams counts for much in a spoonful.
    room = 100 / item.grams
    if not low - room <= density <= high + room:
        words = f"{density:.0f} kcal in 100 g are not plausible for {item.name!r} ({low:g} to {high:g} are usual)"
        yield Doubt(path=f"{path}.kcal", sentence=words)


# --- what is known of common foods ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownFood:
    """What is plausible for a food: kcal in 100 g, and grams of a piece, each from and to."""

    kcal: tuple[float, float]
    piece: tuple[float, float]


def known_food(name: str) -> KnownFood | None:
    """What the table knows of a food by its name, or None."""
    row = row_of_food(name)
    return None if row is None else _load_foods()[row][2]


def row_of_food(name: str) -> int | None:
    """The number of the table's row for a food by its name, or None."""
    rows = enumerate(_load_foods())
    fitting = (row for row, (words, unless, _) in rows if words.search(name) and not (unless and unless.search(name)))
    return next(fitting, None)


@cache
def _load_foods() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None, KnownFood], ...]:
    rows = tomllib.loads((Path(__file__).parent / "foods.toml").read_text(encoding="utf-8"))["food"]
    return tuple(
        (_any_of_words(row["words"]), _any_of_words(row["unless"]) if "unless" in row else None, _known_from_row(row))
        for row in rows
    )


def _known_from_row(row: Mapping[str, Any]) -> KnownFood:
    return KnownFood(tuple(row["kcal"]), tuple(row["piece"]))


def _any_of_words(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


# --- quantities in the person's own words -------------------------------------------------------------------------

_SPELLED = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "half": 0.5,
    "ein": 1, "eine": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
}  # fmt: skip
_COUNTED = (Unit.PIECE, Unit.SLICE, Unit.PORTION)


def _check_quantity(path: str, item: FoodItem, text: str) -> Iterator[Doubt]:
    stated = quantity_in(text, item.name) if item.unit in _COUNTED else None
    if stated is not None and abs(stated - item.quantity) > 0.01:
        words = f"you wrote {stated:g}, and {item.quantity:g} were understood"
        yield Doubt(path=f"{path}.quantity", sentence=words)


def quantity_in(text: str, name: str) -> float | None:
    """The number that stands right before a food's name in a text, or None."""
    numbers = "|".join(_SPELLED)
    match = re.search(
        rf"(?<![\w.,])(\d+(?:[.,]\d+)?|{numbers}) {re.escape(name)}(?:e?s|e?n|er)?\b", text, re.IGNORECASE
    )
    if match is None:
        return None
    word = match[1].lower()
    return float(_SPELLED[word]) if word in _SPELLED else float(word.replace(",", "."))
