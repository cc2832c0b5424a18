"""Which stretches of a text are documents, which were meant to be, and which brackets are prose."""

import pytest

from router.json_answers.brackets import TooManyBrackets, read_strictly, stretches_in


def seen_in(text):
    """Each stretch as its text, with a mark where it cannot be read."""
    stretches = stretches_in(text)
    return [("" if stretch.whole else "broken: ") + text[stretch.start : stretch.end] for stretch in stretches]


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ('{"a": [1, {"b": 2}]}', ['{"a": [1, {"b": 2}]}']),
        ("[] {} [1]", ["[]", "{}", "[1]"]),
        ("a {b} [c] (d) { e", []),
        ('say {"a": "}{"} now', ['{"a": "}{"}']),
        ("{'a': {\"b\": 1}} end", ["broken: {'a': {\"b\": 1}}"]),
        ("{'a': '}'} {\"b\": 1}", ["broken: {'a': '}'}", '{"b": 1}']),
        ('{"a": 1 // }\n, "b": {}} {}', ['broken: {"a": 1 // }\n, "b": {}}', "{}"]),
        ('{a: {"b": 1}} end', ['broken: {a: {"b": 1}}']),
        ('{"a": {"b": 1}', ['broken: {"a": {"b": 1}']),
        ('{"a": 1}, "b": {"c": 1}}', ['broken: {"a": 1}, "b": {"c": 1}}']),
        ('{"a": 1}, {"b": 1}', ['{"a": 1}', '{"b": 1}']),
        ('{"a": 1}\nNote: "b": good', ['{"a": 1}']),
        ("in [0, 5) and [1] {}", ["[1]", "{}"]),
        ("[1, 2", ["broken: [1, 2"]),
    ],
)
def test_brackets_are_told_apart(text, stretches):
    assert seen_in(text) == stretches


def test_a_text_of_a_thousand_documents_is_given_up():
    assert len(list(stretches_in("{} " * 1_000))) == 1_000
    with pytest.raises(TooManyBrackets):
        list(stretches_in("{} " * 1_001))


def test_a_text_that_is_read_over_again_and_again_is_given_up():
    with pytest.raises(TooManyBrackets):
        list(stretches_in("[1) " * 50_000))


@pytest.mark.parametrize("text", ["NaN", "1e999", "[-Infinity]", '{"a": 1, "a": 2}', '{"a": 1, "a": 1.0}', "", "{} {}"])
def test_what_json_does_not_have_is_not_read(text):
    with pytest.raises(ValueError):  # noqa: PT011 – the reader's own words are nobody's
        read_strictly(text)


def test_a_key_that_says_the_same_twice_is_read():
    assert read_strictly('{"a": [1], "a": [1]}') == {"a": [1]}
