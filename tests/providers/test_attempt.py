"""One call within its limits, in virtual time: when it is given up, when it has ended, what is shown of it."""

import asyncio
import json
import time

import httpx
import pytest

from router.failures.outcomes import Kind, classify
from router.providers.attempt import AttemptRequest, StreamAttempt, TimeLimits, plain_attempt
from router.providers.http.sent_mark import SentMark, mark_sent
from router.providers.http.transport import Endpoint
from router.providers.replies import ProviderFailure
from tests.virtual import run

EVENTS = {"content-type": "text/event-stream"}
DONE = b"data: [DONE]\n\n"


def event(content=None, reason=None, **fields):
    delta = {} if content is None else {"content": content}
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": reason}], **fields}).encode() + b"\n\n"


class Playing(httpx.AsyncBaseTransport):
    """Answers with steps: bytes are sent, seconds pass, exceptions break the connection."""

    def __init__(self, steps, headers, status=200):
        self._steps, self._headers, self._status = steps, headers, status

    async def handle_async_request(self, request):
        mark_sent()
        return httpx.Response(self._status, headers=self._headers, stream=PlayedBody(self._steps))


class PlayedBody(httpx.AsyncByteStream):
    def __init__(self, steps):
        self._steps = steps

    async def __aiter__(self):
        for step in self._steps:
            if isinstance(step, bytes):
                yield step
            elif isinstance(step, Exception):
                raise step
            else:
                await asyncio.sleep(step)


def asking(steps, *, headers=EVENTS, status=200, own_limit=False, prompt_tokens=0, **limits):
    now = asyncio.get_running_loop().time()
    times = {"first_token_at": now + 8.0, "idle": 10.0, "total_at": now + 60.0} | limits
    return AttemptRequest(
        transport=Playing(steps, headers, status),
        endpoint=Endpoint(httpx.URL("http://host/chat/completions"), httpx.Headers()),
        body=b"{}",
        limits=TimeLimits(**times),
        secrets=(),
        own_limit=own_limit,
        sent_mark=SentMark(),
        prompt_tokens=prompt_tokens,
    )


def stream(*steps, **options):
    """What a stream comes to: its reply, the failure's signal or None, the pieces shown, and the seconds it took."""

    async def play():
        loop = asyncio.get_running_loop()
        began = loop.time()
        attempt = StreamAttempt(asking(steps, **options))
        pieces, signal = [], None
        try:
            async for shown in attempt.pieces():
                pieces += shown
        except ProviderFailure as failure:
            signal = failure.signal
        return attempt.reply, signal, pieces, loop.time() - began

    return run(play())


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [0.25, 0.9, 1.9])
def test_a_reason_on_every_event_does_not_end_the_answer_however_far_apart_they_come(gap):
    words = [step for word in ("One", " two", " three", " four") for step in (event(word, "stop"), gap)]
    reply, signal, _, _ = stream(*words, DONE)
    assert (signal, reply.text) == (None, "One two three four")


def test_a_stream_without_its_end_is_whole_half_a_second_after_its_reason():
    reply, signal, _, seconds = stream(event("One"), event(" two"), event("", "stop"), 50.0)
    assert (signal, reply.text) == (None, "One two")
    assert seconds == pytest.approx(0.5)


def test_usage_behind_the_reason_is_still_read():
    counted = event("", None, usage={"prompt_tokens": 7, "completion_tokens": 2, "cost": 0.5})
    reply, _, _, seconds = stream(event("One"), event(" two", "stop"), 0.2, counted, DONE)
    assert (reply.usage.prompt_tokens, reply.cost) == (7, 0.5)
    assert seconds < 0.3


def test_silence_within_a_stream_whose_reasons_mean_nothing_is_a_stall():
    _, signal, _, seconds = stream(event("One", "stop"), 0.1, event(" two", "stop"), 50.0)
    assert signal.kind is Kind.STALLED
    assert seconds == pytest.approx(10.1)


def test_a_connection_that_breaks_within_such_a_stream_is_a_cut():
    for steps in ([event("One", "stop")], [event("One", "stop"), 0.1, event(" two", "stop")]):
        assert stream(*steps, ConnectionResetError())[1].kind is Kind.CUT


