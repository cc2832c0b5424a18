"""`<think>` never reaches the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.thinking import Part, ThinkSplitter


def split(pieces):
    splitter = ThinkSplitter()
    answer, reasoning = "", ""
    for piece in [found for text in pieces for found in splitter.feed(text)] + splitter.close():
        if piece.part is Part.ANSWER:
            answer += piece.text
        elif piece.part is Part.REASONING:
            reasoning += piece.text
        else:
            answer, reasoning = "", reasoning + answer
    return answer, reasoning


@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("plain", "plain", ""),
        ("<think>a</think>b", "b", "a"),
        ("<think>\na\n</think>\n\nb", "b", "a\n"),
        ("<think>never closed", "", "never closed"),
        ("thought</think>answer", "answer", "thought"),
        ("x <think>a</think> y <think>b</think> z", "x y z", "ab"),
        ("a < b and <thin air", "a < b and <thin air", ""),
        ("the tag `<think>` opens, `</think>` closes", "the tag `<think>` opens, `</think>` closes", ""),
        ("ends with <", "ends with <", ""),
    ],
)
def test_reasoning_is_split_off_however_the_text_is_cut(text, answer, reasoning):
    assert split([text]) == (answer, reasoning)
    assert split(list(text)) == (answer, reasoning)


@given(st.text(alphabet="<think>/` ab\n", max_size=60), st.integers(1, 9))
def test_how_the_text_is_cut_never_matters(text, size):
    assert split([text[i : i + size] for i in range(0, len(text), size)]) == split([text])


@given(st.text(alphabet="abc <>`/", max_size=80))
def test_a_text_without_tags_comes_out_as_it_went_in(text):
    assert split(list(text)) == (text, "")
