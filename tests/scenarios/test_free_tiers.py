"""F01–F18: what free tiers add. By both doors, over real sockets; the log is checked as each one ends."""

import json

import pytest

from router import AllTargetsFailed, RequestRejected, TaskConfig, TaskType
from router.simulator import Fault
from tests.world import FIRST, HELLO, MODES, SECOND

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", MODES)]

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
PINNED = [f"{FIRST[0]}:{FIRST[1]}"]


def made(answer):
    attempts = (answer.completion or answer.error).attempts
    return [attempt.outcome for attempt in attempts if attempt.outcome != "skipped"]


def openrouter_calls(world):
    return sum(request.provider == "openrouter" for request in world.seen)


@pytest.mark.parametrize("where", ["status", "body", "stream"])
async def test_f01_the_accounts_daily_cap_wastes_one_call_and_none_until_midnight_utc(world, mode, where):
    noon = (world.clock.time() // 86_400 + 1) * 86_400 + 43_200
    world.clock.turn_to(noon)
    world.simulator.set_fault("openrouter", "*", Fault("free_cap", period="day", where=where, reset_at=noon + 43_200))
    for _ in range(10):
        answer = await world.ask(mode, config=ACCURACY)
        assert answer.completion.provider == "groq"
        world.clock.turn(4_000.0)
    assert openrouter_calls(world) == 1
    world.simulator.clear_faults()
    world.clock.turn_to(noon + 43_201)
    assert (await world.ask(mode, config=ACCURACY)).completion.provider == "openrouter"


async def test_f02_an_upstream_429_holds_that_model_alone(world, mode):
    world.simulator.set_fault(*SECOND, Fault("rate_limited", retry_after=None))
    for _ in range(3):
        completion = (await world.ask(mode, config=ACCURACY)).completion
        assert completion.provider == "openrouter"
    assert world.calls_to(*SECOND) == 1


@pytest.mark.parametrize(("kind", "seconds"), [("TPM", 12.0), ("RPD", 5_692.0)])
async def test_f03_groqs_429_holds_for_the_time_it_states(world, mode, kind, seconds):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", kind=kind, retry_after=seconds))
    await world.ask(mode)
    hold = world.router.failures()[0]
    assert hold.until - hold.since == pytest.approx(seconds, rel=0.02)
    assert hold.scope == "target"


@pytest.mark.parametrize("fault", ["too_large_413", "output_too_large"])
async def test_f04_a_request_too_large_for_one_target_goes_on_and_holds_nothing(world, mode, fault):
    world.simulator.set_fault(*FIRST, Fault(fault))
    answer = await world.ask(mode)
    assert made(answer) == ["too_large", "succeeded"]
    assert world.router.failures() == []


@pytest.mark.parametrize(
    ("target", "variant"),
    [
        (FIRST, "model_not_found"),
        (FIRST, "model_decommissioned"),
        (SECOND, "not_a_valid_model_id"),
        (SECOND, "no_endpoints"),
        (SECOND, "unavailable_for_free"),
        (SECOND, "period_ended"),
    ],
)
async def test_f05_a_model_that_is_gone_is_held_for_a_day(world, mode, target, variant):
    world.simulator.set_fault(*target, Fault("gone", variant=variant))
    config = ACCURACY if target == SECOND else TaskConfig(type=TaskType.REAL_TIME_CHAT)
    for _ in range(2):
        assert (await world.ask(mode, config=config)).completion is not None
    assert world.calls_to(*target) == 1
    hold = world.router.failures()[0]
    assert (hold.outcome, hold.until - hold.since) == ("gone", 86_400.0)


async def test_f06_a_data_policy_404_is_shown_as_a_setting_and_holds_the_free_models(world, mode):
    world.simulator.set_fault("openrouter", "*", Fault("data_policy_404"))
    for _ in range(2):
        assert (await world.ask(mode, config=ACCURACY)).completion.provider == "groq"
    assert openrouter_calls(world) == 1
    assert "privacy settings" in world.router.failures()[0].reason


async def test_f07_a_refused_key_takes_its_provider_out_and_the_other_serves(world, mode):
    world.simulator.set_fault("groq", "*", Fault("unauthorized"))
    for _ in range(3):
        assert (await world.ask(mode)).completion.provider == "openrouter"
    assert world.calls_to(*FIRST) == 1
    hold = world.router.failures()[0]
    assert (hold.scope, hold.until) == ("provider", None)


async def test_f08_a_402_holds_the_free_models_and_says_why(world, mode):
    world.simulator.set_fault("openrouter", "*", Fault("payment_required"))
    for _ in range(2):
        assert (await world.ask(mode, config=ACCURACY)).completion.provider == "groq"
    assert openrouter_calls(world) == 1
    assert "credit" in world.router.failures()[0].reason


@pytest.mark.parametrize(
    ("fault", "outcome"), [("moderation_403", "moderated"), ("guardrail_403", "guardrail"), ("content_policy", None)]
)
async def test_f09_a_refusal_of_the_content_ends_the_request(world, mode, fault, outcome):
    world.simulator.set_fault("openrouter", "*", Fault(fault))
    answer = await world.ask(mode, config=ACCURACY)
    assert isinstance(answer.error, RequestRejected)
    assert answer.error.outcome == (outcome or "content_policy")
    assert len(world.seen) == 1


@pytest.mark.parametrize(
    ("target", "fault", "outcome", "scope"),
    [
        (SECOND, "key_limit_403", "key_limit", "provider"),
        (SECOND, "gated_403", "gated", "target"),
        (FIRST, "network_403", "network_blocked", "provider"),
    ],
)
async def test_f09_the_other_403s_are_held_by_what_they_concern(world, mode, target, fault, outcome, scope):
    world.simulator.set_fault(*target, Fault(fault))
    answer = await world.ask(mode, config=ACCURACY if target == SECOND else TaskConfig(type=TaskType.REAL_TIME_CHAT))
    assert answer.completion is not None
    hold = world.router.failures()[0]
    assert (hold.outcome, hold.scope) == (outcome, scope)


@pytest.mark.parametrize(
    "variant", ["top_level", "choice", "no_choices", "empty", "null", "list", "nothing", "reasoning_only"]
)
async def test_f10_a_200_without_an_answer_is_a_failed_attempt(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("error_in_200", variant=variant))
    answer = await world.ask(mode)
    assert answer.completion.provider == "openrouter"
    assert answer.text.strip()
    assert len(made(answer)) == 2


async def test_f11_comments_for_ever_are_silence(world, mode):
    world.simulator.set_fault(*FIRST, Fault("comments_only"))
    answer = await world.ask(mode)
    assert answer.completion.provider == "openrouter"
    assert world.calls_to(*FIRST) == 1


async def test_f12_blanks_ahead_of_the_body_are_read_past(world, mode):
    world.simulator.set_fault(*FIRST, Fault("blanks"))
    assert (await world.ask(mode)).completion.provider == "groq"


@pytest.mark.parametrize("status", [200, 502, 524])
async def test_f12_html_with_any_status_is_a_failed_attempt(world, mode, status):
    world.simulator.set_fault(*FIRST, Fault("html_error", status=status))
    assert (await world.ask(mode)).completion.provider == "openrouter"


@pytest.mark.parametrize("variant", ["fenced", "prose", "trailing_comma"])
async def test_f13_json_in_fences_or_prose_is_mended_without_a_call(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("invalid_json", variant=variant))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    assert answer.completion.provider == "groq"
    assert json.loads(answer.text) == answer.completion.parsed
    assert len(world.seen) == 1


@pytest.mark.parametrize("variant", ["truncated", "wrong_schema", "garbage"])
async def test_f13_json_that_cannot_be_mended_is_asked_for_once_more_and_then_elsewhere(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("invalid_json", variant=variant))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    assert set(answer.completion.parsed) == {"food", "grams"}
    assert world.calls_to(*FIRST) == 2
    assert answer.completion.provider == "openrouter"


async def test_f13_groqs_json_validate_failed_is_asked_for_once_more(world, mode):
    world.simulator.set_fault(*FIRST, Fault("json_validate_failed", times=1))
    answer = await world.ask(mode, config=JSON, response_format=SCHEMA)
    assert answer.completion.provider == "groq"
    assert world.calls_to(*FIRST) <= 2


@pytest.mark.parametrize("variant", ["plain", "split", "lone_close"])
async def test_f14_thinking_in_the_content_is_given_as_reasoning(world, mode, variant):
    world.simulator.set_fault(*FIRST, Fault("think", variant=variant))
    answer = await world.ask(mode)
    assert answer.completion.provider == "groq"
    assert "think>" not in answer.text
    assert answer.text == answer.completion.text
    assert answer.completion.reasoning


async def test_f14_an_unclosed_thought_is_no_answer(world, mode):
    world.simulator.set_fault(*FIRST, Fault("think", variant="unclosed"))
    answer = await world.ask(mode)
    assert answer.completion.provider == "openrouter"


async def test_f15_a_free_answer_with_a_cost_is_given_and_its_target_held_until_reset(world, mode):
    world.simulator.set_fault(*SECOND, Fault("billed"))
    answer = await world.ask(mode, config=ACCURACY)
    assert answer.completion.cost_usd > 0
    world.clock.turn(30 * 86_400.0)
    await world.ask(mode, config=ACCURACY)
    assert world.calls_to(*SECOND) == 1
    assert world.router.reset_failures() == 1
    world.simulator.clear_faults()
    assert (await world.ask(mode, config=ACCURACY)).completion.requested_model == SECOND[1]


@pytest.mark.parametrize("fault", [Fault("split_bytes", size=3), Fault("big_event")])
async def test_f16_however_the_bytes_come_the_text_is_whole(world, mode, fault):
    plain = (await world.ask(mode, seed=7)).text
    world.simulator.set_fault(*FIRST, fault)
    answer = await world.ask(mode, seed=7)
    assert answer.completion.provider == "groq"
    assert answer.text == plain or fault.name == "big_event"


async def test_f17_cut_by_the_callers_own_limit_is_answered(world, mode):
    answer = await world.ask(mode, max_tokens=20)
    assert answer.completion.finish_reason == "length"
    assert answer.completion.provider == "groq"


async def test_f17_cut_by_a_limit_of_ours_goes_to_the_next_target(world, mode):
    world.simulator.set_fault(*FIRST, Fault("length"))
    answer = await world.ask(mode)
    assert made(answer) == ["length", "succeeded"]


async def test_a_pinned_target_that_fails_falls_back_to_nobody(world, mode):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=30))
    answer = await world.ask(mode, targets=PINNED, fallback=False)
    assert isinstance(answer.error, AllTargetsFailed)
    assert len(world.seen) == 1
    assert HELLO[0]["content"] not in str(answer.error)
