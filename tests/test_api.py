"""Which target answers: overrides, tiers, keys, pins, pictures, and what the plan says of it."""

import pytest

from router import AllTargetsFailed, CallOptions, TaskConfig, TaskType
from router.simulator import Fault
from router.simulator.models.catalogue import model_entry
from tests.world import CHAT, FIRST, HELLO, MODES, SECOND, World, name_of

pytestmark = pytest.mark.anyio


async def alone(simulator, tmp_path, missing):
    return World(simulator, tmp_path, **{missing: None})


@pytest.mark.parametrize("task", list(TaskType))
@pytest.mark.parametrize("missing", ["OPENROUTER_API_KEY", "GROQ_API_KEY"])
async def test_one_key_serves_all_eight_tasks(simulator, tmp_path, missing, task):
    world = await alone(simulator, tmp_path, missing)
    answer = await world.ask(config=TaskConfig(type=task))
    await world.aclose()
    assert answer.completion.text
    assert {request.provider for request in world.seen} == {"groq" if "OPEN" in missing else "openrouter"}


@pytest.mark.parametrize("task", list(TaskType))
async def test_a_fresh_install_spends_no_call_on_a_model_that_is_known_to_be_gone(world, task):
    await world.ask(config=TaskConfig(type=task))
    assert len(world.seen) == 1


@pytest.mark.parametrize(("flag", "provider"), [("prioritize_speed", "groq"), ("prioritize_accuracy", "openrouter")])
@pytest.mark.parametrize("task", list(TaskType))
async def test_an_override_moves_its_tier_to_the_front_and_keeps_the_order_within(world, task, flag, provider):
    plain = [line.target for line in world.router.plan(config=TaskConfig(type=task)) if line.kept]
    moved = [line.target for line in world.router.plan(config=TaskConfig(type=task, **{flag: True})) if line.kept]
    last = [target for target in plain if target.model == "openrouter/free"]
    front = [target for target in plain if target.provider == provider and target not in last]
    assert moved == front + [target for target in plain if target not in front]


async def test_critical_accuracy_fails_rather_than_being_answered_worse(world):
    world.simulator.set_fault("openrouter", "*", Fault("server_error", status=503))
    answer = await world.ask(config=TaskConfig(type=TaskType.PROGRAM_GENERATION, critical_accuracy=True), deadline=1.0)
    assert isinstance(answer.error, AllTargetsFailed)
    assert {request.provider for request in world.seen} == {"openrouter"}
    assert "openrouter/free" not in {request.model for request in world.seen}


async def test_critical_accuracy_with_the_speed_provider_alone_is_answered_and_says_so(simulator, tmp_path):
    world = await alone(simulator, tmp_path, "OPENROUTER_API_KEY")
    answer = await world.ask(config=TaskConfig(type=TaskType.PROGRAM_GENERATION, critical_accuracy=True))
    await world.aclose()
    assert answer.completion.provider == "groq"
    assert answer.completion.degraded


async def test_an_answer_that_was_not_asked_to_be_accurate_is_never_degraded(world):
    assert not (await world.ask()).completion.degraded


async def test_a_pinned_target_is_the_only_one(world):
    answer = await world.ask(targets=["groq:openai/gpt-oss-20b"])
    assert answer.completion.requested_model == "openai/gpt-oss-20b"
    assert [attempt.outcome for attempt in answer.completion.attempts] == ["succeeded"]


async def test_a_model_that_costs_money_is_never_called(world):
    answer = await world.ask(targets=["openrouter:openai/gpt-5", "openrouter:openrouter/auto"])
    assert isinstance(answer.error, AllTargetsFailed)
    assert [attempt.outcome for attempt in answer.error.attempts] == ["skipped", "skipped"]
    assert world.seen == []


async def test_openrouter_is_told_that_nothing_may_cost_anything(world):
    await world.ask(targets=[f"{SECOND[0]}:{SECOND[1]}"])
    assert world.seen[0].body["provider"]["max_price"] == {"prompt": 0, "completion": 0}


async def test_a_plan_calls_nobody_and_its_first_target_is_the_one_that_is_called(world):
    for fault in (None, Fault("rate_limited", retry_after=60)):
        if fault:
            world.simulator.set_fault(*FIRST, fault)
            await world.ask()
        first = next(line for line in world.router.plan(config=CHAT, messages=HELLO) if line.kept)
        before = len(world.seen)
        await world.ask()
        called = world.seen[before]
        assert (called.provider, called.model) == (first.provider, first.model)


async def test_a_plan_names_what_a_successor_stands_for(world):
    lines = world.router.plan(config=CHAT)
    assert (str(lines[0].target), lines[0].kept) == ("groq:llama-3.3-70b-versatile", False)
    assert lines[0].reason == "retired 2026-08-16; gpt-oss-120b stands in for it"
    assert lines[1].stands_for == lines[0].target


