"""F01–F19, F24–F33: what free tiers add, by both doors, over real sockets."""

import asyncio
import itertools
import json
import time

import pytest

from router import AllTargetsFailed, RequestRejected, RouterClosed, TaskConfig, TaskType
from router.simulator import Fault, Simulator
from router.simulator.models.catalogue import model_entry, shipped
from router.types import Target
from tests.scenarios.published import answered_by, made
from tests.scenarios.registry import scenario
from tests.world import CHAT, FIRST, SECOND, World, name_of

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
ACCURACY = TaskConfig(type=TaskType.REAL_TIME_CHAT, prioritize_accuracy=True)
DAY = 86_400.0


def openrouter_calls(world):
    return sum(request.provider == "openrouter" for request in world.seen)


def first_for(target):
    """The task whose first living target this is."""
    return ACCURACY if target == SECOND else CHAT


@scenario("where", "status", "body", "stream")
async def f01_the_accounts_daily_cap_wastes_one_call_and_none_until_midnight_utc(world, mode, where):
    noon = (world.clock.time() // DAY + 1) * DAY + DAY / 2
    world.clock.turn_to(noon)
    world.simulator.set_fault("openrouter", "*", Fault("free_cap", period="day", where=where, reset_at=noon + DAY / 2))
    for _ in range(10):
        answered_by(await world.ask(mode, config=ACCURACY), FIRST)
        world.clock.turn(4_000.0)
    world.notes["wasted calls in the day"] = openrouter_calls(world)
    assert openrouter_calls(world) == 1
    world.simulator.clear_faults()
    world.clock.turn_to(noon + DAY / 2 + 1)
    answered_by(await world.ask(mode, config=ACCURACY), SECOND)
    world.notes["wasted calls after midnight"] = openrouter_calls(world) - 2


@scenario()
async def f01_the_accounts_cap_of_a_minute_wastes_one_call(world, mode):
    world.simulator.set_fault("openrouter", "*", Fault("free_cap", period="minute"))
    for _ in range(3):
        answered_by(await world.ask(mode, config=ACCURACY), FIRST)
    assert openrouter_calls(world) == 1
    world.simulator.clear_faults()
    world.clock.turn(61.0)
    answered_by(await world.ask(mode, config=ACCURACY), SECOND)


@scenario()
async def f02_an_upstream_429_holds_that_model_alone(world, mode):
    world.simulator.set_fault(*SECOND, Fault("rate_limited", retry_after=None))
    for _ in range(3):
        completion = (await world.ask(mode, config=ACCURACY)).completion
        assert completion.provider == "openrouter"
    assert world.calls_to(*SECOND) == 1
    cooldown = world.router.failures()[0]
    assert (cooldown.scope, cooldown.until - cooldown.since) == ("target", pytest.approx(60.0))


@scenario("kind seconds", ("TPM", 12.0), ("RPD", 5_692.0))
async def f03_groqs_429_holds_for_the_time_it_states(world, mode, kind, seconds):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", kind=kind, retry_after=seconds))
    answered_by(await world.ask(mode), SECOND)
    cooldown = world.router.failures()[0]
    assert cooldown.until - cooldown.since == pytest.approx(seconds, rel=0.02)
    assert cooldown.scope == "target"
    world.simulator.clear_faults()
    world.clock.turn(seconds + 0.5)
    answered_by(await world.ask(mode), FIRST)


@scenario("fault", "too_large_413", "output_too_large")
async def f04_a_request_too_large_for_one_target_goes_on_and_holds_nothing(world, mode, fault):
    world.simulator.set_fault(*FIRST, Fault(fault))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["too_large", "succeeded"]
    assert world.router.failures() == []


@scenario(
    "target variant",
    (FIRST, "model_not_found"),
    (FIRST, "model_decommissioned"),
    (SECOND, "not_a_valid_model_id"),
    (SECOND, "no_endpoints"),
    (SECOND, "unavailable_for_free"),
    (SECOND, "period_ended"),
)
async def f05_a_model_that_is_gone_is_held_for_a_day(world, mode, target, variant):
    world.simulator.set_fault(*target, Fault("gone", variant=variant))
    for _ in range(2):
        answer = await world.ask(mode, config=first_for(target))
        assert answer.completion is not None
    assert world.calls_to(*target) == 1
    cooldown = world.router.failures()[0]
    assert (cooldown.outcome, cooldown.scope, cooldown.until - cooldown.since) == ("gone", "target", DAY)


@scenario()
async def f05_the_successor_of_a_model_that_is_gone_is_tried_in_the_same_request(world, mode):
    # Listed again, so it is called again; and gone all the same.
    back = "llama-3.3-70b-versatile"
    listed = [model_entry("groq", model) for model in (back, *shipped()["groq"])]
    world.simulator.set_models("groq", listed)
    world.simulator.set_fault("groq", back, Fault("gone"))
    await world.router.refresh_catalogue()
    answer = await world.ask(mode)
    answered_by(answer, FIRST)
    assert [attempt.model for attempt in answer.completion.attempts] == [back, FIRST[1]]


@scenario()
async def f06_a_data_policy_404_is_shown_as_a_setting_and_holds_the_free_models(world, mode):
    world.simulator.set_fault("openrouter", "*", Fault("data_policy_404"))
    for _ in range(2):
        answered_by(await world.ask(mode, config=ACCURACY), FIRST)
    assert openrouter_calls(world) == 1
    assert "privacy settings" in world.router.failures()[0].reason


@scenario()
async def f07_a_refused_key_takes_its_provider_out_and_the_other_serves(world, mode):
    world.simulator.set_fault("groq", "*", Fault("unauthorized"))
    for _ in range(3):
        answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*FIRST) == 1
    cooldown = world.router.failures()[0]
    assert (cooldown.scope, cooldown.until) == ("provider", None)


