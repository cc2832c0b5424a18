"""Bytes to events: the same text however the bytes were cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.sse import ErrorData, NoticeData, SSEDecoder, is_event_stream, skip_comments

EVENTS = [b'{"a": "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\xb3"}', b"[DONE]", b'{"u": "\xe2\x80\xa8 \xc2\x85"}', b""]


def decode(pieces):
    decoder = SSEDecoder()
    found = [data for piece in pieces for data in decoder.feed(piece)]
    return found + list(decoder.close())


def wire(newline: bytes) -> bytes:
    return b"".join(b"data: " + event + newline + newline for event in EVENTS)


@given(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(st.integers(0, 200), max_size=30),
)
def test_bytes_cut_anywhere_give_the_same_events(mark, newline, cuts):
    stream = mark + wire(newline)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    assert decode([stream[a:b] for a, b in pairwise(edges)]) == EVENTS


def test_one_byte_at_a_time_gives_the_same_events():
    stream = wire(b"\r\n")
    assert decode([stream[i : i + 1] for i in range(len(stream))]) == EVENTS


def test_comments_and_unknown_fields_are_no_data():
    assert decode([b": OPENROUTER PROCESSING\n\nevent: error\nid: 7\nretry: 10\ndata: x\n\n"]) == [b"x"]


def test_several_data_lines_are_one_event_and_the_space_after_the_colon_is_optional():
    assert decode([b"data:a\ndata: b\ndata:  c\n\n"]) == [b"a\nb\n c"]


def test_an_event_whose_end_is_missing_is_given_at_the_close():
    assert decode([b'data: {"x": 1}']) == [b'{"x": 1}']


def test_a_line_separator_within_a_string_ends_no_line():
    assert decode(["data: a\u2028b\u0085c\n\n".encode()]) == ["a\u2028b\u0085c".encode()]


def test_a_megabyte_event_in_small_pieces_is_whole():
    event = b"data: " + b"x" * 1_000_000 + b"\n\n"
    assert decode([event[i : i + 4096] for i in range(0, len(event), 4096)]) == [event[6:-2]]


def test_a_byte_order_mark_at_the_start_is_dropped():
    assert decode([b"\xef\xbb\xbfdata: x\n\n"]) == [b"x"]


@pytest.mark.parametrize(
    ("head", "unlabelled", "labelled"),
    [
        (b"data: {}", True, True),
        (b"\xef\xbb\xbfevent: x\n", True, True),
        (b": PROCESSING\n\n: more\r\ndata: {}", True, True),
        (b'\n: PROCESSING\n{"choices": []}', False, False),
        (b"<html>", False, False),
        (b"gibberish", False, True),
        (b"", None, None),
        (b"\xef", None, None),
        (b"da", None, None),
        (b": PROCESSING", None, None),
        (b": PROCESSING\n" * 9_000, False, True),
    ],
)
def test_a_stream_of_events_is_known_by_how_it_begins(head, unlabelled, labelled):
    assert (is_event_stream(head, False), is_event_stream(head, True)) == (unlabelled, labelled)


def test_megabytes_of_comments_are_skipped_in_one_pass():
    assert skip_comments(b": PROCESSING\n\n" * 500_000 + b"{}") == b"{}"


ERROR = b'{"code": 429, "message": "no"}'


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_an_event_that_is_named_an_error_says_so_and_the_next_does_not(newline):
    lines = b"event: error", b"data: " + ERROR, b"", b"data: {}", b"", b""
    stream = newline.join(lines)
    for size in (1, 7, len(stream)):
        events = decode([stream[at : at + size] for at in range(0, len(stream), size)])
        assert events == [ERROR, b"{}"]
        assert [isinstance(event, ErrorData) for event in events] == [True, False]


@pytest.mark.parametrize("name", ["error", "Error", "stream_error", "response.failed", "chatError", "error_event",
                                  "rate_limit_error", "not_found_error", "exception", "status_error"])  # fmt: skip
def test_a_name_of_an_error_is_one(name):
    assert isinstance(decode([f"event: {name}\ndata: {{}}\n\n".encode()])[0], ErrorData)


@pytest.mark.parametrize("name", ["no_error", "noError", "NO-ERROR", "non_error", "error_free", "errorRate",
                                  "error_count", "warning", "error_warning", "info", "queue.status"])  # fmt: skip
def test_a_name_of_a_notice_is_no_error(name):
    assert isinstance(decode([f"event: {name}\ndata: {{}}\n\n".encode()])[0], NoticeData)


@pytest.mark.parametrize("name", ["message", "completion.chunk", "terror", "mirror", "errorless", "prefault"])
def test_a_name_with_the_letters_of_an_error_within_a_word_says_nothing(name):
    assert type(decode([f"event: {name}\ndata: {{}}\n\n".encode()])[0]) is bytes


@pytest.mark.parametrize("behind", [b"\n\n: done", b"\n\n: done\n\n", b"\r\n\r\n: a\r\n: b\r\n", b"\ndata: [DONE]\n\n",
                                    b"\n[DONE]", b"  \n"])  # fmt: skip
def test_what_stands_behind_a_document_and_says_nothing_is_skipped(behind):
    assert skip_comments(b'\n: PROCESSING\n\n{"a": 1}' + behind).strip() == b'{"a": 1}'


def test_a_name_without_data_is_forgotten_with_its_event():
    assert not isinstance(decode([b"event: error\n\ndata: {}\n\n"])[0], ErrorData)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: {}\n\n" + ERROR + b"\n\ndata: [DONE]\n\n", [b"{}", ERROR, b"[DONE]"]),
        (b"data: {}\n\n" + ERROR, [b"{}", ERROR]),
        (b"data: {}\n\n" + ERROR + b"\ndata: [DONE]\n\n", [b"{}", ERROR, b"[DONE]"]),
        (b'data: {}\n\n{\n  "error": {\n    "code": 1\n  }\n}\n\n', [b"{}", b'{\n  "error": {\n    "code": 1\n  }\n}']),
        (b"data: {}\nfoo: bar\n\n", [b"{}"]),
        (b"foo: bar\n\ndata: {}\n\n", [b"{}"]),
        (b'data: {"a":\ndata: 1}\n\n', [b'{"a":\n1}']),
        (b'data: {"a": 1}\ndata: {"a": 2}\n\n', [b'{"a": 1}', b'{"a": 2}']),
        (b'data: {"a": "raw\nbreak"}\n\n', [b'{"a": "raw\nbreak"}']),
    ],
)
def test_bare_json_and_documents_line_by_line_are_events_wherever_the_bytes_are_cut(stream, events):
    for cut in range(len(stream) + 1):
        assert decode([stream[:cut], stream[cut:]]) == events


def test_the_second_half_of_an_event_that_a_blank_line_cuts_in_two_is_handed_on_with_its_text():
    stream = b'data: {"id": "x", "cre\n\nated": 1, "choices": [{"delta": {"content": "toxic"}}]}\n\ndata: [DONE]\n\n'
    assert [b"toxic" in event for event in decode([stream])] == [False, True, False]
    # The rest may begin as a comment does.
    stream = b'data: {"created"\n\n: 1, "choices": [{"delta": {"content": "toxic"}}]}\n\ndata: [DONE]\n\n'
    assert [b"toxic" in event for event in decode([stream])] == [False, True, False]


def test_a_line_with_text_whose_field_lost_its_name_is_handed_on_behind_a_whole_document():
    first, second = b'{"choices": [{"delta": {"content": "a"}}]}', b'{"choices": [{"delta": {"content": "b"}}]}'
    (event,) = decode([b"data: " + first + b'\n"data: ' + second + b"\n\n"])
    assert event == first + b'\n"data: ' + second, "which cannot be read, and so is known to lack something"


def test_an_unknown_field_beside_data_leaves_the_data_whole():
    assert decode([b'foo: bar\ndata: {"choices": []}\n\n']) == [b'{"choices": []}']


def test_a_document_over_several_data_lines_is_one_however_they_begin():
    stream = b'data: {"choices": [{"delta":\ndata: {"content": "a"}}]}\n\n'
    assert list(SSEDecoder().feed(stream)) == [b'{"choices": [{"delta":\n{"content": "a"}}]}']
