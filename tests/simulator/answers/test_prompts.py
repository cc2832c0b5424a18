"""A request's messages taken apart, and what is read out of their words."""

import pytest

from router.simulator.answers.pictures import BadPicture
from router.simulator.answers.prompts import category_of, figures_in, foods_in, kind_of, number_before, read_prompt


def prompt_of(*contents, role="user"):
    return read_prompt([{"role": role, "content": content} for content in contents])


def test_the_last_user_message_is_the_prompt_and_all_are_counted():
    prompt = prompt_of("First.", "Last: 2 eggs.")
    assert prompt.text == "Last: 2 eggs."
    assert prompt.entry == "2 eggs"
    assert "First." in prompt.everything
    assert prompt.tokens == -(-len(prompt.everything) // 4)


def test_data_behind_the_words_are_read():
    prompt = prompt_of('Answer this.\n{"question": "Should I run?", "entries": [{"summary": "rest"}]}')
    assert prompt.text == "Should I run?"
    assert prompt.data["entries"] == [{"summary": "rest"}]


def test_a_data_url_that_is_no_base64_is_a_bad_picture():
    with pytest.raises(BadPicture):
        prompt_of([{"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}}])


def test_an_address_counts_as_a_picture_that_is_not_fetched():
    prompt = prompt_of([{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])
    assert prompt.pictures == (None,)
    assert kind_of(prompt) == "vision"


@pytest.mark.parametrize(
    ("line", "category"),
    [("2 eggs and toast", "meal"), ("bench press 3x8", "workout"), ("weight 80 kg", "measurement"), ("hm", "note")],
)
def test_a_line_is_sorted_by_its_words(line, category):
    assert category_of(line) == category


@pytest.mark.parametrize(("text", "weeks"), [("four-week plan", 4), ("12 weeks", 12), ("99 weeks", 12), ("a plan", 3)])
def test_a_number_stands_in_digits_or_as_a_word_and_has_a_limit(text, weeks):
    assert number_before("weeks?", text, 3, 12) == weeks


def test_foods_have_the_quantity_before_them():
    foods = {item["food"]: item for item in foods_in("two eggs, 150 g of rice")}
    assert foods["egg"]["quantity"] == 2
    assert foods["rice"]["grams"] == 150


def test_figures_have_their_units():
    assert figures_in("5 km in 27 minutes at 1,5 kg") == [(5.0, "km"), (27.0, "min"), (1.5, "kg")]