@scenario()
async def f08_a_402_holds_the_free_models_and_says_why(world, mode):
    world.simulator.set_fault("openrouter", "*", Fault("payment_required"))
    for _ in range(2):
        answered_by(await world.ask(mode, config=ACCURACY), FIRST)
    assert openrouter_calls(world) == 1
    cooldown = world.router.failures()[0]
    assert cooldown.scope == "free"
    assert "credit" in cooldown.reason


@scenario("fault outcome", ("moderation_403", "moderated"), ("guardrail_403", "guardrail"))
async def f09_a_refusal_of_the_content_ends_the_request_and_holds_nothing(world, mode, fault, outcome):
    world.simulator.set_fault("openrouter", "*", Fault(fault))
    answer = await world.ask(mode, config=ACCURACY)
    assert isinstance(answer.error, RequestRejected)
    assert answer.error.outcome == outcome
    assert len(world.seen) == 1
    assert world.router.failures() == []


@scenario(
    "target fault outcome scope served_by",
    (SECOND, "key_limit_403", "key_limit", "provider", "groq"),
    (SECOND, "gated_403", "gated", "target", "openrouter"),
    (FIRST, "network_403", "network_blocked", "provider", "openrouter"),
)
async def f09_the_other_403s_are_held_by_what_they_concern(world, mode, target, fault, outcome, scope, served_by):
    world.simulator.set_fault(*target, Fault(fault))
    for _ in range(2):
        answer = await world.ask(mode, config=first_for(target))
        assert answer.completion.provider == served_by
    assert world.calls_to(*target) == 1
    cooldown = world.router.failures()[0]
    assert (cooldown.outcome, cooldown.scope) == (outcome, scope)


@scenario("variant", "top_level", "choice", "no_choices", "empty", "null", "list", "nothing", "reasoning_only")
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


@scenario()
async def f15_a_free_answer_with_a_cost_is_given_and_its_target_held_until_reset(world, mode):
    world.simulator.set_fault(*SECOND, Fault("billed"))
    answer = await world.ask(mode, config=ACCURACY)
    answered_by(answer, SECOND)
    assert answer.completion.cost_usd > 0
    assert world.rows("SELECT cost_usd FROM attempts")[0]["cost_usd"] == answer.completion.cost_usd
    cooldown = world.router.failures()[0]
    assert (cooldown.outcome, cooldown.until) == ("billed", None)
    world.clock.turn(30 * DAY)
    assert (await world.ask(mode, config=ACCURACY)).completion is not None
    assert world.calls_to(*SECOND) == 1
    assert world.router.reset_failures() == 1
    world.simulator.clear_faults()
    answered_by(await world.ask(mode, config=ACCURACY), SECOND)


