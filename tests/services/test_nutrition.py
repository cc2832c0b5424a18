"""What can be computed about food: a wrong figure never passes, and a right one always does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.services import FoodItem
from router.services.nutrition import (
    LEEWAY_KCAL,
    TOLERANCE,
    check_items,
    energy_range,
    grams_range,
    known_food,
    quantity_in,
    sum_items,
)
from router.services.shapes import schema_of
from tests.services.replies import food

# kcal, protein, carbohydrate, fat, fibre, alcohol in 100 g: USDA FoodData Central, SR Legacy, rounded.
REFERENCE = {
    "eggs": (143, 12.6, 0.7, 9.5, 0, 0),
    "butter": (717, 0.9, 0.1, 81.1, 0, 0),
    "olive oil": (884, 0, 0, 100, 0, 0),
    "oats": (379, 13.2, 67.7, 6.5, 10.1, 0),
    "lentils": (116, 9.0, 20.1, 0.4, 7.9, 0),
    "avocado": (160, 2.0, 8.5, 14.7, 6.7, 0),
    "banana": (89, 1.1, 22.8, 0.3, 2.6, 0),
    "almonds": (579, 21.2, 21.6, 49.9, 12.5, 0),
    "salmon": (206, 22.1, 0, 12.4, 0, 0),
    "coffee": (1, 0.1, 0, 0, 0, 0),
    "water": (0, 0, 0, 0, 0, 0),
    "red wine": (85, 0.1, 2.6, 0, 0, 10.6),
    "beer": (43, 0.5, 3.6, 0, 0, 3.9),
    "broccoli": (34, 2.8, 6.6, 0.4, 2.6, 0),
    "chia seeds": (486, 16.5, 42.1, 30.7, 34.4, 0),
    "Haferflocken": (379, 13.2, 67.7, 6.5, 10.1, 0),
    "huevos": (143, 12.6, 0.7, 9.5, 0, 0),
}
NUTRIENTS = ("kcal", "protein", "carbohydrate", "fat", "fibre", "alcohol")


def item(name="eggs", grams=100, **changes):
    values = dict(zip(NUTRIENTS, REFERENCE[name], strict=True))
    scaled = {key: value * grams / 100 for key, value in values.items()}
    return FoodItem(**{"name": name, "quantity": grams, "unit": "g", "grams": grams, **scaled, **changes})


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("grams", [5, 100, 400])
def test_reference_values_pass(name, grams):
    assert check_items([item(name, grams)]) == []


@given(st.sampled_from(sorted(REFERENCE)), st.floats(1, 900), st.floats(0, 9_000))
def test_energy_that_does_not_fit_the_nutrients_never_passes(name, grams, kcal):
    right = item(name, grams)
    low, high = energy_range(right)
    assume(kcal < low or kcal > high)
    assert any(doubt.path == "items[0].kcal" for doubt in check_items([item(name, grams, kcal=kcal)]))


@given(st.floats(0, 300), st.floats(0, 300), st.floats(0, 300))
def test_the_tolerance_is_what_is_stated(protein, carbohydrate, fat):
    exact = 4 * protein + 4 * carbohydrate + 9 * fat
    low, high = energy_range(item(protein=protein, carbohydrate=carbohydrate, fat=fat, fibre=0))
    assert low == pytest.approx(exact * (1 - TOLERANCE) - LEEWAY_KCAL)
    assert high == pytest.approx(exact * (1 + TOLERANCE) + LEEWAY_KCAL)


@given(st.lists(st.tuples(st.sampled_from(sorted(REFERENCE)), st.floats(1, 900)), max_size=8))
def test_totals_are_the_sums(parts):
    items = [item(name, grams) for name, grams in parts]
    sums = sum_items(items)
    for name in (*NUTRIENTS, "grams"):
        assert getattr(sums, name) == pytest.approx(sum(getattr(one, name) for one in items), abs=0.06)


@given(st.sampled_from(["g", "kg", "oz", "lb"]), st.floats(0.5, 500), st.floats(0, 20_000))
def test_grams_that_do_not_fit_a_weight_never_pass(unit, quantity, grams):
    factor = {"g": 1.0, "kg": 1_000.0, "oz": 28.35, "lb": 453.6}[unit]
    assume(abs(grams - quantity * factor) > 0.04 * quantity * factor)
    found = check_items([item(quantity=quantity, unit=unit).model_copy(update={"grams": grams})])
    assert any(doubt.path in ("items[0].grams", "items[0].quantity") for doubt in found)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kcal": 0, "protein": 0, "carbohydrate": 0, "fat": 0}, "items[0].kcal"),
        ({"protein": 60, "carbohydrate": 30, "fat": 30, "kcal": 630}, "items[0].grams"),
        ({"fibre": 9}, "items[0].fibre"),
        ({"quantity": 0}, "items[0].quantity"),
        ({"unit": "piece", "quantity": 2, "grams": 700, "kcal": 1001, "protein": 88, "fat": 66}, "items[0].grams"),
        ({"unit": "tbsp", "quantity": 1}, "items[0].grams"),
    ],
)
def test_what_cannot_be_is_named_with_its_place(changes, path):
    assert path in [doubt.path for doubt in check_items([item(**changes)])]


def test_nothing_has_more_energy_than_pure_fat():
    assert check_items([item("olive oil", 10, kcal=120, fat=13.3)])


def test_a_number_before_a_food_has_to_be_its_quantity():
    two = FoodItem(**food())
    assert check_items([two], "2 eggs and toast") == []
    assert check_items([two], "three eggs")[0].sentence == "you wrote 3, and 2 were understood"
    assert quantity_in("zwei Eier", "Ei") == 2
    assert quantity_in("0,5 banana", "banana") == 0.5
    assert quantity_in("route 66 eggs", "egg") == 66
    assert quantity_in("eggs", "egg") is None


def test_a_dish_is_not_taken_for_what_is_in_its_name():
    assert known_food("eggplant") is None
    assert known_food("buttermilk") is None
    assert known_food("apple pie") is None
    assert known_food("Rührei").kcal == known_food("huevos").kcal


def test_volumes_have_room_for_what_is_light_and_what_is_dense():
    low, high = grams_range(item(unit="cup", quantity=1))
    assert low < 30 < 340 < high


def test_the_schema_is_the_strict_subset_and_has_no_bounds_but_in_words():
    schema = schema_of(FoodItem)
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    assert "minimum" not in str(schema)
    assert "at least 0, at most 10000" in schema["properties"]["kcal"]["description"]
