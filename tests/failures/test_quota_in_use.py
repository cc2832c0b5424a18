"""Allowances through the router: who is passed over for want of one, in this process and in others."""

import asyncio
import json
import subprocess
import sys

import pytest

from router import TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES
from router.simulator import Simulator
from router.types import Target, TargetState
from tests.failures.stated import said
from tests.world import CHAT, FIRST, SECOND, World, name_of


@pytest.fixture
def limited():
    with Simulator(pace=0, limits=True) as simulator:
        yield simulator


@pytest.mark.anyio
async def test_a_target_without_allowance_is_passed_over_without_a_call(limited, tmp_path):
    world = World(limited, tmp_path, scale=1.0)
    accuracy = TaskConfig(type=TaskType.REAL_TIME_CHAT, prioritize_accuracy=True)
    for _ in range(21):
        assert (await world.ask(config=accuracy)).completion is not None
    assert sum(request.provider == "openrouter" for request in world.seen) == 20
    assert world.router.failures() == [], "nobody had to refuse anything"
    skipped = [one.error for one in world.answers[-1].completion.attempts if one.outcome == "skipped"]
    assert any("for this minute are used" in words for words in skipped)
    other = world.new_router()
    line = next(line for line in other.plan(config=accuracy) if line.target.model == SECOND[1])
    assert (line.kept, line.state) == (False, "no allowance")
    await other.aclose()
    world.clock.turn(61.0)
    assert next(line for line in world.router.plan(config=accuracy) if line.kept).target.model == SECOND[1]
    await world.aclose()


@pytest.mark.anyio
async def test_groqs_minute_is_kept_to_without_a_refusal_where_the_prompts_are_large(limited, tmp_path):
    world = World(limited, tmp_path, scale=1.0)
    long = [{"role": "user", "content": "word " * 4_200}]
    pinned = [name_of(FIRST), "groq:openai/gpt-oss-20b"]
    for _ in range(2):
        assert (await world.ask(messages=long, targets=pinned)).completion is not None
    assert [request.model for request in world.seen] == [FIRST[1], "openai/gpt-oss-20b"]
    assert "tokens a minute are left" in world.answers[-1].completion.attempts[0].error
    await world.aclose()


@pytest.mark.anyio
async def test_the_accounts_own_word_on_the_day_is_read_and_kept(world):
    await world.router.refresh_catalogue()
    day = [one for one in world.router.quotas() if one.provider == "openrouter" and one.span == 86_400.0]
    assert [(one.limit, one.remaining) for one in day] == [(50, 50)]
    world.router.store.flush()
    other = world.new_router()
    assert [one.limit for one in other.quotas() if one.provider == "openrouter" and one.span == 86_400.0] == [50]
    await other.aclose()


@pytest.mark.anyio
async def test_what_simulated_providers_say_is_no_allowance_of_a_live_account(world, tmp_path):
    await world.ask()
    world.environment["GROQ_API_KEY"] = "gsk_another_account_01234"
    world.environment["ROUTER_DATABASE_URL"] = f"sqlite:///{world.database}"
    other = world.new_router()
    assert [one for one in other.quotas() if one.provider == "groq"] == []
    assert [one for one in world.router.quotas() if one.provider == "groq"] != []
    await other.aclose()


_CALL = """
import asyncio, json, sys
from router import DualModelRouter, TaskConfig, TaskType
async def main():
    async with DualModelRouter.from_env(json.loads(sys.argv[1])) as router:
        for _ in range(10):
            await router.complete(config=TaskConfig(type=TaskType.REAL_TIME_CHAT), targets=[sys.argv[2]],
                                  messages=[{"role": "user", "content": "Hello"}])
asyncio.run(main())
"""


@pytest.mark.anyio
async def test_calls_of_another_process_on_the_database_count(world):
    command = [sys.executable, "-c", _CALL, json.dumps(world.environment), name_of(SECOND)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    minute = [one for one in world.router.quotas() if one.provider == "openrouter" and one.span == 60.0]
    assert [one.remaining for one in minute] == [10]


@pytest.mark.anyio
async def test_the_first_target_is_named_as_short_in_the_plan(world):
    ledger = world.router._quota
    called_target = world.router.accounts["groq"].called_target(FIRST[1])
    ledger.note_allowances(called_target, said("requests", 1_000, 0, "24h"))
    line = next(line for line in world.router.plan(config=CHAT) if line.target.model == FIRST[1])
    assert (line.kept, line.state) == (False, "no allowance")
    assert line.until is not None


@pytest.mark.anyio
async def test_a_busy_task_leaves_the_reserve_to_the_other_and_the_plan_says_so(simulator, tmp_path):
    kept = "reserve = { vision = 48 }"  # of the fifty that the account says it has
    text = SHIPPED_ROUTES.read_text().replace("#reserve = { vision = 10 }", kept)
    routes = tmp_path / "reserve.toml"
    routes.write_text(text)
    world = World(simulator, tmp_path, ROUTER_ROUTES=str(routes), GROQ_API_KEY=None)
    try:
        await world.router.refresh_catalogue()
        answers = [await world.ask(deadline=1.0) for _ in range(3)]
        assert [answer.completion is not None for answer in answers] == [True, True, False]
        line = next(line for line in world.router.plan(config=CHAT) if line.target == Target(*SECOND))
        assert line.state is TargetState.NO_ALLOWANCE
        assert "kept for vision" in line.reason
        assert any(line.kept for line in world.router.plan(config=TaskConfig(type=TaskType.VISION)))
    finally:
        await world.aclose()
