"""When a stream's answer is whole, and what of its events is the answer: bytes cut anywhere, no clock and no socket."""

import json

import pytest

from router.failures.outcomes import Kind, classify
from router.providers.attempt import check_reply
from router.providers.decoding.sse import SSEDecoder
from router.providers.decoding.thinking import Part
from router.providers.replies import ProviderFailure
from router.providers.streaming.answer import StreamedAnswer


def event(content=None, reason=None, native=None, **choice):
    delta = {} if content is None else {"content": content}
    return {"choices": [{"delta": delta, "finish_reason": reason, "native_finish_reason": native, **choice}]}


def wire(*events, done=True):
    lines = [b"data: " + (item if isinstance(item, bytes) else json.dumps(item).encode()) + b"\n\n" for item in events]
    return b"".join(lines) + (b"data: [DONE]\n\n" if done else b"")


def answer_to(chunks, own_limit=False):
    """The answer to a stream that came in these chunks, and the pieces that were shown."""
    answer, decoder, pieces = StreamedAnswer((), lambda: 1.0), SSEDecoder(), []
    for chunk in chunks:
        for data in decoder.feed(chunk):
            answer.feed(data, pieces)
    for data in decoder.close():
        answer.feed(data, pieces)
    answer.close(pieces)
    answer.check_whole()
    check_reply(answer.reply, own_limit)
    return answer, pieces


def text_of(*events, done=True, own_limit=False):
    """The text, the same wherever the bytes are cut."""
    stream = wire(*events, done=done)
    text = answer_to([stream], own_limit)[0].reply.text
    for cut in range(1, len(stream)):
        assert answer_to([stream[:cut], stream[cut:]], own_limit)[0].reply.text == text
    return text


def failure_of(*events, done=True, own_limit=False):
    with pytest.raises(ProviderFailure) as caught:
        answer_to([wire(*events, done=done)], own_limit)
    return caught.value.signal


# --- finish reasons --------------------------------------------------------------------------------------------------


def test_a_reason_on_every_event_leaves_the_text_whole():
    assert text_of(event("One", "stop"), event(" two", "stop"), event(" three", "stop")) == "One two three"


def test_a_reason_that_content_follows_is_taken_back():
    answer, _ = answer_to([wire(event("One"), event("", "length"), event(" two"), event("", "stop"))], own_limit=True)
    assert (answer.reply.text, answer.reply.finish_reason, answer.is_doubtful) == ("One two", "stop", True)


def test_blanks_behind_a_reason_do_not_take_it_back():
    assert failure_of(event("One"), event("", "length"), event("\n"), own_limit=True).kind is Kind.SHORTENED


def test_a_reason_ahead_of_the_text_is_none():
    assert text_of(event("", "stop"), event("One"), event(" two")) == "One two"
    assert failure_of(event("", "stop"), event("One"), event(" two"), done=False).kind is Kind.CUT


def test_a_reason_ahead_of_the_text_finishes_nothing():
    answer = StreamedAnswer((), lambda: 1.0)
    answer.feed(json.dumps(event("", "stop")).encode(), [])
    assert answer.finished_at is None
    answer.feed(json.dumps(event("One", "stop")).encode(), [])
    assert answer.finished_at == 1.0


@pytest.mark.parametrize("word", ["", "null", "none", "UNKNOWN", "FINISH_REASON_UNSPECIFIED"])
def test_a_word_that_means_none_ends_nothing_and_the_streams_own_end_counts(word):
    assert text_of(event("One", word), event(" two", word)) == "One two"
    assert failure_of(event("One", word), event(" two", word), done=False).kind is Kind.CUT


def test_an_end_without_any_reason_is_a_cut():
    assert failure_of(event("One"), event(" two")).kind is Kind.CUT
    assert failure_of(event("One"), event(" two"), done=False).kind is Kind.CUT


@pytest.mark.parametrize("fields", [("MAX_TOKENS", None), ("stop", "MAX_TOKENS"), (None, "max_output_tokens")])
def test_a_limit_of_ours_is_one_in_any_spelling_and_either_field(fields):
    events = event("Half an"), event("", *fields)
    assert failure_of(*events, own_limit=True).kind is Kind.SHORTENED
    answer, _ = answer_to([wire(*events)])
    assert answer.reply.finish_reason == "length"


