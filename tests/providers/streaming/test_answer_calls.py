"""Tool calls in a stream: when they are whole, what ends them, and that no odd value under their names does harm."""

import contextlib
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.outcomes import Kind
from router.providers.attempt import check_reply
from router.providers.kept_turns import KeptTurn
from router.providers.replies import ProviderFailure, read_reply
from router.providers.streaming.answer import StreamedAnswer
from router.types import Target

CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
NAMES = st.sampled_from(["index", "id", "function", "name", "arguments", "type", "text", "summary", "data"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(["tool_calls", "function_call", "reasoning_details", "content", "reasoning"]), VALUES, max_size=4
)


def event(reason=None, place="delta", **fields):
    return json.dumps({"choices": [{"index": 0, place: fields, "finish_reason": reason}]}).encode()


def answer_to(*events):
    answer, pieces = StreamedAnswer((), lambda: 1.0), []
    for data in events:
        answer.feed(data, pieces)
    answer.close(pieces)
    return answer, pieces


def calls_of(*events):
    answer, _ = answer_to(*events)
    answer.check_whole()
    check_reply(answer.reply, own_limit=False)
    return [(call.name, call.arguments) for call in answer.reply.calls]


def test_a_call_is_an_answer_without_any_text():
    assert calls_of(event(tool_calls=[CALL]), event("tool_calls")) == [("f", '{"x":1}')]


def test_a_call_may_come_together_with_text_and_with_the_reason():
    answer, pieces = answer_to(event("stop", content="Look.", tool_calls=[CALL]))
    assert [piece.text for piece in pieces] == ["Look."]
    assert len(answer.reply.calls) == 1
    assert answer.reply.finish_reason == "stop"


@pytest.mark.parametrize("content", ["", None, "Look."])
def test_a_call_beside_any_content_is_not_lost(content):
    assert calls_of(event(content=content, tool_calls=[CALL]), event("stop")) == [("f", '{"x":1}')]


def test_a_reason_ahead_of_a_call_ends_nothing():
    answer, _ = answer_to(event("stop", content="Look."), event(tool_calls=[CALL]))
    assert answer.reply.finish_reason is None


def test_a_stream_that_ends_within_a_call_is_cut():
    answer, _ = answer_to(event(tool_calls=[CALL]))
    with pytest.raises(ProviderFailure) as caught:
        answer.check_whole()
    assert caught.value.signal.kind is Kind.CUT


@pytest.mark.parametrize("in_pieces", [True, False])
def test_a_whole_message_at_the_end_repeats_what_came_and_adds_no_call(in_pieces):
    pieces = [event(tool_calls=[CALL])] if in_pieces else []
    assert calls_of(*pieces, event("stop", "message", content=None, tool_calls=[CALL])) == [("f", '{"x":1}')]


def test_an_event_that_cannot_be_read_and_holds_some_of_a_call_ends_the_stream():
    broken = orjson.dumps(orjson.loads(event(content="", tool_calls=[CALL])))[:-4]
    with pytest.raises(ProviderFailure):
        answer_to(event(tool_calls=[CALL]), broken)


def test_details_of_their_own_event_and_of_the_calls_event_are_both_kept():
    details = [{"type": "reasoning.text", "text": text, "index": 0} for text in ("a", "b")]
    answer, _ = answer_to(
        event(reasoning_details=details[:1]), event(reasoning_details=details[1:], tool_calls=[CALL]), event("stop")
    )
    assert answer.reply.details == [{"type": "reasoning.text", "text": "ab", "index": 0}]


def test_what_was_called_counts_as_written_where_a_stream_breaks_off():
    answer, _ = answer_to(event(tool_calls=[{**CALL, "function": {"name": "f", "arguments": "x" * 400}}]))
    answer.estimate_usage(10)
    assert (answer.reply.usage.prompt_tokens, answer.reply.usage.completion_tokens) == (10, 100)


def keepable(reply):
    """All of it can be kept and sent on."""
    for call in reply.calls:
        json.dumps([call.name, call.arguments, call.id], ensure_ascii=False).encode()
    assert KeptTurn(Target("a", "b"), "b", reply.reasoning, reply.details).size > 0
    assert orjson.dumps(reply.details) is not None


@given(st.lists(st.tuples(st.sampled_from(["delta", "message"]), FIELDS), max_size=6))
def test_no_value_under_the_names_of_calls_does_harm_in_a_stream(fields):
    try:
        answer, _ = answer_to(*(event(None, place, **values) for place, values in fields))
    except ProviderFailure:
        return
    keepable(answer.reply)


@given(FIELDS)
def test_no_value_under_the_names_of_calls_does_harm_in_a_whole_reply(fields):
    with contextlib.suppress(ProviderFailure):  # text where none is looked for
        keepable(read_reply(200, {}, json.dumps({"choices": [{"message": fields}]}).encode()))
