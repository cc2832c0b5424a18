"""Each event's text is read or the stream is broken off; nothing is left out in silence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.outcomes import Kind, classify
from router.providers.decoding.sse import ErrorData, NoticeData
from router.providers.replies import ProviderFailure
from router.providers.streaming.events import EventReader


def delta(content, **fields):
    return json.dumps({"choices": [{"delta": {"content": content}, "finish_reason": None}], **fields}).encode()


def content_of(*events):
    """The joined content of a stream's events."""
    reader = EventReader()
    chunks = [chunk for event in events if (chunk := reader.read(event)) is not None]
    return "".join(chunk.content for chunk in [*chunks, reader.close()])


def failure_of(event):
    with pytest.raises(ProviderFailure) as caught:
        EventReader().read(event)
    return caught.value.signal


REFUSED = [
    (b'{"choices":[{"delta":{"content":"bleach and ammonia"},"logprobs":{"x":NaN}}]}', "bleach and ammonia"),
    (b'{"choices":[{"delta":{"content":"a\tb"}}]}', "a\tb"),
    (b'{"choices":[{"delta":{"content":"a\x00\x1fb"}}]}', "a\0\x1fb"),
    (b'{"choices":[{"delta":{"content":"a"}}],"created":1e999}', "a"),
    (b'{"choices":[{"delta":{"content":"a"}}],"created":00012}', "a"),
    (b'{"choices":[{"delta":{"content":"a"}}],"created":' + b"7" * 5_000 + b"}", "a"),
    (b'{"choices":[{"delta":{"content":"a\xff"}}]}', "a\ufffd"),
    (b'{"choices":[{"delta":{"content":"a"},}]}', "a"),
    (b'{"choices":[{"delta":{"content":"a","\\ud83d":1}}]}', "a"),
]


@pytest.mark.parametrize(("event", "content"), REFUSED, ids=range(len(REFUSED)))
def test_an_event_that_a_strict_reader_refuses_keeps_its_text(event, content):
    assert content_of(delta("Never mix "), event, delta(", it is toxic.")) == f"Never mix {content}, it is toxic."


@pytest.mark.parametrize("between", [[], [delta("")], [b": ping"], [b'{"choices":[]}']])
def test_a_character_in_two_halves_over_two_events_is_whole(between):
    first, second = b'{"choices":[{"delta":{"content":"a\\ud83d"}}]}', b'{"choices":[{"delta":{"content":"\\ude00b"}}]}'
    assert content_of(first, *between, second) == "a😀b"


def test_a_character_cut_within_its_bytes_over_two_events_is_whole():
    emoji = "😀".encode()
    for cut in range(1, 4):
        events = [b'{"choices":[{"delta":{"content":"' + half + b'"}}]}' for half in (emoji[:cut], emoji[cut:])]
        assert content_of(*events) == "😀"


def test_a_half_of_reasoning_and_a_half_of_content_are_no_character():
    first = b'{"choices":[{"delta":{"reasoning":"\\ud83d"}}]}'
    second = b'{"choices":[{"delta":{"content":"\\ude00"}}]}'
    assert content_of(first, second) == "\ufffd"


@pytest.mark.parametrize(
    "event",
    [
        b'{"choices":[{"delta":{"content":"hel',
        b"{'choices':[{'delta':{'content':'hello'}}]}",
        b'[{"choices":[{"delta":{"content":"hello"}}]}]',
        json.dumps(json.dumps({"choices": [{"delta": {"content": "hello"}}]})).encode(),
        b'{"choices":[{"del',
        b'{choices:[{delta:{content:"hello"}}]}',
        b'{Choices:[{Delta:{Content:"hello',
        b'{"output_text": "hello',
    ],
)
def test_what_is_no_chunk_but_may_hold_content_breaks_the_stream_off(event):
    assert failure_of(event).kind is Kind.CUT


@pytest.mark.parametrize("event", [b"{oops", b"hello", b"7", b"null", b'"text"', b"[]", b"[[[[", b"", b"{'a': 1}"])
def test_a_surplus_event_is_skipped(event):
    assert EventReader().read(event) is None


