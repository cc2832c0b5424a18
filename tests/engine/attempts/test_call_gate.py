"""A streamed text is held back while it may be a call that is written out, and for no longer."""

from hypothesis import given
from hypothesis import strategies as st

from router.engine.attempts.call_gate import _MOST_HELD, CallGate


def fed(pieces, *, is_shut=True):
    gate = CallGate(is_shut=is_shut)
    return [gate.feed(piece) for piece in pieces], gate


@given(st.lists(st.text(max_size=8)))
def test_without_tools_all_passes_at_once(pieces):
    assert fed(pieces, is_shut=False)[0] == pieces


@given(st.lists(st.text('<{[` \ntool_calfu"name:x', max_size=8), max_size=30))
def test_nothing_is_lost_and_nothing_changes_its_order(pieces):
    shown, gate = fed(pieces)
    assert "".join(shown) + gate.release() == "".join(pieces)


def test_words_pass_from_their_first_letter_on():
    assert fed([" ", "\n", "It", " is <b>"])[0] == ["", "", " \nIt", " is <b>"]


def test_a_call_is_held_to_its_end():
    pieces = ["<tool", "_call>", *["x" * 10] * 1_000, "</tool_call>"]
    shown, gate = fed(pieces)
    assert set(shown) == {""}
    assert gate.release() == "".join(pieces)


def test_a_text_that_turns_out_to_be_none_comes_as_a_whole_and_then_piece_by_piece():
    assert fed(["{", '"ci', 'ty"', ": 1", "}"])[0] == ["", '{"ci', 'ty"', ": 1", "}"]


def test_no_more_is_held_than_a_call_could_be_long():
    shown, _ = fed(["<function=f>", *["x" * 1_000] * (_MOST_HELD // 1_000 + 2)])
    assert len("".join(shown)) > _MOST_HELD


def test_what_is_dropped_is_forgotten_and_the_next_beginning_is_looked_at():
    gate = CallGate(is_shut=True)
    gate.feed("<think")
    gate.feed("Hello")
    gate.drop()
    assert gate.feed("{") == ""
    assert gate.release() == "{"
