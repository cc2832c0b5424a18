"""The foods that a person's words name, held against those that were read: none is dropped without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from router.services.nutrition import FoodItem, Unit, known_food, row_of_food
from router.services.vocabulary import fold_text

_PARTS = re.compile(r",(?!\d)|;|\n|\+|&|\b(?:and|with|und|mit|y|con)\b", re.IGNORECASE)
_MOST_WORDS = 2
"""Words of a part beyond which it is a sentence, and may name no food at all."""

_LETTERS = re.compile(r"[^\W\d_]{3,}")
_NO_FOOD_WORDS = """
breakfast lunch dinner supper snack brunch meal today yesterday tonight morning evening noon night this that some few
little large small big half one two three four five six the for ate had drank then very more from home before after
work training gym gram grams cup cups tbsp tsp slice slices piece pieces portion portions glass bowl plate
fruhstuck mittagessen abendessen mittag abend heute gestern ein eine einen zwei drei vier etwas klein grosse dazu
gramm scheibe scheiben stuck tasse glas teller desayuno almuerzo cena comida hoy ayer una unos dos tres cuatro
"""
_NO_FOOD = frozenset(_NO_FOOD_WORDS.split())
_STEM = 4
"""Letters by which two words are of one kind: `tomato` and `tomatoes`."""


def missing_foods(text: str, items: Sequence[FoodItem]) -> list[str]:
    """The parts of a text that are in no item, in its own words: `salad`.

    Where there are as many foods as parts they may only have other names, as in another language: then only a food
    that the table knows, and that no item is, counts as missing.
    """
    parts = list(_named_parts(text))
    lost = [(part, words) for part, words in parts if not any(_is_named(words, item.name) for item in items)]
    if len(items) < len(parts):
        return [part for part, _ in lost]
    rows = {row_of_food(item.name) for item in items}
    return [part for part, _ in lost if known_food(part) is not None and row_of_food(part) not in rows]


def _named_parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """What stands between commas and joining words, where it is short, without amounts; each with its words."""
    for part in _PARTS.split(text):
        words = [word for word in _LETTERS.findall(fold_text(part)) if word not in _NO_FOOD]
        if words and (len(words) <= _MOST_WORDS or known_food(part) is not None):
            name = re.sub(
                r"^\W*(?:\d[\d.,/]*\s*(?:g|kg|ml|l|oz|lb|x)?\b\s*(?:of\b)?|an?\b|some\b)*\s*", "", part.strip()
            )
            yield name.strip(" .!?"), words


def _is_named(words: Sequence[str], name: str) -> bool:
    others = _LETTERS.findall(fold_text(name))
    return any(word[:_STEM] == other[:_STEM] or word in other or other in word for word in words for other in others)


# --- amounts as they were typed --------------------------------------------------------------------------------------

_AMOUNT = (
    r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)?)\s?(?P<unit>kg|g|ml|l|oz|lb)\b(?:\s+(?:of|de)\b)?\s+"
    r"(?:(?!(?:and|with|und|mit|y|con)\b)\w+\s+)?"
)
_CLOSE = 0.03
_IN_GRAMS = {Unit.GRAM: 1.0, Unit.KILOGRAM: 1_000.0, Unit.OUNCE: 28.35, Unit.POUND: 453.6}


def typed_amount(text: str, name: str) -> tuple[float, Unit] | None:
    """The amount with a unit that stands before a food in a text: 200 and g in `200 g chicken`; None for none."""
    first = next(iter(_LETTERS.findall(name)), None)
    if first is None:
        return None
    match = re.search(rf"{_AMOUNT}{re.escape(name)}", text, re.IGNORECASE) or re.search(
        rf"{_AMOUNT}{re.escape(first)}", text, re.IGNORECASE
    )
    return None if match is None else (float(match["number"].replace(",", ".")), Unit(match["unit"].lower()))


def with_typed_amounts(text: str, items: Sequence[FoodItem]) -> tuple[FoodItem, ...]:
    """The items, each with the quantity and unit that the person wrote where it weighs as much: 200 g, not 1.33."""
    return tuple(_with_typed_amount(text, item) for item in items)


def _with_typed_amount(text: str, item: FoodItem) -> FoodItem:
    typed = typed_amount(text, item.name)
    if typed is None or typed[1] not in _IN_GRAMS:
        return item
    grams = typed[0] * _IN_GRAMS[typed[1]]
    if abs(grams - item.grams) > grams * _CLOSE:
        return item
    return item.model_copy(update={"quantity": typed[0], "unit": typed[1]})
