"""What a strict reader refuses is read all the same, and nothing that was cut off is closed."""

import json
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.json_reader import CharacterJoiner, may_hold_content, parse_json, whole_text

REFUSED = [
    (b'{"a": NaN}', {"a": None}),
    (b'{"a": -Infinity}', {"a": None}),
    (b'{"a": 1e999}', {"a": None}),
    (b'{"a": -1E+4000}', {"a": None}),
    (b'{"a": ' + b"9" * 5_000 + b"}", {"a": None}),
    (b'{"a": 007}', {"a": 7}),
    (b'{"a": -01.50}', {"a": -1.5}),
    (b'{"a": .5, "b": 5., "c": +5}', {"a": 0.5, "b": 5.0, "c": 5}),
    (b'{"a": nan, "b": inf, "c": None, "d": True}', {"a": None, "b": None, "c": None, "d": True}),
    (b'{"a": "x\ty\x00z\nw"}', {"a": "x\ty\0z\nw"}),
    (b'{"a": "x\xff\xfey"}', {"a": "x\ufffd\ufffdy"}),
    (b'{"a": "\xed\xa0\xbd\xed\xb8\x80"}', {"a": "😀"}),
    (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
    (b'{"a": "\\ude00\\ud83d"}', {"a": "\ufffd\ufffd"}),
    (b'{"\\ud83d": 1}', {"\ufffd": 1}),
    (b'{"a": [1, 2,], }', {"a": [1, 2]}),
    (b'{"a": "keeps , ] and 007 \\" as they are", "b": NaN}', {"a": 'keeps , ] and 007 " as they are', "b": None}),
]  # fmt: skip


@pytest.mark.parametrize(("data", "value"), REFUSED, ids=range(len(REFUSED)))
def test_what_the_strict_reader_refuses_is_read_leniently(data, value):
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(data)
    assert parse_json(data) == value


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b'{"a": "cut', b'{"a": 1', b'{"a"', b"{'a': 1}", b'{"a": 1} {"b": 2}', b"[" * 60_000],
)  # fmt: skip
def test_what_is_no_json_stays_none(data):
    with pytest.raises(ValueError, match=r"."):
        parse_json(data)


@pytest.mark.parametrize(
    "data", [b'"' + b'\\"' * 500_000, b"01," * 300_000, b"{" + b'"a": 01, ' * 7_000, b"\xff" * 10**6]
)
def test_no_document_takes_long_to_refuse(data):
    began = time.process_time()
    with pytest.raises(ValueError, match=r"."):
        parse_json(data)
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=60))
def test_no_bytes_whatever_break_the_reading(data):
    try:
        value = parse_json(data)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()


EMOJI = "a😀b💀é"
ESCAPED = ["\ud83d", "\ude00", "\ud83d", "\udc80"]


def joined(texts):
    joiner = CharacterJoiner()
    return "".join([joiner.feed(text) for text in texts] + [joiner.close()])


@pytest.mark.parametrize("cut", range(len(EMOJI.encode()) + 1))
def test_a_character_cut_within_its_bytes_is_whole(cut):
    halves = EMOJI.encode()[:cut], EMOJI.encode()[cut:]
    assert joined([half.decode("utf-8", "surrogateescape") for half in halves]) == EMOJI


def test_a_character_whose_bytes_come_one_by_one_is_whole():
    assert joined(bytes([byte]).decode("utf-8", "surrogateescape") for byte in EMOJI.encode()) == EMOJI


def test_halves_of_a_pair_that_come_in_two_events_are_one_character():
    assert joined(ESCAPED) == "😀💀"
    assert joined(["a\ud83d", "\ude00b"]) == "a😀b"


def test_a_half_waits_through_an_empty_text_and_is_replaced_where_it_waits_in_vain():
    assert joined(["\ud83d", "", "\ude00"]) == "😀"
    assert joined(["a\ud83d", "b"]) == "a\ufffdb"
    assert joined(["a\ud83d"]) == "a\ufffd"
    assert joined(["\ude00"]) == "\ufffd"


@given(
    st.lists(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, categories=["Cs", "L", "So"]), max_size=4))
)
def test_no_half_is_left_in_a_text_and_nothing_whole_is_changed(texts):
    joined(texts).encode()
    whole = [whole_text(text) for text in texts]
    assert joined(whole) == "".join(whole)


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices":[{"delta":{"content":"hel',
        b'{"choices":[{"delta":{"content":"hello"}}',
        b"{'choices': [{'delta': {'content': 'hello'}}]}",
        b'"{\\"choices\\":[{\\"delta\\":{\\"content\\":\\"hello\\"}}]}"',
        b'{"choices":[{"delta":{"con',
        b'{"choices":[{"index":0,',
        b'{"choices":[{"text":"hello"}',
    ],
)
def test_an_unreadable_event_with_content_in_it_may_hold_some_of_the_answer(data):
    assert may_hold_content(data)


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"{oops",
        b'{"type": "ping"',
        b'{"choices":[{"delta":{"content":""}}',
        b'{"choices":[{"delta":{"content":null}}',
        b'{"choices":[{"delta":{},"finish_reason":"st',
    ],
)
def test_an_unreadable_event_without_content_is_surplus(data):
    assert not may_hold_content(data)


def test_a_name_that_a_line_break_has_torn_makes_the_document_unreadable():
    with pytest.raises(ValueError, match="torn"):
        parse_json(b'{"delta": {"conte\n1ff\nnt": "width "}}')
    assert parse_json(b'{"content": "wid\nth"}') == {"content": "wid\nth"}, "in a text it is what was meant"