@scenario()
async def f15_a_cost_that_comes_with_no_answer_holds_its_target_too(world, mode):
    rest = '"finish_reason": "stop"}], "usage": {"cost": 0.5}}'
    body = '{"choices": [{"index": 0, "message": {"content": " "}, ' + rest
    event = 'data: {"choices": [{"index": 0, "delta": {"content": " "}, ' + rest + "\n\n"
    events = [{"status": 200, "headers": {"content-type": "text/event-stream"}}, {"bytes": event}]
    steps = events if mode == "stream" else [{"status": 200}, {"bytes": body}]
    world.simulator.set_fault(*SECOND, Fault("script", steps=steps))
    answer = await world.ask(mode, config=ACCURACY)
    assert answer.completion is not None
    assert [cooldown.outcome for cooldown in world.router.failures()] == ["billed"]
    assert world.rows("SELECT cost_usd FROM attempts WHERE outcome = 'empty'") == [{"cost_usd": 0.5}]


@scenario("fault", Fault("split_bytes", size=1), Fault("split_bytes", size=3), Fault("big_event"))
async def f16_however_the_bytes_come_the_text_is_whole(world, mode, fault):
    wide = [{"role": "user", "content": "Frühstück: 2 Eier, Brötchen – 日本語 und 🥑, bitte"}]
    plain = await world.ask(mode, messages=wide, seed=7)
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode, messages=wide, seed=7)
    answered_by(answer, FIRST)
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


@scenario(
    "fault",
    Fault("server_error", status=500),
    Fault("unauthorized"),
    Fault("script", steps=[{"status": 404}, {"bytes": "not here"}]),
    Fault("script", steps=[{"status": 200}, {"bytes": '{"data": []}'}]),
    Fault("script", steps=[{"status": 200}, {"bytes": "[]"}]),
    Fault("script", steps=[{"status": 200}, {"bytes": "<html>maintenance</html>"}]),
)
async def f18_a_list_of_models_that_is_absent_fails_or_is_empty_says_nothing(world, mode, fault):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "/models", fault)
    await world.router.refresh_catalogue()
    assert not [line for line in world.router.plan(config=CHAT) if "list" in line.reason]
    answered_by(await world.ask(mode), FIRST)
    assert world.router.failures() == []


@scenario()
async def f18_a_list_without_a_model_of_the_table_passes_it_over_and_an_empty_one_after_it_changes_nothing(world, mode):
    world.simulator.remove_model(*FIRST)
    await world.router.refresh_catalogue()
    empty = Fault("script", steps=[{"status": 200}, {"bytes": '{"data": []}'}])
    world.simulator.set_fault("groq", "/models", empty)
    await world.router.refresh_catalogue()
    answer = await world.ask(mode)
    assert not isinstance(answer.error, AllTargetsFailed)
    assert world.calls_to(*FIRST) == 0


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
    assert made(answer) == ["connection_lost", "succeeded"]
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
    answer = await world.ask(mode, deadline=1.0)
    assert isinstance(answer.error, AllTargetsFailed)
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


@scenario()
async def f30_where_all_targets_cool_down_for_a_moment_the_soonest_is_waited_for(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=2))
    await world.ask(mode, deadline=0.5)
    world.simulator.clear_faults()
    answer = await world.ask(mode, deadline=30.0)
    assert answer.completion is not None
    assert answer.seconds < 4.0
    assert mode == "complete" or "waiting" in answer.kinds


MALFORMED = [{"status": 400}, {"bytes": '{"error": {"message": "\'messages.0\' does not match the pattern"}}'}]


@scenario()
async def f25_a_request_that_both_providers_call_malformed_is_refused_after_two_calls(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("script", steps=MALFORMED))
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert [request.provider for request in world.seen] == ["groq", "openrouter"]
    for label in ("Groq", "OpenRouter"):
        assert f"{label} refused the request" in str(answer.error)
    assert world.router.failures() == []


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
    seconds = min(4.0, task.idle * 0.8)  # never as long as the idle limit, at whatever scale
    fault = dripping(seconds, 4 if alone else 8)
    if mode == "complete":
        # A plain call has one limit for the whole of it, and no pace: within it a drip is an answer, beyond it none.
        fault = dripping(task.attempt / 10, 4 if alone else 20)
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode, targets=[name_of(FIRST)] if alone else None)
    assert answer.error is None, answer.error
    assert mode == "stream" or alone or made(answer) == ["timed_out", "succeeded"]
    assert answer.completion.provider == (FIRST if alone else SECOND)[0]
    assert ("restart" in answer.kinds) is (mode == "stream" and not alone)


