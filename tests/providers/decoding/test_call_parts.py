"""Calls put together from pieces: however they are cut and whatever is odd about the pieces, the calls are the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.call_parts import CallGatherer, DetailGatherer

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)
CALLS = st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=4)


def gathered(deltas):
    gatherer = CallGatherer()
    for delta in deltas:
        gatherer.feed(delta)
    return [(call.name, call.arguments) for call in gatherer.calls()]


def read(deltas):
    return [(name, json.loads(arguments or "{}")) for name, arguments in gathered(deltas)]


@st.composite
def split(draw, text):
    """The text in pieces, cut anywhere; a piece may be empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


ODDITIES = ("standard", "no_index", "one_based", "zero_for_all", "index_moves", "no_id", "empty_id", "same_id",
            "repeated_names", "names_without_ids", "whole_repeated", "blanks_behind", "object_arguments", "flat",
            "head_with_all", "null_fields")  # fmt: skip


@st.composite
def pieces_of(draw, calls, oddity):
    """The deltas of some calls, each call's in order, in one of the ways that are seen."""
    entries = []
    for place, (name, arguments) in enumerate(calls):
        text = json.dumps(arguments, ensure_ascii=draw(st.booleans()))
        parts = draw(split(text))
        head = {"index": place, "id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": ""}}
        if oddity == "head_with_all":
            head["function"]["arguments"], parts = text, []
        if oddity == "object_arguments":
            head["function"]["arguments"], parts = arguments, []
        own = [head, *({"index": place, "function": {"arguments": part}} for part in parts)]
        if oddity == "whole_repeated":
            own.append({"index": place, "function": {"arguments": text}})
        if oddity == "blanks_behind":
            own += [{"index": place, "function": {"arguments": blank}} for blank in (" ", "\n")]
        for number, entry in enumerate(own):
            make_odd(entry, oddity, place, number, name)
        entries += own
    return draw(grouped(entries))


def make_odd(entry, oddity, place, number, name):
    if oddity == "no_index":
        del entry["index"]
    if oddity == "one_based":
        entry["index"] += 1
    if oddity == "zero_for_all":
        entry["index"] = 0
    if oddity == "index_moves" and number:
        entry["index"] += 1
    if oddity == "no_id":
        entry.pop("id", None)
    if oddity == "empty_id":
        entry["id"] = ""
    if oddity == "same_id" and "id" in entry:
        entry["id"] = "call_0"
    if oddity in ("repeated_names", "names_without_ids"):
        entry["function"]["name"] = name
    if oddity == "repeated_names":
        entry["id"] = f"call_{place}"
    if oddity == "names_without_ids":
        entry.pop("id", None)
    if oddity == "flat":
        entry |= entry.pop("function")
    if oddity == "null_fields":
        entry |= {"id": entry.get("id"), "type": entry.get("type")}
        entry["function"] = {"name": None, **entry["function"]}


@st.composite
def grouped(draw, entries):
    """The same with several in one delta here and there."""
    groups, rest = [], list(entries)
    while rest:
        size = draw(st.integers(1, 3))
        groups.append(rest[:size])
        rest = rest[size:]
    return groups


@pytest.mark.parametrize("oddity", ODDITIES)
@given(data=st.data(), calls=CALLS)
def test_calls_are_the_same_however_they_are_cut_and_whatever_is_odd_about_the_pieces(oddity, data, calls):
    assert read(data.draw(pieces_of(calls, oddity))) == calls


@given(data=st.data(), calls=st.lists(st.tuples(NAMES, ARGUMENTS), min_size=2, max_size=3))
def test_calls_whose_pieces_come_in_turn_are_kept_apart_by_their_places(data, calls):
    parts = [data.draw(split(json.dumps(arguments))) for _, arguments in calls]
    deltas = [[{"index": place, "id": f"call_{place}", "function": {"name": name}}] for place, (name, _) in
              enumerate(calls)]  # fmt: skip
    for turn in range(max(map(len, parts))):
        deltas += [[{"index": place, "function": {"arguments": own[turn]}}]
                   for place, own in enumerate(parts) if turn < len(own)]  # fmt: skip
    assert read(deltas) == calls


def test_an_id_that_is_made_up_for_every_piece_begins_no_new_call():
    deltas = [[{"index": 0, "id": f"x{number}", "function": {"arguments": piece}}]
              for number, piece in enumerate(['{"a"', ": 1", "}"])]  # fmt: skip
    deltas[0][0]["function"]["name"] = "f"
    assert gathered(deltas) == [("f", '{"a": 1}')]


def test_two_equal_calls_are_two_where_they_have_places_of_their_own():
    entry = {"function": {"name": "f", "arguments": '{"a":1}'}}
    assert len(gathered([[{"index": 0, "id": "a", **entry}], [{"index": 1, "id": "b", **entry}]])) == 2
    assert len(gathered([[{"index": 0, "id": "a", **entry}], [{"index": 0, "id": "b", **entry}]])) == 2


@pytest.mark.parametrize("entries", [None, 5, "x", [], {}, [None], [{}], [{"function": None}], [{"index": 0}],
                                     [{"function": {"name": None, "arguments": None}}]])  # fmt: skip
def test_what_is_no_piece_of_a_call_is_none(entries):
    assert gathered([entries]) == []


def test_halves_of_a_character_in_two_pieces_are_joined():
    deltas = [[{"index": 0, "function": {"name": "f", "arguments": '{"a":"\ud83d'}}],
              [{"index": 0, "function": {"arguments": '\ude00"}'}}]]  # fmt: skip
    assert read(deltas) == [("f", {"a": "😀"})]


# --- details of reasoning ---------------------------------------------------------------------------------------------


def details(*events):
    gatherer = DetailGatherer()
    for event in events:
        gatherer.feed(event)
    return gatherer.details()


def text(words, index=0, **more):
    return {"type": "reasoning.text", "text": words, "index": index, "format": "unknown", **more}


def test_no_word_of_details_is_not_the_same_as_none_of_them():
    assert details() is None
    assert details(None) is None
    assert details([]) == []


def test_pieces_of_one_text_join_and_the_signature_stays_with_it():
    assert details([text("Let ")], [text("me see.")], [text("", signature="sig")]) == [
        text("Let me see.", signature="sig")
    ]


def test_other_places_other_types_and_what_is_encrypted_stay_apart_and_in_order():
    secret = {"type": "reasoning.encrypted", "data": "abc", "index": 0, "id": "call_1"}
    events = [[text("a")], [text("b", index=1)], [secret], [{**secret, "data": "def"}], [text("c", index=1)]]
    assert details(*events) == [event[0] for event in events]


def test_a_whole_reply_is_kept_as_it_is():
    given_details = [text("a"), {"type": "reasoning.summary", "summary": "b", "index": 1}, {"type": "new", "x": 1}]
    assert details(given_details) == given_details