@pytest.mark.parametrize("word", ["crashed", "preempted", "killed", "denied", "banana"])
def test_an_answer_that_ends_for_an_unknown_reason_is_a_cut_that_names_it(word):
    for fields in ((word, None), (None, word)):
        signal = failure_of(event("Half an"), event("", *fields))
        assert signal.kind is Kind.CUT
        assert word in signal.message
    assert failure_of(event("Half an", word), done=False).kind is Kind.CUT


def test_an_unknown_word_on_every_event_but_the_last_spoils_nothing():
    assert text_of(event("One", "generating"), event(" two", "generating"), event("", "stop")) == "One two"


@pytest.mark.parametrize("fields", [("SAFETY", None), ("content-filter", None), ("stop", "PROHIBITED_CONTENT")])
def test_a_filter_is_one_in_any_spelling_and_either_field(fields):
    assert classify(failure_of(event("Half an"), event("", *fields))).name == "content_policy"
    assert classify(failure_of(event("", *fields))).name == "content_policy"


# --- text ------------------------------------------------------------------------------------------------------------


def test_a_last_message_that_repeats_the_whole_text_counts_once():
    last = event(None, "stop", message={"role": "assistant", "content": "One two.", "reasoning": "Hm."})
    assert text_of(event("One "), event("two."), last) == "One two."


REPEATED = [
    event(None, "stop", text="One two."),
    event(None, "stop", output_text="One two."),
    {**event(None, "stop"), "text": "One two."},
    {**event(None, "stop"), "message": {"role": "assistant", "content": "One two.\n"}},
    {**event(None, "stop"), "response": {"output": [{"content": [{"type": "output_text", "text": "One two."}]}]}},
]


@pytest.mark.parametrize("last", REPEATED, ids=range(len(REPEATED)))
def test_the_whole_text_once_more_in_any_place_counts_once(last):
    assert text_of(event("One "), event("two."), last) == "One two."


@pytest.mark.parametrize("place", ["text", "output_text", "answer"])
def test_other_text_in_an_unusual_place_behind_deltas_is_a_cut(place):
    assert failure_of(event("One "), event("two."), event(None, "stop", **{place: "three."})).kind is Kind.CUT


def test_a_last_message_that_goes_further_than_the_deltas_gives_the_rest():
    last = event(None, "stop", message={"content": "One two. Three."})
    assert text_of(event("One "), event("two."), last) == "One two. Three."


def test_the_older_form_has_its_pieces_in_the_choice_itself():
    assert text_of(event(None, text="One "), event(None, text="two."), event(None, "stop", text="")) == "One two."


def test_what_comes_behind_the_streams_own_end_is_none_of_the_answer():
    behind = event("One two.", "stop")
    assert text_of(event("One "), event("two.", "stop"), b"[DONE]", behind) == "One two."


HOLES = [
    b'{choices:[{delta:{content:"bleach"}}]}',
    {"choices": {"0": {"delta": {"content": "bleach"}}}},
    event(None, delta={"text": "bleach"}),
    {"data": event("bleach")},
    {"Choices": [{"Delta": {"Content": "bleach"}}]},
    b'{"choices":[{"delta":{"content":"bleach"},"delta":{}}]}',
    {"choices": [{"index": 0, "delta": {"content": "ble"}}, {"index": 0, "delta": {"content": "ach"}}]},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "bleach"}},
]


@pytest.mark.parametrize("hole", HOLES, ids=range(len(HOLES)))
def test_no_answer_is_given_with_a_hole_in_it(hole):
    assert failure_of(event("Never mix "), hole, event(", it is toxic.", "stop")).kind is Kind.CUT


def test_a_last_message_is_the_text_where_no_delta_came():
    assert text_of(event(None), event(None, "stop", message={"content": "One two."})) == "One two."


def test_messages_that_grow_are_read_by_what_each_adds():
    growing = [event(None, message={"content": text}) for text in ("One", "One two", "One two.")]
    assert text_of(*growing, event(None, "stop")) == "One two."


def test_messages_that_each_hold_a_piece_are_joined():
    pieces = [event(None, message={"content": text}) for text in ("One", " two", ".")]
    assert text_of(*pieces, event(None, "stop")) == "One two."


def test_a_message_that_repeats_the_text_does_not_take_its_reason_back():
    last = event(None, None, message={"content": "One"})
    answer, _ = answer_to([wire(event("One"), event("", "length"), last)])
    assert answer.reply.finish_reason == "length"


