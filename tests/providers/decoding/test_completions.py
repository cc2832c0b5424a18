"""Text and figures of a completion, whatever types they have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.completions import content_of, read_facts, read_model, reasoning_of, text_of
from router.types import Usage

KEY = "gsk_0123456789abcdefghij"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image"}, "b", 7], "ab"),
        ([{"text": {"value": "c"}}, ["d"], {"content": "e"}, {"parts": ["f", {"text": "g"}]}], "cdefg"),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}], "a"),
        ({"type": "text", "text": "a"}, "a"),
        (42, "42"),
        (True, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_a_contents_text_is_read_from_any_type(content, text):
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("message", "reasoning"),
    [
        ({"reasoning": "a"}, "a"),
        ({"reasoning": None, "reasoning_content": "b"}, "b"),
        ({"reasoning_details": [{"text": "c"}, {"summary": "d"}, {"data": "x"}, 7]}, "cd"),
        ({"content": [{"type": "thinking", "thinking": [{"text": "e"}]}, {"type": "text", "text": "no"}]}, "e"),
        ({"reasoning": ["a"], "reasoning_details": {"text": "c"}}, ""),
    ],
)
def test_reasoning_is_read_from_each_of_its_fields(message, reasoning):
    assert reasoning_of(message) == reasoning


def test_the_first_place_that_holds_something_counts():
    choice = {"delta": {"content": ""}, "message": {"content": "whole"}, "text": "old"}
    assert content_of(choice, "delta", "message") == ("whole", "")
    assert content_of({"text": "old"}, "delta", "message") == ("old", "")


@pytest.mark.parametrize(
    ("cost", "kept"),
    [
        (0.25, 0.25), ("0.25", 0.25), (0, 0.0), (None, None), (-1, None), ("-0.1", None), ("inf", None), ("NaN", None),
        (float("nan"), None), (float("inf"), None), (1e300, None), (10**400, None), ("9" * 5_000, None), (True, None),
        ([], None), ({}, None), ("free", None),
    ],
)  # fmt: skip
def test_a_cost_is_a_finite_figure_from_nothing_up_or_none(cost, kept):
    assert read_facts({"usage": {"cost": cost}}).cost == kept


@pytest.mark.parametrize(
    ("count", "kept"),
    [
        (12, 12), (12.0, 12), ("12", 12), (-1, 0), (2**63, 0), (2**64, 0), (10**4_000, 0), (1e300, 0), (None, 0),
        (True, 0), ([1], 0), ({}, 0), ("many", 0), (float("nan"), 0),
    ],
)  # fmt: skip
def test_a_count_of_tokens_fits_the_log_or_is_none(count, kept):
    assert read_facts({"usage": {"prompt_tokens": count, "completion_tokens": 1}}).usage == Usage(kept, 1, kept + 1)


def test_groqs_own_place_for_the_usage_counts_where_there_is_no_other():
    assert read_facts({"x_groq": {"usage": {"prompt_tokens": 3}}}).usage == Usage(3, 0, 3)
    assert read_facts({"x_groq": [], "usage": "3"}).usage is None


def test_an_id_of_a_model_is_masked_and_no_longer_than_an_id_is():
    assert read_model("vendor/model:free") == "vendor/model:free"
    assert len(read_model("m" * 1_000_000)) == 200
    assert "abcdefghij" not in read_model(f"model {KEY}", [KEY])
    assert "0123" not in read_model("m" * 1_990 + KEY + "m" * 100, [KEY])
    assert [read_model(value) for value in ("", None, 7, [], {"id": "x"})] == [None] * 5


def test_a_finish_reason_is_masked_and_short():
    key = "AB-CDEF.0123-4567"
    for reason in (f"{key} {'x' * 1_000}", "x" * 190 + key):
        shown = read_facts({"choices": [{"finish_reason": reason}]}, [key]).finish_reason
        assert len(shown) <= 60
        assert "0123" not in shown
        assert "cdef" not in shown


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["choices", "delta", "message", "content", "text", "usage", "cost", "model", "x_groq", "finish_reason",
          "prompt_tokens", "reasoning", "reasoning_details", "native_finish_reason"]  # fmt: skip
_chunks = st.dictionaries(
    st.sampled_from(_NAMES), _json | st.lists(st.dictionaries(st.sampled_from(_NAMES), _json), max_size=2)
)


@given(_chunks)
def test_no_value_whatever_in_any_place_breaks_the_reading(chunk):
    facts = read_facts(chunk)
    assert facts.cost is None or 0 <= facts.cost <= 10_000
    assert all(isinstance(text, str) for text in content_of(chunk, "delta", "message"))
