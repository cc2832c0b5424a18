"""What comes in place of an answer, or around it: other shapes, other bytes, other paces."""

import json

from router import AllTargetsFailed, DeadlineExceeded, TaskConfig, TaskType
from router.simulator import Fault
from tests.scenarios.published import answered_by, made, made_on_new_connections
from tests.scenarios.registry import scenario
from tests.world import CHAT, FIRST, SECOND, name_of

JSON = TaskConfig(type=TaskType.STRUCTURED_OUTPUT, requires_json=True)
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "meal",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"food": {"type": "string"}, "grams": {"type": "number"}},
            "required": ["food", "grams"],
            "additionalProperties": False,
        },
    },
}


@scenario("variant", "top_level", "choice", "no_choices", "empty", "null", "nothing", "reasoning_only")
async def f10_a_200_without_an_answer_is_a_failed_attempt(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("error_in_200", variant=variant))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert len(made(answer)) == 2


@scenario(timed=True)
async def f11_comments_for_ever_are_silence(world, mode):
    world.simulator.set_fault(*FIRST, Fault("comments_only"))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["timed_out" if mode == "complete" else "no_first_token", "succeeded"]
    await world.given_up(0)


@scenario()
async def f12_blanks_and_comments_ahead_of_the_body_are_read_past(world, mode):
    plain = (await world.ask(mode, seed=7)).text
    world.simulator.set_fault(*FIRST, Fault("blanks"))
    answer = await world.ask(mode, seed=7)
    answered_by(answer, FIRST)
    assert answer.text == plain


@scenario("status", 200, 502, 524)
async def f12_html_with_any_status_is_a_failed_attempt(world, mode, status):
    world.simulator.set_fault(*FIRST, Fault("html_error", status=status))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["malformed" if status == 200 else "server_error", "succeeded"]


@scenario("variant", "fenced", "prose", "trailing_comma")
async def f13_json_in_fences_or_prose_is_mended_without_a_call(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("invalid_json", variant=variant))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    answered_by(answer, FIRST)
    assert json.loads(answer.text) == answer.completion.parsed
    assert set(answer.completion.parsed) == {"food", "grams"}
    assert len(world.seen) == 1


@scenario("variant", "truncated", "wrong_schema", "garbage")
async def f13_json_that_cannot_be_mended_is_asked_for_once_more_and_then_elsewhere(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("invalid_json", variant=variant))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    assert set(answer.completion.parsed) == {"food", "grams"}
    assert made(answer) == ["invalid_json", "invalid_json", "succeeded"]
    assert answer.completion.provider == "openrouter"


@scenario()
async def f13_groqs_refusal_of_its_own_text_is_mended_where_the_text_can_be(world, mode):
    text = '```json\n{"food": "egg", "grams": 50}\n```'
    world.simulator.set_fault(*FIRST, Fault("json_validate_failed", generation=text))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    answered_by(answer, FIRST)
    assert answer.completion.parsed == {"food": "egg", "grams": 50}
    assert len(world.seen) == 1


@scenario()
async def f13_groqs_refusal_of_its_own_text_is_asked_for_once_more_a_json_mode_lower(world, mode):
    world.simulator.set_fault(*FIRST, Fault("json_validate_failed", times=1))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    answered_by(answer, FIRST)
    assert made(answer) == ["json_validate_failed", "succeeded"]
    assert [request.body["response_format"]["type"] for request in world.seen] == ["json_schema", "json_object"]


@scenario()
async def f13_a_document_that_the_output_limit_left_no_room_for_goes_to_the_next_target(world, mode):
    world.simulator.set_fault(*FIRST, Fault("json_validate_failed", variant="max_tokens"))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    assert made(answer) == ["length", "succeeded"]


@scenario("variant", "plain", "split", "lone_close")
async def f14_thinking_in_the_content_is_given_as_reasoning(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("think", variant=variant))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert "think>" not in answer.text
    assert "keep it short" not in answer.text
    assert "keep it short" in answer.completion.reasoning


@scenario()
async def f14_an_unclosed_thought_is_no_answer(world, mode):
    world.simulator.set_fault(*FIRST, Fault("think", variant="unclosed"))
    answered_by(await world.ask(mode), SECOND)


@scenario("fault", Fault("split_bytes", size=1), Fault("split_bytes", size=3), Fault("big_event"))
async def f16_however_the_bytes_come_the_text_is_whole(world, mode, fault):
    # Its answer has a dash in its heading, of three bytes.
    wide = [{"role": "user", "content": "Write a four-week strength program for an intermediate lifter"}]
    plain = await world.ask(mode, messages=wide, seed=1, max_tokens=20)
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode, messages=wide, seed=1, max_tokens=20)
    assert answer.error is None, answer.error
    assert (answer.completion.provider, answer.completion.requested_model) == FIRST
    assert answer.text == plain.text
    assert not answer.text.isascii()