async def test_a_picture_in_a_chat_goes_to_a_model_that_sees(world):
    from tests.images.test_calls import message, photograph

    answer = await world.ask(messages=message(photograph()))
    assert "pixels" in answer.text


async def test_a_prompt_over_a_minutes_tokens_is_not_sent_to_groq(world):
    answer = await world.ask(messages=[{"role": "user", "content": "word " * 8_000}])
    assert {request.provider for request in world.seen} == {"openrouter"}
    assert "over its 8000 tokens a minute" in answer.completion.attempts[1].error


async def test_an_output_limit_leaves_room_for_the_prompt_within_groqs_minute(world):
    await world.ask(config=TaskConfig(type=TaskType.PROGRAM_GENERATION, prioritize_speed=True), max_tokens=30_000)
    assert world.seen[0].body["max_completion_tokens"] < 8_000


async def test_usage_statistics_count_what_this_router_has_served(world):
    await world.ask()
    await world.ask()
    world.simulator.set_fault(*FIRST, Fault("server_error", status=500))
    await world.ask()
    assert world.router.get_usage_stats() == {
        "groq": 2,
        "openrouter": 1,
        "breakdown": {f"{FIRST[0]}:{FIRST[1]}": 2, f"{SECOND[0]}:{SECOND[1]}": 1},
    }


async def test_reset_by_target_by_provider_and_all(world):
    for target in (FIRST, SECOND):
        world.simulator.set_fault(*target, Fault("rate_limited", retry_after=600))
    await world.ask()
    assert {cooldown.provider for cooldown in world.router.failures()} == {"groq", "openrouter"}
    assert world.router.reset_failures("groq", FIRST[1]) == 1
    assert world.router.reset_failures("openrouter") == 1
    assert world.router.failures() == []
    with pytest.raises(ValueError, match="the table has: groq, openrouter"):
        world.router.reset_failures("grok")


async def test_what_failed_is_still_known_after_a_restart_and_to_another_router(world):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    await world.ask()
    other = world.new_router()
    assert [cooldown.model for cooldown in other.failures()] == [FIRST[1]]
    other.reset_failures()
    assert world.router.failures() == []
    await other.aclose()


async def test_another_key_is_not_held_by_what_the_first_one_did(world):
    world.simulator.set_fault("groq", "*", Fault("unauthorized"))
    await world.ask()
    world.environment["GROQ_API_KEY"] = "gsk_another_key_0123"
    other = world.new_router()
    assert next(line for line in other.plan(config=CHAT) if line.kept).provider == "groq"
    await other.aclose()


async def test_real_allowances_can_be_refilled_by_nobody_here(world):
    with pytest.raises(ValueError, match="no simulated providers"):
        world.router.refill_simulated()


@pytest.mark.parametrize("mode", MODES)
async def test_what_simulated_providers_refuse_is_marked_too_though_they_have_keys(world, simulator, mode):
    for fault in ("content_policy", "reset"):
        for provider in ("groq", "openrouter"):
            simulator.set_fault(provider, "*", Fault(fault))
        await world.ask(mode, deadline=1.0)
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=60))
    await world.ask(mode, targets=[name_of(FIRST)])
    await world.ask(mode, targets=[name_of(FIRST)])  # which cools down by now
    rows = world.rows("SELECT status, simulated FROM requests")
    assert rows == [{"status": "failed", "simulated": 1}] * 4
    assert world.rows("SELECT attempts FROM requests ORDER BY id DESC LIMIT 1") == [{"attempts": 0}]


@pytest.mark.parametrize("mode", MODES)
async def test_an_unknown_context_may_be_large_enough_and_one_that_is_not_is_said_to_be(world, simulator, mode):
    simulator.set_models("groq", [{"id": "new/a"}, {"id": "new/b"}, {"id": "small", "context_window": 4_096}])
    simulator.set_fault("groq", "new/a", Fault("context_length"))
    await world.router.refresh_catalogue()
    answer = await world.ask(mode, targets=["groq:new/a", "groq:new/b"])
    assert answer.completion.model == "new/b"
    simulator.set_fault(*FIRST, Fault("context_length"))
    simulator.set_models("groq", [model_entry("groq", FIRST[1]), model_entry("groq", "small", context=4_096)])
    await world.router.refresh_catalogue()
    answer = await world.ask(mode, targets=[name_of(FIRST), "groq:small"])
    assert "its context of 4096 tokens is no larger" in str([attempt.error for attempt in answer.error.attempts])


