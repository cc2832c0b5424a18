"""A pattern of a schema is met by a text that is made from it, as far as it can be read here."""

import random

import pytest

from router.simulator.answers.patterns import matches_pattern, text_matching


@pytest.mark.parametrize("pattern", [r"^[A-Z]{3}-\d{4}$", r"^\p{Lu}[\p{Ll}]+$", r"^(kg|lb)$"])
def test_what_is_made_from_a_pattern_has_it(pattern):
    text = text_matching(pattern, random.Random(1))
    assert text
    assert matches_pattern(pattern, text)


def test_a_pattern_of_another_dialect_has_no_text_and_is_found_in_none():
    assert text_matching(r"(?<name", random.Random(1)) is None
    assert not matches_pattern(r"(?<name", "name")
