"""No food of a person's words is dropped silently, and no amount is told in another unit than it was typed in."""

import pytest

from router.services import FoodItem
from router.services.food_words import missing_foods, typed_amount
from tests.services.replies import food


def named(*names):
    return [FoodItem(**food(name=name)) for name in names]


@pytest.mark.parametrize(
    ("text", "names", "missing"),
    [
        ("200 g chicken breast with rice and salad", ["chicken", "rice"], ["salad"]),
        ("Hähnchen mit Reis und Salat", ["Hähnchen", "Reis"], ["Salat"]),
        ("2 eggs, 150ml milk", ["eggs"], ["milk"]),
        ("toast and quinoa", ["toast"], ["quinoa"]),
    ],
)
def test_a_part_of_the_words_that_is_in_no_item_is_missing(text, names, missing):
    assert missing_foods(text, named(*names)) == missing


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2 eggs, toast with butter and a flat white", ["egg", "toast", "butter", "flat white"]),
        ("Hähnchen mit Reis und Salat", ["chicken", "rice", "salad"]),
        ("chili con carne", ["chili con carne"]),
        ("chicken with rice yesterday at 12:30", ["chicken", "rice"]),
        ("had lunch and two tomatoes", ["tomato"]),
        ("mac and cheese", ["macaroni and cheese"]),
    ],
)
def test_other_names_times_and_dishes_of_several_words_are_not(text, names):
    assert missing_foods(text, named(*names)) == []


@pytest.mark.parametrize(
    ("text", "name", "amount"),
    [
        ("200 g chicken breast", "chicken", (200, "g")),
        ("0,5 l milk", "milk", (0.5, "l")),
        ("150g of rice", "rice", (150, "g")),
        ("200 g grilled chicken", "chicken", (200, "g")),
        ("200 g chicken with rice", "rice", None),
        ("2 eggs", "egg", None),
    ],
)
def test_an_amount_is_that_which_stands_before_its_food(text, name, amount):
    assert typed_amount(text, name) == amount