@scenario()
async def f17_cut_by_the_callers_own_limit_is_answered(world, mode):
    answer = await world.ask(mode, max_tokens=20)
    assert answer.completion.finish_reason == "length"
    assert answer.completion.provider == "groq"
    assert len(world.seen) == 1


@scenario()
async def f17_cut_by_a_limit_of_ours_goes_to_the_next_target(world, mode):
    world.simulator.set_fault(*FIRST, Fault("length"))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["length", "succeeded"]


def without_what_came(world, answer):
    """What the reply's bytes said, and the key, stand nowhere: no error text, no row, no failure."""
    said = [attempt.error or "" for attempt in (answer.completion or answer.error).attempts]
    said += [cooldown.reason for cooldown in world.router.failures()]
    said += [str(row) for table in ("requests", "attempts") for row in world.rows(f"SELECT * FROM {table}")]
    for secret in ("org_01", "gsk_simulated", "zz ", world.environment["GROQ_API_KEY"]):
        assert not [text for text in said if secret in text], secret


@scenario(
    "variant", "status_line", "header_line", "header_size", "content_length", "nul_bytes", "tls_alert", "plain_text"
)
async def f19_bytes_that_are_no_http_are_a_failed_attempt_in_our_own_words(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("invalid_http", variant=variant))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made_on_new_connections(answer) == ["connection_lost", "succeeded"]
    assert [(cooldown.provider, cooldown.model) for cooldown in world.router.failures()] == [FIRST]
    without_what_came(world, answer)


@scenario("variant fraction", ("chunk_size", 0.0), ("chunk_size", 0.5), ("chunk_nul_bytes", 0.5))
async def f19_a_chunk_that_is_none_restarts_with_the_next_target(world, mode, variant, fraction):
    world.simulator.set_fault(*FIRST, Fault("invalid_http", variant=variant, fraction=fraction))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["cut", "succeeded"]
    assert answer.kinds.count("restart") == (mode == "stream" and fraction > 0)
    assert [(cooldown.provider, cooldown.model) for cooldown in world.router.failures()] == [FIRST]
    without_what_came(world, answer)


@scenario()
async def f19_every_provider_that_speaks_no_http_is_a_clean_error(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("invalid_http"))
    answer = await world.ask(mode, deadline=3.0)
    assert isinstance(answer.error, AllTargetsFailed | DeadlineExceeded)
    assert "no valid HTTP" in answer.error.attempts[1].error
    without_what_came(world, answer)


@scenario("layers status outcome", (1, 200, "malformed"), (2, 200, "malformed"), (2, 503, "server_error"))
async def f19_a_body_that_is_compressed_unasked_is_refused_and_not_unpacked(world, mode, layers, status, outcome):
    world.simulator.set_fault(*FIRST, Fault("compressed", layers=layers, status=status))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == [outcome, "succeeded"]


@scenario("variant", "text_plain", "json", "upper_case", "none", "bom", "events")
async def f12_a_reply_under_a_wrong_label_is_read_by_what_it_is(world, mode, variant):
    plain = (await world.ask(mode, seed=7)).text
    world.simulator.set_fault(*FIRST, Fault("mislabelled", variant=variant))
    answer = await world.ask(mode, seed=7)
    answered_by(answer, FIRST)
    assert answer.text == plain
    assert answer.completion.usage.completion_tokens > 0
    assert answer.kinds.count("delta") > 1 or mode == "complete", "it is still given as it comes"


def dripping(seconds, pieces):
    """A fault: a token, then silence for so many seconds, and so on; whole in the end."""
    event = 'data: {{"choices": [{{"index": 0, "delta": {{"content": "{}"}}, "finish_reason": {}}}]}}\n\n'
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}]
    for number in range(pieces):
        steps += [{"bytes": event.format(number % 10, "null")}, {"pause": seconds}]
    return Fault("script", steps=[*steps, {"bytes": event.format("", '"stop"')}, {"bytes": "data: [DONE]\n\n"}])


@scenario("alone", False, True)
async def f29_a_drip_is_left_for_another_target_that_is_ready_and_for_nobody_else(world, mode, alone):
    task = world.router.table.tasks[CHAT.type]
    # Far from the idle limit. A plain call has one limit for the whole of it, which is not reached where it is alone.
    world.simulator.set_fault(*FIRST, dripping(task.idle * 0.4, 2 if alone and mode == "complete" else 6))
    answer = await world.ask(mode, targets=[name_of(FIRST)] if alone else None)
    answered_by(answer, FIRST if alone else SECOND)
    assert made(answer)[:-1] == ([] if alone else ["timed_out" if mode == "complete" else "too_slow"])
    assert ("restart" in answer.kinds) is (mode == "stream" and not alone)