UNREAD = [
    {"choices": {"0": {"delta": {"content": "bleach"}}}},
    {"choices": [{"delta": {"text": "bleach"}}]},
    {"choices": [{"delta": {"content": "never ", "output_text": "bleach"}}]},
    {"choices": [{"index": 0, "delta": {"content": "ble"}}, {"index": 0, "delta": {"content": "ach"}}]},
    {"choices": [{"delta": {}, "output": {"content": ["bleach"]}}]},
    {"data": {"choices": [{"delta": {"content": "bleach"}}]}},
    {"Choices": [{"Delta": {"Content": "bleach"}}]},
    {"choices": [{"Delta": {"Content": "bleach"}}]},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "bleach"}},
    {"type": "response.output_text.delta", "delta": "bleach"},
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "bleach"}]}}]},
    {"model": "m", "message": {"role": "assistant", "content": "bleach"}, "done": False},
    {"model": "m", "response": "bleach", "done": False},
    {"token": {"id": 5, "text": "bleach"}},
    {"choices": [], "text": "bleach"},
    {"choices": [{"delta": {"content": {"fragments": [{"words": "bleach"}]}}}]},
]


@pytest.mark.parametrize("event", UNREAD, ids=range(len(UNREAD)))
def test_text_in_a_place_where_none_is_looked_for_is_told_of(event):
    chunk = EventReader().read(json.dumps(event).encode())
    assert "".join(chunk.unread) in ("bleach", "ach")


UNUSUAL = [
    b'{"choices":[null,{"delta":{"content":"bleach"}}]}',
    b'{"choices":[{"delta":"bleach"}]}',
    b'{"choices":[{"delta":{"content":{"text":{"value":"bleach"}}}}]}',
    b'{"choices":[{"delta":{"content":{"content":"bleach"}}}]}',
    b'{"choices":[{"delta":{"content":[["bleach"]]}}]}',
    b'{"choices":[{"delta":{"content":[{"text":"ble"},"ach"]}}]}',
    b'{"choices":[{"delta":{"content":"bleach"}}],"usage":null}',
    b'{"choices":[{"delta":{"content":"bleach"},"logprobs":{"content":[{"token":"ble","bytes":[1]}]}}]}',
    b'{"choices":[{"delta":{"content":"bleach","annotations":[{"url_citation":{"content":"a page"}}]}}]}',
    b'{"choices":[{"delta":{"content":"bleach"}}],"citations":["a"],"search_results":[{"content":"a page"}]}',
    b'{"choices":[{"delta":{"content":"bleach"},"text":"bleach"}]}',
]


@pytest.mark.parametrize("event", UNUSUAL, ids=range(len(UNUSUAL)))
def test_text_in_an_unusual_form_is_read_and_what_comes_beside_it_is_none(event):
    chunk = EventReader().read(event)
    assert (chunk.content, chunk.unread) == ("bleach", ())


@pytest.mark.parametrize(
    "event",
    [
        b'{"choices":[{"delta":{"content":"bleach"},"delta":{}}]}',
        b'{"choices":[{"delta":{"content":"ble"},"delta":{"content":"ach"}}]}',
        b'{"choices":[{"delta":{"content":"ble","content":"ach"}}]}',
        b'{"choices":[{"delta":{"content":"bleach"}}],"choices":[]}',
    ],
)
def test_a_name_with_two_values_breaks_the_stream_off(event):
    assert failure_of(event).kind is Kind.CUT


def test_a_piece_of_another_answer_breaks_the_stream_off():
    reader = EventReader()
    reader.read(b'{"choices":[{"index":0,"delta":{"content":"Never "}}]}')
    with pytest.raises(ProviderFailure) as caught:
        reader.read(b'{"choices":[{"index":1,"delta":{"content":"Always "}}]}')
    assert caught.value.signal.kind is Kind.CUT


def test_what_an_upstream_was_sent_is_no_text_of_the_answer():
    echo = {"choices": [], "debug": {"echo_upstream_body": {"messages": [{"role": "user", "content": "Hello"}]}}}
    assert EventReader().read(json.dumps(echo).encode()).unread == ()


ERROR = {"code": 429, "message": "Rate limit exceeded: free-models-per-day."}
WRAPPED = [
    json.dumps({"error": ERROR}).encode(),
    json.dumps({"error": {"error": ERROR}}).encode(),
    json.dumps({"choices": [{"delta": {}, "error": ERROR}]}).encode(),
    json.dumps({"choices": [{"delta": {"content": ""}, "finish_reason": "error"}], "error": ERROR}).encode(),
    json.dumps([{"error": ERROR}]).encode(),
    json.dumps({"errors": [ERROR]}).encode(),
    json.dumps({"x_groq": {"error": ERROR}}).encode(),
    json.dumps(ERROR).encode(),
    json.dumps({"detail": {"error": ERROR}}).encode(),
    b'{"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day.", "x": NaN}}',
    b'{"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day.", "meta',
    json.dumps({"failure": ERROR}).encode(),
    json.dumps({"fault": {"faultstring": ERROR["message"], "faultcode": 429}}).encode(),
    json.dumps({"error_code": 429, "error_msg": ERROR["message"]}).encode(),
    json.dumps({"base_resp": {"status_code": 429, "status_msg": ERROR["message"]}}).encode(),
    NoticeData(json.dumps({"error": ERROR}).encode()),
    ErrorData(json.dumps(ERROR).encode()),
    ErrorData(json.dumps({"choices": [], **ERROR}).encode()),
    ErrorData(b"429 Rate limit exceeded: free-models-per-day."),
]