async def test_no_content_is_kept_where_that_is_asked_for(simulator, tmp_path):
    world = World(simulator, tmp_path, ROUTER_LOG_CONTENT="0")
    await world.ask()
    assert world.rows("SELECT * FROM contents") == []
    assert world.rows("SELECT status FROM requests") == [{"status": "succeeded"}]
    await world.aclose()


async def test_a_provider_with_a_compatible_address_is_an_entry_in_the_file_and_no_code(simulator, tmp_path):
    world = World(simulator, tmp_path)
    path = tmp_path / "own.toml"
    text = (tmp_path / "routes.toml").read_text()
    local = (
        f'[providers.local]\nlabel = "Local"\ndialect = "openai"\nbase_url = "{simulator.groq_url}"\nfree = "plan"\n'
    )
    path.write_text(text.replace("[providers.groq]", f'{local}key_env = "LOCAL_KEY"\n[providers.groq]'))
    world.environment |= {"ROUTER_ROUTES": str(path), "LOCAL_KEY": "local-key"}
    async with world.new_router() as router:
        completion = await router.complete(config=CHAT, messages=HELLO, targets=["local:openai/gpt-oss-20b"])
    await world.aclose()
    assert (completion.provider, completion.requested_model) == ("local", "openai/gpt-oss-20b")


@pytest.mark.parametrize("mode", MODES)
async def test_everything_down_is_a_clean_error_with_a_time(world, mode, tmp_path):
    # It ends with the calls that it may make: with its time it would end just after a call, on a busy machine in one.
    routes = tmp_path / "routes.toml"
    routes.write_text(routes.read_text().replace("attempts = 20 ", "attempts = 10 "))
    world.router, first = world.new_router(), world.router
    await first.aclose()
    for provider in ("groq", "openrouter"):
        # Out for longer than any deadline: else a machine that is busy may be in the middle of a call when it passes.
        world.simulator.set_fault(provider, "*", Fault("server_error", status=503, retry_after=600))
    answer = await world.ask(mode)
    assert isinstance(answer.error, AllTargetsFailed)
    assert answer.error.retry_at is not None
    assert len(world.seen) == 10
    row = world.rows("SELECT status, task_type FROM requests")[0]
    assert (row["status"], row["task_type"]) == ("failed", CHAT.type.value)
    assert HELLO[0]["content"] not in str(answer.error)
    world.check_answers()


@pytest.mark.parametrize("mode", MODES)
async def test_a_pinned_target_that_fails_falls_back_to_nobody(world, mode):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=30))
    answer = await world.ask(mode, targets=[name_of(FIRST)], fallback=False)
    assert isinstance(answer.error, AllTargetsFailed)
    assert len(world.seen) == 1
    assert HELLO[0]["content"] not in str(answer.error)


OPTIONS = [
    {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "no such type"}}}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"$ref": "#/nowhere"}}}},
    {"tools": [{"type": "function"}]},
    {"deadline": 0},
    {"targets": []},
    {"top_k": 4},
    {"source": "the back door"},
    {"max_tokens": 0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: next(iter(options)))
async def test_complete_stream_and_plan_take_the_same_and_refuse_the_same_in_the_same_words(world, options):
    words = []
    for door in (world.router.complete, world.router.stream, world.router.plan):
        with pytest.raises(ValueError, match=r"\w") as caught:
            await door(config=CHAT, messages=HELLO, **options)
        words.append(str(caught.value))
    assert len(set(words)) == 1
    assert world.seen == []


async def test_every_option_that_is_named_is_taken(world):
    options = {
        "response_format": {"type": "json_object"},
        "temperature": 0.5,
        "top_p": 0.9,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.1,
        "max_tokens": 200,
        "seed": 3,
        "stop": "END",
        "tools": [{"type": "function", "function": {"name": "weather"}}],
        "tool_choice": "none",
        "parallel_tool_calls": False,
        "deadline": 20.0,
        "targets": [name_of(FIRST)],
        "fallback": False,
        "source": "gateway",
        "purpose": "check",
        "app": "kitchen",
        "client_retries": 1,
        "cache_seconds": 60,
        "restart": False,
    }
    assert set(options) == CallOptions.__optional_keys__
    completion = await world.router.complete(config=CHAT, messages=HELLO, **options)
    assert completion.provider == FIRST[0]
    assert len(world.router.plan(config=CHAT, messages=HELLO, **options)) == 1
    body = world.seen[0].body
    assert (body["temperature"], body["seed"], body["stop"]) == (0.5, 3, "END")
    row = world.rows("SELECT source, purpose FROM requests")[0]
    assert row == {"source": "gateway", "purpose": "check"}


# --- waiting for an allowance ----------------------------------------------------------------------------------------
