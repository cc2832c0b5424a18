"""A schema's patterns as JavaScript reads them, by an engine that cannot backtrack."""

import pytest

from router.json_answers.patterns import check_pattern, pattern_matches


@pytest.mark.parametrize(
    ("pattern", "text", "right"),
    [
        (r"b", "abc", True),
        (r"^b", "abc", False),
        (r"^\p{L}+$", "éß漢", True),
        (r"^\p{Letter}+$", "é1", False),
        (r"^\p{Script=Greek}+$", "αβγ", True),
        (r"^\d+$", "٣", False),  # digits are ASCII's
        (r"^a$", "a\n", False),  # the end is the end
        (r"^.$", "\r", False),
        (r"^\s$", "\u00a0", True),
        (r"^[\s,]+$", "\u00a0,", True),
        (r"^\S+$", "a\u2003b", False),
        (r"^\u00e9$", "é", True),
        (r"^\u{1F600}$", "😀", True),
        (r"^\ud83d\ude00$", "😀", True),
        (r"^\cJ$", "\n", True),
        (r"^[^]$", "\n", True),
        (r"[]", "a", False),
        (r"^[[:]+$", "[:", True),
        (r"^[[]$", "[", True),
        (r"^[^[\]]+$", "ab", True),
        (r"^(?<year>\d{4})\/\d\-$", "2026/1-", True),
        (r"^.$", "\ud83d", True),
    ],
)
def test_a_pattern_means_what_it_means_in_javascript(pattern, text, right):
    check_pattern(pattern)
    assert pattern_matches(pattern, text) is right


@pytest.mark.parametrize(
    "pattern", [r"^(?=a)", r"(?<!a)b", r"(a)\1", r"\k<year>", r"a{1,2000}", r"\p{Script_Extensions=Greek}\p{Ideo}"]
)
def test_what_the_engine_cannot_do_is_left_unchecked(pattern):
    check_pattern(pattern)
    assert pattern_matches(pattern, "a") is None


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*a", "a\\", "(a|(b)"])
def test_what_is_a_pattern_nowhere_is_refused(pattern):
    with pytest.raises(ValueError, match="is no pattern"):
        check_pattern(pattern)


def test_no_complaint_of_the_engine_reaches_the_console(capfd):
    pattern_matches(r"(?=never seen before)", "a")
    assert capfd.readouterr() == ("", "")