def test_an_event_that_a_strict_reader_refuses_keeps_its_text():
    toxic = b'{"choices":[{"delta":{"content":"bleach and ammonia"},"logprobs":{"x":NaN}}]}'
    assert text_of(event("Never mix "), toxic, event(", it is toxic.", "stop")).startswith(
        "Never mix bleach and ammonia,"
    )


def test_a_half_character_at_the_very_end_is_shown_as_one_that_cannot_be_read():
    assert text_of(b'{"choices":[{"delta":{"content":"a\\ud83d"},"finish_reason":"stop"}]}') == "a\ufffd"


def test_thinking_in_channels_over_events_is_reasoning():
    marks = [
        "<|chan",
        "nel|>analysis<|mess",
        "age|>Two and two.<|end|>",
        "<|start|>assistant<|channel|>fi",
        "nal<|message|>Fo",
    ]
    answer, pieces = answer_to([wire(*(event(mark) for mark in marks), event("ur", "stop"))])
    assert (answer.reply.text, answer.reply.reasoning) == ("Four", "Two and two.")
    assert all(piece.text for piece in pieces)


def test_no_piece_is_empty_and_none_of_blanks_comes_ahead_of_the_answer():
    _, pieces = answer_to([wire(event(""), event(" "), event("\n"), event("One"), event(" "), event("two", "stop"))])
    assert [piece.text for piece in pieces] == [" \nOne", " ", "two"]


def test_an_answer_of_blanks_alone_shows_nothing():
    answer, pieces = StreamedAnswer((), lambda: 1.0), []
    for data in (event(" "), event("\n\n"), event("", "stop")):
        answer.feed(json.dumps(data).encode(), pieces)
    answer.close(pieces)
    assert (pieces, answer.alive_at) == ([], None)


def test_a_void_answer_begins_anew():
    answer, pieces = answer_to([wire(event("hm"), event("</think>"), event("Four", "stop"))])
    assert answer.reply.text == "Four"
    assert [piece.part for piece in pieces] == [Part.ANSWER, Part.VOID, Part.ANSWER]


# --- usage -----------------------------------------------------------------------------------------------------------


def test_an_answer_that_broke_off_is_counted_by_estimate_and_says_so():
    answer = StreamedAnswer((), lambda: 1.0)
    answer.feed(json.dumps(event("x" * 400)).encode(), [])
    answer.estimate_usage(50)
    usage = answer.reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (50, 100, 150)
    assert answer.reply.usage_is_estimated


def test_a_count_of_the_providers_own_is_no_estimate():
    answer = StreamedAnswer((), lambda: 1.0)
    counted = {**event("One"), "usage": {"prompt_tokens": 7, "completion_tokens": 1}}
    answer.feed(json.dumps(counted).encode(), [])
    answer.estimate_usage(50)
    assert (answer.reply.usage.prompt_tokens, answer.reply.usage_is_estimated) == (7, False)


def test_an_answer_of_which_nothing_came_has_no_count():
    answer = StreamedAnswer((), lambda: 1.0)
    answer.estimate_usage(50)
    assert answer.reply.usage is None


def test_a_refusal_in_pieces_is_a_refusal_however_the_stream_ends():
    pieces = [{"choices": [{"delta": {"refusal": piece}, "finish_reason": None}]} for piece in ("I can", "not.")]
    assert classify(failure_of(*pieces, event(reason="stop"))).name == "content_policy"
    assert (
        text_of({"choices": [{"delta": {"content": "", "refusal": None}}]}, event("Four"), event(reason="stop"))
        == "Four"
    )


def test_a_stream_that_shows_nothing_is_no_answer_and_nothing_of_it_is_shown():
    stream = [event("\ufeff"), event("\u200b"), event(reason="stop")]
    assert failure_of(*stream).kind is Kind.EMPTY
    assert text_of(event("\ufeff"), event("Four"), event(reason="stop")) == "\ufeffFour"


def test_a_tag_behind_words_that_nothing_closes_takes_no_words_away_unless_a_limit_has_cut_them():
    stream = [event("Use the <thi"), event("nk> tag"), event(", please.")]
    assert text_of(*stream, event(reason="stop")) == "Use the <think> tag, please."
    assert text_of(*stream, event(reason="length")) == "Use the "
