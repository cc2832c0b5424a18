"""Words are sorted into concepts, misspelt or not, and a rule holds where its concepts stand near each other."""

import pytest

from router.services.own_words import compile_readers

DATA = {
    "concepts": {
        "not": {"en": "no, never"},
        "turn": {"en": "but"},
        "or": {"en": "or"},
        "none": {"en": "none"},
        "past": {"en": "years ago, in #year"},
        "now": {"en": "again"},
        "over": {"en": "fine now"},
        "contrast": {"en": "but"},
        "affirmed": {"en": "no idea"},
        "harmless": {"en": "knee day"},
        "joint": {"en": "knee, shoulder"},
        "swollen": {"en": "swoll*, thick"},
        "pump": {"en": "pump"},
        "low": {"en": "#low kcal"},
        "sharp": {"en": "sharp"},
        "pain": {"en": "sharp, pain, cant feel toes"},
    },
    "fillers": {"en": "my is very"},
    "spelled_right": {"en": "boulder"},
    "spellings": {"cannot": "cant"},
    "numbers": {"#year": [1950, 2025], "#low": [1, 500]},
    "rules": [
        {"sign": "injury", "all": ["joint", "swollen"], "unless": ["pump"], "within": 4, "heals": True},
        {"sign": "eating", "all": ["low"]},
        {"sign": "danger", "all": ["sharp", "pain"], "apart": True},
    ],
}


def signs_in(text: str) -> set[str]:
    return compile_readers(DATA, ["en"])["en"].find_signs(text)


@pytest.mark.parametrize(
    "text",
    [
        "swollen knee",
        "my knee is very swollen",
        "KNEE SWOLLEN",
        "shuolder swollen",
        "sholder swollen",
        "no idea, knee swollen",
        "no luck but knee swollen",
        "knee swollen years ago and again",
        "shoulder fine now but knee swollen",
    ],
)
def test_concepts_near_each_other_are_a_sign_in_any_order_and_spelling(text):
    assert signs_in(text) == {"injury"}


@pytest.mark.parametrize(
    "text",
    [
        "knee",
        "knee. swollen",
        "knee and some words between it swollen",
        "no swollen knee",
        "knee swollen: none",
        "knee swollen in 2019",
        "knee swollen pump",
        "knee swollen, fine now",
        "knee swollen in 2019 and again fine now",
        "knee day, thick towel",
        "boulder swollen",
    ],
)
def test_apart_denied_past_or_hidden_they_are_none(text):
    assert signs_in(text) == set()


@pytest.mark.parametrize(("text", "signs"), [("400 kcal", {"eating"}), ("400kcal", {"eating"}), ("1,400 kcal", set())])
def test_a_number_has_the_name_of_its_range(text, signs):
    assert signs_in(text) == signs


def test_a_rule_that_names_a_concept_without_words_is_refused():
    with pytest.raises(ValueError, match="elbow"):
        compile_readers(DATA | {"rules": [{"sign": "injury", "all": ["elbow"]}]}, ["en"])


@pytest.mark.parametrize(("text", "signs"), [("felt sharp today", set()), ("sharp pain", {"danger"})])
def test_no_word_stands_for_two_concepts_of_a_rule_that_keeps_them_apart(text, signs):
    assert signs_in(text) == signs


@pytest.mark.parametrize("text", ["sharp, cannot feel my toes", "sharp, can't really feel my toes"])
def test_a_term_is_found_in_another_spelling_and_with_a_word_in_it(text):
    assert signs_in(text) == {"danger"}


def test_no_term_reaches_over_what_denies_it():
    assert signs_in("sharp, can't never feel my toes") == set()


def test_a_word_of_another_language_is_no_slip():
    concepts = {"heart": {"en": "infarct*", "es": "infartos"}, "not": {"en": "no", "es": "sin"}}
    data = {
        "concepts": {**{name: {"en": ""} for name in DATA["concepts"]}, **concepts},
        "fillers": {"en": "", "es": ""}, "spelled_right": {}, "numbers": {},
        "rules": [{"sign": "danger", "all": ["heart"]}],
    }  # fmt: skip
    readers = compile_readers(data, ["en", "es"])
    assert readers["en"].find_signs("sin infartos") == set()
    assert readers["en"].find_signs("infart yesterday") == {"danger"}