@scenario("grace", 0.0, 0.2)
async def f33_a_router_that_is_closed_over_its_calls_charges_nobody(world, mode, grace):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("silent"))
    asking = [asyncio.create_task(world.ask(mode)) for _ in range(3)]
    while len(world.seen) < 3:  # noqa: ASYNC110 – it is another thread that sees them
        await asyncio.sleep(0.001)
    closed_in = time.perf_counter()
    await world.router.aclose(grace=grace)
    world.notes["seconds to close"] = round(time.perf_counter() - closed_in, 3)
    answers = await asyncio.gather(*asking)
    assert {type(answer.error) for answer in answers} == {RouterClosed}
    assert world.rows("SELECT DISTINCT outcome FROM attempts") == [{"outcome": "cancelled"}]
    assert world.notes["seconds to close"] < grace + 2.0
    world.router = world.new_router()
    assert world.router.failures() == []
    world.simulator.clear_faults()
    answered_by(await world.ask(mode), FIRST)


RESTRICTED = {"message": "Organization has been restricted.", "code": "organization_restricted"}
SUSPENDED = {"message": "Your account has been suspended. Contact support."}
TERMS = {"message": "You must accept the terms of service first", "code": "terms_required"}


def refusal(status, error, headers=None):
    """A fault: a status with an error, as it stands here."""
    return Fault(
        "script", steps=[{"status": status, "headers": headers or {}}, {"bytes": json.dumps({"error": error})}]
    )


@scenario("error", RESTRICTED, SUSPENDED, TERMS)
async def f24_an_accounts_trouble_told_as_400_is_the_operators_and_costs_one_call(world, mode, error):
    world.simulator.set_fault("groq", "*", refusal(400, error))
    for _ in range(3):
        answered_by(await world.ask(mode), SECOND)
    assert [request.provider for request in world.seen].count("groq") == 1
    cooldown = world.router.failures()[0]
    assert (cooldown.outcome, cooldown.scope) == ("account_restricted", "provider")


def target_of(answer):
    """Who has answered, be it as far as the caller's own limit."""
    return answer.completion.provider, answer.completion.requested_model


@scenario()
async def f26_when_a_limits_time_is_up_one_of_thirty_callers_finds_out_whether_it_is(world, mode):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=2))
    assert target_of(await world.ask(mode, max_tokens=50)) == SECOND
    world.clock.turn(61.0)
    answers = await asyncio.gather(*(world.ask(mode, max_tokens=50) for _ in range(30)))
    assert [answer.error for answer in answers] == [None] * 30
    assert world.calls_to(*FIRST) == 2
    world.simulator.clear_faults()
    world.clock.turn(61.0)
    for _ in range(3):
        assert target_of(await world.ask(mode, max_tokens=50)) == FIRST


@scenario()
async def f26_where_nothing_else_is_left_the_others_wait_for_the_probe_and_go_with_its_first_token(world, mode):
    pinned = {"targets": [name_of(FIRST)], "max_tokens": 50, "deadline": 20.0}
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=2))
    await world.ask(mode, **pinned | {"deadline": 0.6})
    world.simulator.clear_faults()
    world.clock.turn(2.1)
    answers = await asyncio.gather(*(world.ask(mode, **pinned) for _ in range(10)))
    assert [answer.error for answer in answers] == [None] * 10
    assert world.router.failures() == []


@scenario()
async def f27_of_twenty_calls_at_once_those_that_fit_the_minute_are_sent_and_none_is_refused(world, mode):
    with Simulator(pace=0.2, limits=True) as limited:
        folder = world.database.parent / "limited"
        folder.mkdir()
        inner = World(limited, folder, scale=1.0)
        answers = await asyncio.gather(*(inner.ask(mode) for _ in range(20)))
        assert [answer.error for answer in answers] == [None] * 20
        assert inner.rows("SELECT DISTINCT outcome FROM attempts") == [{"outcome": "succeeded"}]
        world.notes["calls sent to the first"] = inner.calls_to(*FIRST)
        assert 4 <= inner.calls_to(*FIRST) < 20
        inner.check_answers()
        await inner.aclose()
        inner.check_log()


