"""F20–F23, F34: replies whose text, end or error comes in another form than it should, by both doors."""

import itertools
import json

from router import RequestRejected
from router.simulator import Fault
from tests.scenarios.free_tiers import RESTRICTED
from tests.scenarios.published import answered_by, made
from tests.scenarios.registry import scenario
from tests.tools import ASKED, TOOLS
from tests.world import FIRST, SECOND, name_of


def streamed(*events, done=True):
    """A fault: these events, each as it stands here or written as JSON."""
    texts = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}]
    steps += [{"bytes": b"data: " + text + b"\n\n"} for text in texts]
    return Fault("script", steps=[*steps, *([{"bytes": "data: [DONE]\n\n"}] if done else [])])


def whole(document):
    """A fault: one document, as it stands here or written as JSON."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Fault("script", steps=[{"status": 200}, {"bytes": body}])


def piece(content, reason=None, **choice):
    """A stream's event."""
    delta = {} if content is None else {"content": content}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason, **choice}]}


def completed(content, reason="stop", **choice):
    """A plain reply."""
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason, **choice}]}


READ = {
    "NaN": (b'"bleach"}, "logprobs": {"x": NaN', "bleach"),
    "a number too long": (b'"bleach"}, "x": ' + b"7" * 5_000 + b', "y": {"z": 1', "bleach"),
    "a raw tab": (b'"ble\tach"', "ble\tach"),
    "halves side by side": (b'"\\ud83c\\udf4c"', "\N{BANANA}"),
    "bytes that are no character": (b'"bleach\xff"', "bleach\ufffd"),
    "parts within parts": (b'[{"text": {"value": "ble"}}, ["ach"]]', "bleach"),
}


@scenario("form", *READ)
async def f20_what_a_strict_reader_refuses_keeps_its_text(world, mode, form):
    content, text = READ[form]
    event = b'{"choices": [{"index": 0, "delta": {"content": ' + content + b"}}]}"
    plain = b'{"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": ' + content + b"}}]}"
    fault = streamed(piece("Never mix "), event, piece(", ever.", "stop")) if mode == "stream" else whole(plain)
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert answer.text == (f"Never mix {text}, ever." if mode == "stream" else text)


@scenario("cut", *(1, 2, 3))
async def f20_a_character_that_comes_in_two_halves_is_whole(world, mode, cut):
    halves = "\N{BANANA}".encode()[:cut], "\N{BANANA}".encode()[cut:]
    events = [b'{"choices": [{"delta": {"content": "' + half + b'"}}]}' for half in halves]
    plain = b'{"choices": [{"message": {"content": "\\ud83c\\udf4c"}, "finish_reason": "stop"}]}'
    world.simulator.set_fault(*FIRST, streamed(*events, piece("", "stop")) if mode == "stream" else whole(plain))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert answer.text == "\N{BANANA}"


HOLES = {
    "names without quotes": b'{choices: [{delta: {content: "bleach"}, message: {content: "bleach"}}]}',
    "cut off": b'{"choices": [{"delta": {"content": "ble',
    "choices as an object": {"choices": {"0": {"delta": {"content": "bleach"}, "message": {"content": "bleach"}}}},
    "another API": {"candidates": [{"content": {"parts": [{"text": "bleach"}]}}]},
    "one name twice": b'{"choices": [{"delta": {"content": "a"}, "delta": {}, '
    b'"message": {"content": "bleach"}, "message": {"content": ""}, "finish_reason": "stop"}]}',
}


@scenario("form", *HOLES)
async def f20_what_cannot_be_read_and_holds_some_of_the_answer_is_a_cut(world, mode, form):
    hole = HOLES[form]
    fault = streamed(piece("Never mix "), hole, piece(", ever.", "stop")) if mode == "stream" else whole(hole)
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["cut" if mode == "stream" else "malformed", "succeeded"]


UNFRAMED = {
    "a line each": lambda texts: b"\n".join(texts),
    "one list": lambda texts: b"[" + b", ".join(texts) + b"]",
    "one behind the other": lambda texts: b"".join(texts),
    "a comment behind": lambda texts: b"\n".join(texts) + b"\n\n: done\n",
}


@scenario("form status", *itertools.product(UNFRAMED, (200, 201, 206)))
async def f12_documents_without_events_around_them_are_read(world, mode, form, status):
    documents = [piece("One "), piece("two.", "stop")] if mode == "stream" else [completed("One two.")]
    body = UNFRAMED[form]([json.dumps(document).encode() for document in documents])
    world.simulator.set_fault(*FIRST, Fault("script", steps=[{"status": status}, {"bytes": body}]))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert answer.text == "One two."


@scenario("events", [("One", "stop"), (" two", "stop")], [("", "stop"), ("One", None), (" two", "stop")],
          [("One", "null"), (" two", "null")], [("One", ""), (" two", "end_turn")],
          [("One", "generating"), (" two", "EOS_TOKEN")])  # fmt: skip
async def f21_a_reason_that_comes_early_or_means_none_ends_no_answer(world, mode, events):
    plain = completed("One two", events[-1][1])
    world.simulator.set_fault(
        *FIRST, streamed(*(piece(*event) for event in events)) if mode == "stream" else whole(plain)
    )
    answer = await world.ask(mode)
    assert answer.error is None
    assert (answer.completion.requested_model, answer.text) == (FIRST[1], "One two")


@scenario(
    "word field",
    *itertools.product(
        ("MAX_TOKENS", "out_of_tokens", "crashed", "preempted", "server_error"),
        ("finish_reason", "native_finish_reason"),
    ),
)
async def f21_half_an_answer_is_none_whatever_word_says_so(world, mode, word, field):
    reason = {"finish_reason": None, field: word}
    fault = streamed(piece("Half an ans"), {"choices": [{"delta": {}, **reason}]})
    document = {"choices": [{"message": {"content": "Half an ans"}, **reason}]}
    world.simulator.set_fault(*FIRST, fault if mode == "stream" else whole(document))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert len(made(answer)) == 2