def test_a_connection_that_breaks_behind_the_reason_changes_nothing():
    reply, signal, _, _ = stream(event("One"), event(" two"), event("", "stop"), ConnectionResetError())
    assert (signal, reply.text) == (None, "One two")


def test_a_reason_ahead_of_the_text_and_then_nothing_is_silence():
    _, signal, _, seconds = stream(event("", "stop"), 50.0)
    assert signal.kind is Kind.SILENT
    assert seconds == pytest.approx(8.0)


# --- the limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [b": PROCESSING\n\n", event(""), event(" "), event("", "unknown"), b"data: {oops\n\n"])
def test_what_is_no_text_is_no_life(step):
    _, signal, pieces, seconds = stream(*[step, 1.0] * 30)
    assert (signal.kind, pieces) == (Kind.SILENT, [])
    assert seconds == pytest.approx(8.0)


def test_reasoning_is_life():
    thought = b'data: {"choices":[{"delta":{"reasoning":"hm"}}]}\n\n'
    reply, signal, _, _ = stream(*[thought, 6.0] * 4, event("Four", "stop"), DONE)
    assert (signal, reply.text, reply.reasoning) == (None, "Four", "hm" * 4)


@pytest.mark.parametrize("field", ["content", "reasoning"])
def test_a_drip_is_given_up_where_a_least_pace_is_asked_for(field):
    token = b'data: {"choices":[{"delta":{"%b":"x"}}]}\n\n' % field.encode()
    _, signal, _, seconds = stream(*[token, 4.0] * 12, least_pace=2.0)
    assert (signal.kind, classify(signal).name) == (Kind.TOO_SLOW, "too_slow")
    assert classify(signal).sick
    assert seconds <= 12.0
    assert stream(*[token, 4.0] * 12)[1].kind is not Kind.TOO_SLOW


def test_a_pause_within_a_lively_answer_is_no_drip():
    lively = [event("word "), 0.05] * 100
    reply, signal, _, _ = stream(*lively, 9.0, *lively, 9.0, *lively, event("", "stop"), DONE, least_pace=2.0)
    assert (signal, len(reply.text)) == (None, 1_500)


def test_comments_between_a_drips_tokens_make_it_no_faster():
    _, signal, _, _ = stream(*[event("x"), 1.0, b": alive\n\n", 1.0, event(""), 2.0] * 12, least_pace=2.0)
    assert signal.kind is Kind.TOO_SLOW


def test_the_tokens_of_a_drip_that_is_given_up_are_counted_by_estimate():
    reply, _, _, _ = stream(*[event("four"), 4.0] * 12, least_pace=2.0, prompt_tokens=30)
    assert reply.usage_is_estimated
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (30, len(reply.text) // 4)


def test_a_stream_that_is_left_is_counted_by_estimate():
    async def leave():
        attempt = StreamAttempt(asking([event("x" * 40), 1.0, event("y" * 40)], prompt_tokens=5))
        pieces = attempt.pieces()
        await anext(pieces)
        await pieces.aclose()
        return attempt.reply

    assert run(leave()).usage.completion_tokens == 10


# --- what is no stream -----------------------------------------------------------------------------------------------


def whole(content, **fields):
    return json.dumps({"choices": [{"message": {"content": content, **fields}, "finish_reason": "stop"}]}).encode()


def test_a_whole_completion_in_place_of_a_stream_is_one_piece():
    reply, signal, pieces, _ = stream(whole("Four", reasoning="Hm"), headers={})
    assert (signal, reply.text) == (None, "Four")
    assert [piece.text for piece in pieces] == ["Hm", "Four"]


WITH_ITS_REFUSAL = {
    "a whole completion": (json.dumps({"choices": [{"message": {"content": "{}"}, "finish_reason": "X"}]}), {}),
    "a message in one event": (
        'data: {"choices": [{"message": {"content": "{}"}, "finish_reason": "X"}]}\n\n',
        EVENTS,
    ),
    "a delta in one event": ('data: {"choices": [{"delta": {"content": "{}"}, "finish_reason": "X"}]}\n\n', EVENTS),
    "two events in one piece": (
        'data: {"choices": [{"delta": {"content": "{}"}}]}\n\n'
        'data: {"choices": [{"delta": {}, "finish_reason": "X"}]}\n\n',
        EVENTS,
    ),
    "an error behind it": (
        'data: {"choices": [{"delta": {"content": "{}"}}]}\n\ndata: {"error": {"message": "no"}}\n\n',
        EVENTS,
    ),
}


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "length"])
@pytest.mark.parametrize(("body", "headers"), WITH_ITS_REFUSAL.values(), ids=WITH_ITS_REFUSAL)
def test_what_comes_together_with_its_refusal_is_not_shown(body, headers, reason):
    _, signal, pieces, _ = stream(body.replace("X", reason).encode(), 0.1, DONE, headers=headers, own_limit=True)
    assert (signal is not None, pieces) == (True, [])