PER_DAY = {"message": "Rate limit exceeded: free-models-per-day", "code": 429}


@scenario(
    "target fault",
    (FIRST, Fault("rate_limited", kind="RPD", retry_after=37)),
    (FIRST, Fault("rate_limited", kind="TPD", retry_after=None)),
    (SECOND, refusal(429, {"message": "You have reached your daily limit", "code": 429}, {"retry-after": "1"})),
    (SECOND, refusal(429, PER_DAY)),
    (SECOND, refusal(200, PER_DAY, {"retry-after": "37"})),
)
async def f28_a_days_cap_lasts_until_midnight_whatever_seconds_come_with_it(world, mode, target, fault):
    noon = (world.clock.time() // DAY + 1) * DAY + DAY / 2
    world.clock.turn_to(noon)
    world.simulator.set_fault(*target, fault)
    for _ in range(10):
        assert (await world.ask(mode, config=first_for(target))).completion.requested_model != target[1]
        world.clock.turn(4_000.0)
    assert world.calls_to(*target) == 1
    world.simulator.clear_faults()
    world.clock.turn_to(noon + DAY / 2 + 1)
    answered_by(await world.ask(mode, config=first_for(target)), target)


@scenario("fault step", *itertools.product(
    (Fault("rate_limited", retry_after=2), Fault("rate_limited", kind="RPD", retry_after=None),
     Fault("server_error", status=503), Fault("reset")),
    (-DAY, DAY, -40 * DAY),
))  # fmt: skip
async def f31_a_clock_that_steps_freezes_nothing(world, mode, fault, step):
    noon = (world.clock.time() // DAY + 1) * DAY + DAY / 2
    world.clock.turn_to(noon)
    world.simulator.set_fault(*FIRST, fault)
    answered_by(await world.ask(mode), SECOND)
    world.simulator.clear_faults()
    world.clock.turn(step)
    world.clock.turn(5.1)
    restarted = world.new_router()
    assert next(line for line in restarted.plan(config=CHAT) if line.kept).target == Target(*FIRST)
    await restarted.aclose()
    answered_by(await world.ask(mode), FIRST)
    assert world.router.failures() == []


ODD = (0.5, -1, 2**63, 2**70, "many", [], {}, True, None)


@scenario()
async def f32_odd_values_in_a_list_of_models_are_unknown_by_themselves(world, mode):
    entries = [{"id": FIRST[1], "active": True, "context_window": 131_072}]
    for number, value in enumerate(ODD):
        fields = ("context_window", "context_length", "max_completion_tokens", "created", "name", "pricing")
        entries.append({"id": f"odd/{number}", **dict.fromkeys(fields, value)})
    body = json.dumps({"data": [*entries, None, 7, {"id": None}, {"id": ["x"]}]}).replace("null", "NaN", 1)
    for text in (body.replace("NaN", "null"), body):
        world.simulator.set_fault("groq", "/models", Fault("script", steps=[{"status": 200}, {"bytes": text}]))
        await world.router.refresh_catalogue()
        answered_by(await world.ask(mode), FIRST)
    for number in range(len(ODD)):
        answer = await world.ask(mode, targets=[f"groq:odd/{number}"])
        assert isinstance(answer.error, AllTargetsFailed | RequestRejected | None)


@scenario("figure", 2**63 - 1, 2**64, -1, "NaN", "1e300")
async def f32_limits_of_any_size_in_the_headers_are_kept_and_every_row_is_written(world, mode, figure):
    headers = {f"x-ratelimit-{name}-{unit}": str(figure) for name in ("limit", "remaining") for unit in
               ("requests", "tokens")} | {"x-ratelimit-reset-tokens": f"{10**12}h"}  # fmt: skip
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "An answer."}}
    steps = [{"status": 200, "headers": headers}, {"bytes": json.dumps({"choices": [choice]})}]
    world.simulator.set_fault(*FIRST, Fault("script", steps=steps))
    for _ in range(2):
        answered_by(await world.ask(mode), FIRST)
    assert all(allowance.limit < 2**62 for allowance in world.router.quotas())
    assert world.router.store.flush()
    assert world.router.store.log_error is None
