"""An error means the same whatever it is wrapped in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.outcomes import classify
from router.providers.decoding.error_bodies import codes_of, find_error, salvage_error, sentence_of, status_of, words_of
from router.providers.replies import error_signal
from tests.dialects import OPENROUTER

NOW = 1_790_000_000.0
RESET = str(int((NOW + 7_200) * 1_000))
CAP = {
    "code": 429,
    "message": "Rate limit exceeded: free-models-per-day. Add 10 credits",
    "metadata": {"headers": {"X-RateLimit-Reset": RESET}, "limit_source": "openrouter_free_tier_daily"},
}
WRAPPINGS = {
    "as OpenAI has it": {"error": CAP},
    "nested": {"error": {"error": CAP}},
    "nested deeper": {"error": {"error": {"error": CAP}}},
    "in a list": [{"error": CAP}],
    "in a list of errors": {"errors": [CAP]},
    "an object of errors": {"errors": CAP},
    "in the first choice": {"choices": [{"error": CAP, "finish_reason": "error"}]},
    "in Groq's object": {"x_groq": {"id": "req_1", "error": CAP}},
    "flat": CAP,
    "under detail": {"detail": CAP},
    "an error under detail": {"detail": {"error": CAP}},
    "under message": {"message": {"error": CAP}},
    "in a response": {"type": "response.failed", "response": {"status": "failed", "error": CAP}},
    "as text": {"error": json.dumps({"error": CAP})},
    "beside true": {"error": True, **CAP},
    "beside a name": {"type": "error", "error": CAP, "request_id": "req_1"},
    "beside an empty choice": {"error": CAP, "choices": []},
    "in capitals": {"Error": {"Code": 429, **CAP}},
    "as a failure": {"failure": CAP},
    "as SOAP has it": {"fault": {"faultcode": 429, "faultstring": CAP["message"], "metadata": CAP["metadata"]}},
    "in names of its own": {"error_code": 429, "error_msg": CAP["message"], "metadata": CAP["metadata"]},
    "as MiniMax has it": {"base_resp": {"status_code": 429, "status_msg": CAP["message"], "metadata": CAP["metadata"]}},
    "with a message of a longer name": {
        "error": {"code": 429, "error_message": CAP["message"], "metadata": CAP["metadata"]}
    },
    "in details": {"error": {"code": 429, "details": [{"message": CAP["message"]}], "metadata": CAP["metadata"]}},
    "with metadata as text": {"error": {**CAP, "metadata": json.dumps(CAP["metadata"])}},
}


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_outcome_words_and_time_are_the_same_in_every_wrapping(name, status):
    signal = error_signal(status, {}, json.dumps(WRAPPINGS[name]).encode(), dialect=OPENROUTER)
    assert classify(signal).name == "free_day_used_up"
    assert signal.status == 429
    assert signal.message.startswith("Rate limit exceeded: free-models-per-day")
    assert signal.stated.wait_seconds(NOW) == pytest.approx(7_200)


BROKEN = [
    b'{"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day. Add", "x": NaN, '
    b'"metadata": {"headers": {"X-RateLimit-Reset": "%b"}}}}',
    b'{"error": {"code": 429, "message": "Rate limit exceeded:\tfree-models-per-day \xff\xfe", '
    b'"metadata": {"headers": {"X-RateLimit-Reset": "%b"}}}}',
    b'{"error": {"code": 429, "message": "\\ud83d free-models-per-day", '
    b'"metadata": {"headers": {"X-RateLimit-Reset": "%b"}}}}',
    b'{"error": {"code": 429, "message": "free-models-per-day", "metadata": {"headers": {"X-RateLimit-Reset": "%b", "X',
    b"{'error': {'code': 429, 'message': 'free-models-per-day', 'metadata': {'headers': {'X-RateLimit-Reset': '%b'}}}}",
]


@pytest.mark.parametrize("body", BROKEN, ids=["NaN", "bytes", "half a character", "cut off", "Python's quotes"])
def test_what_cannot_be_read_hides_neither_code_nor_time(body):
    signal = error_signal(200, {}, body % RESET.encode(), dialect=OPENROUTER)
    assert (signal.status, classify(signal).name) == (429, "free_day_used_up")
    assert signal.stated.wait_seconds(NOW) == pytest.approx(7_200)
    signal.message.encode()


WORDS = [
    ({"error": "The model is overloaded"}, "The model is overloaded"),
    ({"error": "Not Found", "message": "No such model"}, "Not Found – No such model"),
    ({"detail": "Not authenticated"}, "Not authenticated"),
    (
        {"detail": [{"loc": ["body", "messages", 0], "msg": "field required", "type": "missing"}]},
        "body.messages.0: field required",
    ),
    (
        {"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "too large"}, {"msg": "bad"}]}},
        "body.n: too large; bad",
    ),
    ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
    ({"errors": ["one", "two"]}, "one; two"),
    ({"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}, "Authentication error"),
    ({"message": "Invalid", "errors": {"model": ["required"]}}, "Invalid"),
    ({"error": {"message": "Provider returned error", "metadata": {"raw": "Y"}}}, "Provider returned error – Y"),
    (
        {"error": {"message": "Provider returned error", "metadata": {"raw": {"error": {"message": "Y"}}}}},
        "Provider returned error – Y",
    ),
    ({"error": {"message": ["a", {"text": "b"}, "c"]}}, "a; c"),
    (["Bad", "request"], "Bad; request"),
    ("Bad request", "Bad request"),
]


@pytest.mark.parametrize(("data", "words"), WORDS)
def test_the_words_of_an_error_are_read_in_every_shape(data, words):
    assert sentence_of(find_error(data, is_error=True)) == words


@pytest.mark.parametrize(
    "data",
    [
        {"choices": [{"message": {"content": "Hello"}}], "error": None},
        {"choices": [{"message": {"content": "Hello"}}], "error": {}},
        {"choices": [{"message": {"content": "Hello"}}], "error": False, "errors": []},
        {"choices": [{"message": {"content": "Hello"}}], "message": "error 500", "code": 500},
        {"type": "ping"},
        {"choices": [{"message": {"content": "Hello"}}], "base_resp": {"status_code": 0, "status_msg": "success"}},
        {"choices": [{"message": {"content": "Hello"}}], "error": {"code": 0, "message": ""}},
        {"choices": [{"message": {"content": "Hello"}}], "error": "None"},
        {"type": "warning", "message": "high error rate", "code": 429},
        {"message": "you are third in the queue", "code": 0},
        {"object": "info", "message": "warming up"},
        {"usage": {"prompt_tokens": 1}},
        [],
        [{"choices": []}],
        "hello",
        None,
        7,
    ],
)
def test_what_is_no_error_is_none(data):
    assert find_error(data, is_error=False) is None


@pytest.mark.parametrize(
    ("value", "status"),
    [(429, 429), ("429", 429), (429.0, 429), ("503 Service Unavailable", 503), (200, None), ("9" * 5_000, None),
     (10**4_000, None), (True, None), ([], None), ({}, None), ("٤٢٩", None), (float("nan"), None)],
)  # fmt: skip
def test_the_status_in_an_error_is_read_from_any_type(value, status):
    assert status_of({"code": value}) == status


def test_a_machine_word_is_known_in_any_case_and_no_longer_than_one():
    codes = codes_of({"code": "RATE_LIMIT_EXCEEDED", "type": "x" * 1_000_000, "status": 7, "reason": None})
    assert "rate_limit_exceeded" in codes
    assert max(map(len, codes)) <= 100


def test_nothing_is_salvaged_from_prose_and_html():
    assert salvage_error('<html>"code": 500</html>') is None
    assert salvage_error("Bad gateway") is None
    assert salvage_error('{"id": 1') is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["error", "errors", "detail", "message", "code", "type", "metadata", "availability", "choices", "x_groq",
          "raw", "reasons", "response", "data", "loc", "msg", "failed_generation", "status", "details"]  # fmt: skip
_errors = st.recursive(
    _json,
    lambda inner: st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(_errors, st.booleans())
def test_no_value_whatever_in_any_place_breaks_the_reading(data, is_error):
    error = find_error(data, is_error=is_error)
    if error is not None:
        assert isinstance(sentence_of(error), str)
        assert status_of(error) is None or 400 <= status_of(error) <= 599
        assert all(isinstance(code, str) for code in codes_of(error))


def test_a_value_nested_in_itself_without_end_is_given_up():
    error = "deep"
    for _ in range(200):
        error = {"error": [error]}
    assert find_error(error, is_error=True) is not None
    assert words_of(error) == ""