@pytest.mark.parametrize("event", WRAPPED, ids=range(len(WRAPPED)))
def test_an_error_means_the_same_in_every_wrapping(event):
    assert classify(failure_of(event)).name == "free_day_used_up"


@pytest.mark.parametrize(
    "event",
    [
        NoticeData(b'{"message":"high error rate","code":429}'),
        NoticeData(b'{"ok":true}'),
        b'{"type":"warning","message":"high error rate","code":429}',
        b'{"choices":[],"base_resp":{"status_code":0,"status_msg":"success"}}',
        b'{"choices":[],"error":{"code":200,"message":"OK"}}',
        b'{"choices":[],"error":"none"}',
    ],
)
def test_a_notice_and_a_word_of_success_end_no_stream(event):
    chunk = EventReader().read(event)
    assert chunk is None or (chunk.content, chunk.unread) == ("", ())


def test_the_text_of_an_event_that_is_named_a_notice_is_read():
    assert EventReader().read(NoticeData(delta("bleach"))).content == "bleach"


@pytest.mark.parametrize("field", ["finish_reason", "native_finish_reason"])
@pytest.mark.parametrize("word", ["error", "ERROR", "MALFORMED_FUNCTION_CALL"])
def test_a_reason_that_means_an_error_is_one(field, word):
    event = json.dumps({"choices": [{"delta": {"content": "half"}, field: word}]}).encode()
    assert classify(failure_of(event)).name == "server_error"


def test_reasoning_beside_content_is_read():
    chunk = EventReader().read(json.dumps({"choices": [{"delta": {"content": "a", "reasoning": "b"}}]}).encode())
    assert (chunk.content, chunk.reasoning) == ("a", "b")


def test_a_model_of_a_megabyte_is_shown_short_and_without_a_key():
    key = "gsk_0123456789abcdefghij"
    facts = EventReader([key]).read(delta("a", model=key + "m" * 1_000_000)).facts
    assert len(facts.model) <= 200
    assert "abcdefghij" not in facts.model


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["choices", "delta", "message", "content", "text", "usage", "cost", "model", "x_groq", "error",
          "finish_reason", "errors", "reasoning", "native_finish_reason", "index", "code", "detail"]  # fmt: skip
_events = st.recursive(
    _json,
    lambda inner: st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=12,
)


@given(_events)
def test_any_value_in_any_place_is_read_or_a_failure(event):
    try:
        EventReader().read(json.dumps(event).encode())
    except ProviderFailure as failure:
        failure.signal.message.encode()


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_a_failure(data):
    for event in (data, ErrorData(data)):
        try:
            EventReader().read(event)
        except ProviderFailure as failure:
            failure.signal.message.encode()


def numbered(place, content):
    return json.dumps({"choices": [{"index": place, "delta": {"content": content}}]}).encode()


def test_of_several_answers_in_one_event_the_first_by_its_number_is_read():
    event = {"choices": [{"index": 1, "delta": {"content": "no"}}, {"index": 0, "delta": {"content": "yes"}}]}
    assert content_of(json.dumps(event).encode(), numbered(0, " again")) == "yes again"


@pytest.mark.parametrize("places", [(0, 1), (1, 0), (0, 0, 2), (None, 1)])
def test_a_stream_that_mixes_several_answers_is_broken_off_rather_than_mixed_up(places):
    with pytest.raises(ProviderFailure) as caught:
        content_of(*(numbered(place, "text") for place in places))
    assert caught.value.signal.kind is Kind.CUT


@pytest.mark.parametrize("places", [(0, None), (None, 0), (3, 3), ("0", 0), (True, 0)])
def test_a_number_that_says_nothing_breaks_nothing_off(places):
    assert content_of(*(numbered(place, "text ") for place in places)) == "text text "