@scenario("word", "SAFETY", "content-filter", "PROHIBITED_CONTENT", "unsafe")
async def f21_a_filter_is_a_refusal_in_any_spelling(world, mode, word):
    fault = streamed(piece("Half"), piece(None, word)) if mode == "stream" else whole(completed("Half", word))
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert len(world.seen) == 1


@scenario("place", "message", "text", "output_text", "behind the end")
async def f22_the_whole_text_once_more_counts_once(world, mode, place):
    again = {"message": {"role": "assistant", "content": "One two."}} if place == "message" else {place: "One two."}
    events = [piece("One "), piece("two."), piece(None, "stop", **again)]
    if place == "behind the end":
        events = [piece("One "), piece("two.", "stop"), b"[DONE]", piece("One two.", "stop")]
    plain = completed("One two.", **({} if place == "message" else again))
    world.simulator.set_fault(*FIRST, streamed(*events) if mode == "stream" else whole(plain))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert answer.text == "One two."


CAP = {"code": 429, "message": "Rate limit exceeded: free-models-per-day"}
WRAPPED = {
    "nested": {"error": {"error": CAP}},
    "flat": CAP,
    "list": [{"error": CAP}],
    "detail": {"detail": {"error": CAP}},
    "failure": {"failure": CAP},
    "SOAP": {"fault": {"faultcode": 429, "faultstring": CAP["message"]}},
    "names of its own": {"error_code": 429, "error_msg": CAP["message"]},
    "MiniMax": {"base_resp": {"status_code": 429, "status_msg": CAP["message"]}},
    "unreadable characters": b'{"error": {"code": 429, "message": "free-models-per-day \xff \t", "x": NaN}}',
    "cut off": b'{"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day", "meta',
}


@scenario("wrapping", *WRAPPED)
async def f23_a_days_cap_in_any_wrapping_wastes_one_call(world, mode, wrapping):
    error = WRAPPED[wrapping]
    world.simulator.set_fault("openrouter", "*", streamed(error, done=False) if mode == "stream" else whole(error))
    for _ in range(3):
        answered_by(await world.ask(mode, targets=[name_of(SECOND), name_of(FIRST)]), FIRST)
    assert world.calls_to(*SECOND) == 1
    (cooldown,) = world.router.failures()
    assert (cooldown.outcome, cooldown.scope) == ("free_day_used_up", "free")


@scenario("wrapping", lambda error: {"error": {"error": error}}, lambda error: error, lambda error: {"detail": error})
async def f23_an_accounts_trouble_in_any_wrapping_is_the_operators(world, mode, wrapping):
    body = json.dumps(wrapping(RESTRICTED))
    world.simulator.set_fault("groq", "*", Fault("script", steps=[{"status": 400}, {"bytes": body}]))
    for _ in range(2):
        answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*FIRST) == 1
    assert world.router.failures()[0].outcome == "account_restricted"


@scenario("name data", (b"no_error", b'{"ok": true}'), (b"warning", b'{"message": "high error rate", "code": 429}'))
async def f23_a_notice_is_no_error(world, mode, name, data):
    event = b'{"choices": [{"delta": {"content": "One two."}, "finish_reason": "stop"}]}'
    body = b"event: " + name + b"\ndata: " + data + b"\n\ndata: " + event + b"\n\ndata: [DONE]\n\n"
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}, {"bytes": body}]
    world.simulator.set_fault(*FIRST, Fault("script", steps=steps))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert answer.text == "One two."


@scenario(
    "variant", "no_index", "one_based", "zero_for_all", "index_moves", "no_id", "empty_id", "same_id", "repeated_names",
    "whole_repeated", "blanks_behind", "object_arguments", "all_in_one", "new_id_each",
)  # fmt: skip
async def f34_a_tool_call_in_any_pieces_is_given_once_and_right(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("tool_deltas", variant=variant))
    await _called_once(world, mode, FIRST)


@scenario("variant", "empty", "missing", "double_encoded", "fields_encoded", "numbers_as_text", "trailing_comma",
          "truncated", "invalid", "no_object")  # fmt: skip
async def f34_arguments_in_any_form_are_the_right_ones_or_the_next_targets(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("tool_arguments", variant=variant))
    lost = variant in ("empty", "missing", "truncated", "invalid", "no_object")
    await _called_once(world, mode, None if lost else FIRST)


@scenario("variant", "length", "no_calls", "malformed")
async def f34_a_call_under_a_wrong_end_goes_to_the_next_target(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("tool_finish", variant=variant))
    await _called_once(world, mode, SECOND)


@scenario("variant", "schema", "required", "failed_call", "arguments")
async def f34_a_refusal_of_the_models_own_call_gives_the_right_call_all_the_same(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", variant=variant))
    await _called_once(world, mode, None)


async def _called_once(world, mode, target):
    """The call that was meant, once; by the target that is named here, or by whichever of both has it."""
    targets = [name_of(FIRST), name_of(SECOND)]
    answer = await world.ask(mode, messages=ASKED, tools=TOOLS, targets=targets)
    assert answer.error is None, answer.error
    (call,) = answer.completion.tool_calls
    assert call.name == "get_weather"
    assert answer.completion.finish_reason == "tool_calls"
    if target is not None:
        assert (answer.completion.provider, answer.completion.requested_model) == target
    if answer.completion.requested_model == SECOND[1] or target is not None:
        assert call.arguments["city"] == "Oslo"
    assert answer.kinds.count("tool_call") == (mode == "stream")
