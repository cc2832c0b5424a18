"""What makes an answer right: one rule each."""

import pytest

from router.evaluation.cases.case import read_case
from router.evaluation.cases.checks import faults_in_answer, label_in, value_at
from router.evaluation.cases.languages import language_of


def is_right(text, parsed=None, **values):
    case = read_case({"id": "case", "task": "real-time-chat", "prompt": "?", **values})
    return faults_in_answer(case, text, parsed) == []


@pytest.mark.parametrize(
    "text", ["meal", "Meal.", "**meal**", "Category: meal", "meal\n\nA workout is something else."]
)
def test_a_label_is_the_only_one_in_the_first_line_that_has_one(text):
    assert is_right(text, label="meal", labels=["meal", "workout"])


@pytest.mark.parametrize("text", ["workout", "meal or workout", "", "oatmeal", "It depends."])
def test_a_label_that_is_another_or_not_settled_is_wrong(text):
    assert not is_right(text, label="meal", labels=["meal", "workout"])


def test_the_reason_behind_a_verdict_may_name_the_other_one():
    assert label_in("False. The claim is not true.", ["true", "false"]) == "false"


@pytest.mark.parametrize(
    ("text", "number", "tolerance", "right"),
    [
        ("Answer: 3,600", 3600, 0, True),
        ("Answer: 3600 kg", 3600, 0, True),
        ("57,6", 57.6, 0, True),
        ("1.6", 16, 0, False),
        ("1,234.5", 1234.5, 0, True),
        ("1.234,5", 1234.5, 0, True),
        ("from 20 to 44", 44, 0, True),
        ("about 44.04", 44, 0.05, True),
        ("about 44.1", 44, 0.05, False),
        ("−3", -3, 0, True),
        ("none", 3, 0, False),
        ("29.4", 29.35, 0.05, True),
    ],
)
def test_the_last_number_counts_within_its_tolerance(text, number, tolerance, right):
    assert is_right(text, number=number, tolerance=tolerance) is right


def test_fields_of_json_agree_by_place_spelling_and_tolerance():
    document = {"items": [{"food": "Oats ", "grams": 60.4}], "done": True}
    assert is_right("", document, fields={"items[0].food": "oat|oats", "items[0].grams": 60}, tolerance=0.5)
    assert not is_right("", document, fields={"items[0].grams": 60}, tolerance=0.3)
    assert not is_right("", document, fields={"items[1].food": "milk"})
    assert not is_right("", document, fields={"done": 1})
    assert not is_right("", None, fields={"done": True})


def test_a_place_that_is_not_there_is_said():
    with pytest.raises(LookupError):
        value_at({"a": {}}, "a.b")
    with pytest.raises(LookupError):
        value_at("text", "a")


def test_json_has_to_fit_its_schema():
    schema = '{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}'
    assert is_right("", {"a": 1}, schema=schema)
    assert not is_right("", {"a": "1"}, schema=schema)


def test_words_count_from_their_beginning_in_any_case():
    assert is_right("Protein-rich", includes=["protein|carbs"])
    assert not is_right("lipoprotein", includes=["protein"])
    assert not is_right("Well done", excludes=["well done"])


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("list", "- a\n- b", "a and b"),
        ("steps", "1. a\n2. b", "- a\n- b"),
        ("table", "| a | b |\n|---|---|", "a | b"),
        ("one line", "a\n", "a\nb"),
        ("plain", "a, b", "**a**"),
    ],
)
def test_an_answer_has_the_form_that_is_wanted(form, good, bad):
    assert is_right(good, form=form)
    assert not is_right(bad, form=form)


def test_an_answer_has_the_length_that_is_wanted():
    assert is_right("one two three", least_words=3, most_words=3)
    assert not is_right("one two three", most_words=2)
    assert not is_right("one two three", least_words=4)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Move easily for a while and then rest.", "en"),
        ("Leichte Bewegung hilft, und schlafe genug.", "de"),
        ("Come algo pequeño antes de correr, por favor.", "es"),
        ("Un jour de repos est utile pour la plupart des gens.", "fr"),
        ("42", None),
    ],
)
def test_a_language_is_told_by_its_small_words(text, language):
    assert language_of(text) == language


def test_a_program_is_held_against_the_services_own_checks():
    request = {"goal": "Strength", "days": 1, "weeks": 1}
    faults = faults_in_answer(
        read_case({"id": "p", "task": "program-generation", "service": "program", "request": request}),
        "",
        {"weeks": []},
    )
    assert "weeks 1 to 1 were asked for" in faults[0]


def test_a_meal_is_held_against_the_services_checks_and_its_energy():
    case = read_case({"id": "m", "task": "structured-output", "prompt": "an egg", "service": "meal", "kcal": [60, 90]})
    egg = {"name": "egg", "quantity": 1, "unit": "piece", "grams": 50, "kcal": 72, "protein": 6.3, "carbohydrate": 0.4,
           "fat": 4.8, "fibre": 0, "alcohol": 0}  # fmt: skip
    meal = {"title": "Egg", "items": [egg], "unclear": ""}
    assert faults_in_answer(case, "", meal) == []
    assert faults_in_answer(case, "", {**meal, "items": [{**egg, "kcal": 720}]})
    assert "kcal in all" in faults_in_answer(case, "", {**meal, "items": [egg, egg]})[-1]