def test_text_behind_a_refusal_that_stands_on_every_event_is_whole():
    reply, signal, pieces, _ = stream(event("One ", "content_filter"), 0.1, event("two.", "stop"), DONE)
    assert (signal, reply.text, "".join(piece.text for piece in pieces)) == (None, "One two.", "One two.")


@pytest.mark.parametrize("content", ["", None, " \n", []])
def test_a_whole_completion_without_text_shows_nothing(content):
    _, signal, pieces, _ = stream(whole(content, reasoning="Hm"), headers={})
    assert (signal.kind, pieces) == (Kind.EMPTY, [])


CAP = {"code": 429, "message": "Rate limit exceeded: free-models-per-day."}


@pytest.mark.parametrize("head", [[], [event("One")], [b": PROCESSING\n\n"], [event("One"), b": PROCESSING\n\n"]])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": CAP}).encode(),
        json.dumps({"error": CAP}, indent=2).encode() + b"\n\n",
        json.dumps([{"error": CAP}]).encode() + b"\n",
        b"event: error\ndata: " + json.dumps(CAP).encode() + b"\n\n",
        b"data: " + json.dumps({"errors": [CAP]}).encode() + b"\n\n",
    ],
)
def test_an_error_in_a_stream_is_one_in_any_wrapping_ahead_of_the_text_and_behind_it(body, head):
    assert classify(stream(*head, body)[1]).name == "free_day_used_up"


def test_a_plain_call_that_is_answered_by_a_stream_is_read():
    async def play():
        steps = [event("One", "stop"), event(" two", "stop"), DONE]
        return await plain_attempt(asking(steps))

    assert run(play()).text == "One two"


def test_a_plain_call_reads_what_a_strict_reader_refuses():
    async def play():
        body = b'{"choices":[{"message":{"content":"a\tb \\ud83d"},"finish_reason":"stop"}],"x":NaN}'
        return await plain_attempt(asking([body], headers={}))

    assert run(play()).text == "a\tb \ufffd"


def test_a_plain_call_that_is_too_late_is_given_up():
    async def play():
        await plain_attempt(asking([3.0, whole("late")], headers={}, total_at=2.0))

    with pytest.raises(ProviderFailure) as caught:
        run(play())
    assert caught.value.signal.kind is Kind.SLOW


# --- beside others ---------------------------------------------------------------------------------------------------


def test_a_long_reply_full_of_marks_is_read_beside_the_event_loop():
    said = json.dumps({"choices": [{"message": {"content": "a" + "<s>" * 100_000}, "finish_reason": "stop"}]}).encode()

    async def whole(*, streams):
        request = asking([said], headers={"content-type": "application/json"})
        began = time.thread_time()
        if streams:
            attempt = StreamAttempt(request)
            async for _ in attempt.pieces():
                pass
        else:
            await plain_attempt(request)
        return time.thread_time() - began

    for streams in (False, True):
        assert asyncio.run(whole(streams=streams)) < 0.2, "a second's work, which a thread does"


def test_many_events_that_come_at_once_let_others_have_their_turn():
    turns = 0

    async def play():
        nonlocal turns
        loop, attempt = asyncio.get_running_loop(), StreamAttempt(asking([event("a") * 1_000, event("", "stop"), DONE]))

        def take_turn():
            nonlocal turns
            turns += 1
            loop.call_soon(take_turn)

        take_turn()
        return "".join([piece.text async for pieces in attempt.pieces() for piece in pieces])

    assert asyncio.run(play()) == "a" * 1_000
    assert turns > 50
