"""Words are sorted into concepts, misspelt or not, and a rule holds where its concepts stand near each other."""

import pytest

from router.services.own_words import compile_readers, fold_text, split_words

DATA = {
    "concepts": {
        "not": {"en": "no, never"},
        "turn": {"en": "but"},
        "or": {"en": "or"},
        "none": {"en": "none"},
        "past": {"en": "years ago, in #year"},
        "now": {"en": "again"},
        "affirmed": {"en": "no idea"},
        "harmless": {"en": "knee day"},
        "joint": {"en": "knee, shoulder"},
        "swollen": {"en": "swoll*, thick"},
        "pump": {"en": "pump"},
        "low": {"en": "#low kcal"},
    },
    "fillers": {"en": "my is very"},
    "spelled_right": {"en": "boulder"},
    "numbers": {"#year": [1950, 2025], "#low": [1, 500]},
    "rules": [
        {"sign": "injury", "all": ["joint", "swollen"], "unless": ["pump"], "within": 4},
        {"sign": "eating", "all": ["low"]},
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
        "knee day, thick towel",
        "boulder swollen",
    ],
)
def test_apart_denied_past_or_hidden_they_are_none(text):
    assert signs_in(text) == set()


@pytest.mark.parametrize(("text", "signs"), [("400 kcal", {"eating"}), ("400kcal", {"eating"}), ("1,400 kcal", set())])
def test_a_number_has_the_name_of_its_range(text, signs):
    assert signs_in(text) == signs


def test_text_is_compared_without_case_accents_and_apostrophes():
    assert fold_text("Can’t KNÖCHEL año Fuß painnnn") == "cant knochel ano fuss pain"
    assert [word.sentence for word in split_words("a b. c")] == [0, 0, 1]


def test_a_rule_that_names_a_concept_without_words_is_refused():
    with pytest.raises(ValueError, match="elbow"):
        compile_readers(DATA | {"rules": [{"sign": "injury", "all": ["elbow"]}]}, ["en"])
