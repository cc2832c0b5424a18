"""What free tiers add to the catalogue: limits, refusals and costs."""

import asyncio
import json

import pytest

from router import RequestRejected, TaskConfig, TaskType
from router.simulator import Fault, Simulator
from router.simulator.models.catalogue import model_entry, shipped
from tests.scenarios.published import answered_by, made
from tests.scenarios.registry import scenario
from tests.world import CHAT, DAY, FIRST, SECOND, World, name_of

ACCURACY = TaskConfig(type=TaskType.REAL_TIME_CHAT, prioritize_accuracy=True)


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
