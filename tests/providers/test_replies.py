"""Whole replies: an answer, or a failure that says what it is."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.outcomes import Kind, classify
from router.providers.attempt import check_reply
from router.providers.decoding.thinking import Part, Piece
from router.providers.replies import ProviderFailure, Reply, error_signal, read_json, read_reply
from tests.dialects import GROQ


def completion(message, **choice):
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop", **choice}]}).encode()


def failure_of(status, body, headers=None, secrets=()):
    with pytest.raises(ProviderFailure) as caught:
        read_reply(status, headers or {}, body, secrets)
    return caught.value.signal


def test_an_answer_is_read_with_all_that_it_says():
    body = json.dumps(
        {
            "model": "vendor/served",
            "choices": [{"message": {"content": "<think>Hm</think>Four"}, "finish_reason": "MAX_TOKENS"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "cost": 0.25},
        }
    ).encode()
    headers = {"x-ratelimit-limit-tokens": "8000", "x-ratelimit-remaining-tokens": "7000"}
    reply = read_reply(200, headers, body, dialect=GROQ)
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("Four", "Hm", "length")
    assert (reply.model, reply.usage.total_tokens, reply.cost) == ("vendor/served", 5, 0.25)
    assert [stated.remaining for stated in reply.stated.allowances] == [7_000]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + completion({"content": "Four"}),
        b"\n \n: PROCESSING\n\n" + completion({"content": "Four"}),
        completion({"content": [{"type": "text", "text": "Fo"}, {"type": "text", "text": "ur"}]}),
        completion(None, delta={"content": "Four"}),
        completion(None, text="Four"),
        completion({"content": "Four"}).replace(b'"stop"', b'"stop", "x": NaN'),
        completion({"content": "Four"}).replace(b"}]}", b"},]}"),
        completion({"content": "Four"}) + b"\n\n: done",
        completion({"content": "Four"}) + b"\n\ndata: [DONE]\n\n",
        b"[" + completion({"content": "Four"}) + b"]",
        b'{"choices": [null, ' + completion({"content": "Four"})[13:],
        completion({"content": [{"text": {"value": "Fo"}}, ["ur"]]}),
        completion("Four"),
    ],
)
def test_an_answer_is_read_in_every_shape(body):
    assert read_reply(200, {}, body).text == "Four"


@pytest.mark.parametrize("status", [201, 203, 206, 299])
def test_every_status_of_success_brings_an_answer(status):
    assert read_reply(status, {}, completion({"content": "Four"})).text == "Four"


UNREAD = [
    {"choices": [{"message": {"content": "Never mix "}, "output_text": "bleach"}]},
    {"choices": [{"message": {"content": [{"type": "text", "text": "A"}, {"words": "B"}]}}]},
    {"choices": [{"message": {"content": "A"}}, {"message": {"content": "B"}}]},
    {"choices": [{"message": {"content": "A"}}], "output": [{"content": [{"text": "B"}]}]},
]


@pytest.mark.parametrize("data", UNREAD, ids=range(len(UNREAD)))
def test_an_answer_with_text_where_none_is_looked_for_is_malformed(data):
    assert failure_of(200, json.dumps(data).encode()).kind is Kind.MALFORMED


def test_a_second_answer_with_a_place_of_its_own_is_left_alone():
    choices = [{"index": place, "message": {"content": text}} for place, text in enumerate(("A", "B"))]
    assert read_reply(200, {}, json.dumps({"choices": choices}).encode()).text == "A"


def test_a_name_with_two_values_is_malformed():
    body = b'{"choices": [{"message": {"content": "A", "content": "B"}, "finish_reason": "stop"}]}'
    assert failure_of(200, body).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"7", b'"text"', b"{}", b'{"choices": {}}', b'{"choices": [7]}', b"<html>", b"[" * 60_000,
     b"[" + completion({"content": "Four"}) * 2 + b"]", completion({"content": "Four"})[:-9]],
)  # fmt: skip
def test_what_is_no_completion_is_malformed(body):
    assert failure_of(200, body).kind is Kind.MALFORMED


def test_a_failure_within_a_200_keeps_its_own_status():
    signal = failure_of(200, b'{"error": {"code": 502, "message": "Upstream error"}}')
    assert (signal.status, signal.http_status, classify(signal).name) == (502, 200, "server_error")


def test_an_error_of_megabytes_is_masked_and_short_within_a_second():
    key = "gsk_0123456789abcdefghij"
    body = json.dumps({"error": {"message": f"{key} " * 1_000_000}}).encode()
    began = time.process_time()
    signal = failure_of(400, body, secrets=[key])
    assert time.process_time() - began < 1.0
    assert len(signal.message) <= 600
    assert "0123456" not in signal.message


def test_a_page_is_named_and_not_quoted():
    assert failure_of(502, b"<html>key</html>").message == "an HTML page"
    assert failure_of(200, b"<html>key</html>").message == "an HTML page"


def test_a_void_piece_makes_reasoning_of_what_was_the_answer():
    reply = Reply()
    for piece in (Piece(Part.ANSWER, "a"), Piece(Part.VOID), Piece(Part.ANSWER, "b")):
        reply.take(piece)
    assert (reply.text, reply.reasoning) == ("b", "a")


def test_json_that_is_none_is_none():
    assert read_json(b'{"a": NaN}') == {"a": None}
    assert read_json(b"cut {") is None


@given(st.binary(max_size=200), st.integers(100, 999))
def test_no_body_whatever_breaks_the_reading(body, status):
    signal = error_signal(status, {}, body)
    signal.message.encode()
    try:
        read_reply(status, {}, body)
    except ProviderFailure as failure:
        failure.signal.message.encode()


@pytest.mark.parametrize("message", [{"content": None, "refusal": "I cannot."}, {"content": "", "refusal": "No."}])
def test_a_refusal_in_the_models_own_words_is_one_and_no_sick_target(message):
    reply = read_reply(200, {}, completion(message))
    with pytest.raises(ProviderFailure) as caught:
        check_reply(reply, own_limit=False)
    assert classify(caught.value.signal).name == "content_policy"


def test_what_is_said_beside_a_refusal_is_the_answer():
    assert read_reply(200, {}, completion({"content": "Four", "refusal": "no"})).text == "Four"
    assert read_reply(200, {}, completion({"content": "Four", "refusal": None})).finish_reason == "stop"


@pytest.mark.parametrize(
    "text", ["\u200b", "\ufeff", "\u00ad\n", "\u2800", "\u3164 ", "\x00", "\u2060\u200d", "\ufe0f"]
)
def test_an_answer_that_shows_nothing_is_none(text):
    with pytest.raises(ProviderFailure) as caught:
        check_reply(read_reply(200, {}, completion({"content": text})), own_limit=False)
    assert caught.value.signal.kind is Kind.EMPTY
