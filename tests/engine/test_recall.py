"""Earlier answers given again: to whom, marked how, and to whom not; over real sockets, by either door."""

import asyncio
import sqlite3
from base64 import b64encode
from pathlib import Path

import pytest

from router import TaskConfig, TaskType
from router.simulator import Fault
from tests.world import CHAT, FIRST, HELLO, MODES, World, name_of

pytestmark = pytest.mark.anyio

ENTRY = [{"role": "user", "content": "2 eggs and toast"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
HOUR = 3_600
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def world(simulator, tmp_path):
    """A router that gives answers again for an hour."""
    world = World(simulator, tmp_path, ROUTER_CACHE_SECONDS=str(HOUR))
    yield world
    await world.aclose()
    world.check_log()


async def asked_twice(world, first="complete", second="complete", **options):
    """The same request by two doors; gives both completions."""
    options = {"temperature": 0} | options
    return [(await world.ask(mode, **options)).completion for mode in (first, second)]


@pytest.mark.parametrize("first", MODES)
@pytest.mark.parametrize("second", MODES)
async def test_the_same_request_is_given_the_same_answer_and_no_provider_is_called(world, first, second):
    earlier, later = await asked_twice(world, first, second)
    assert len(world.seen) == 1
    assert later.text == earlier.text
    assert (later.provider, later.model, later.finish_reason) == (earlier.provider, earlier.model, "stop")
    assert later.request_id != earlier.request_id


@pytest.mark.parametrize("mode", MODES)
async def test_an_answer_from_the_cache_says_so_in_the_reply_and_in_the_log(world, mode):
    earlier, later = await asked_twice(world, mode, mode)
    assert not earlier.from_cache
    assert earlier.cache.status == "miss"
    assert later.from_cache
    assert later.cache.request_id == earlier.request_id
    assert later.cache.saved_tokens == earlier.usage.total_tokens > 0
    assert later.usage.total_tokens == later.cost_usd == 0
    assert later.attempts == ()
    rows = world.rows("SELECT id, status, cached_from, attempts, prompt_tokens, provider FROM requests ORDER BY id")
    assert [row["cached_from"] for row in rows] == [None, earlier.request_id]
    assert rows[1] == rows[1] | {"status": "succeeded", "attempts": 0, "prompt_tokens": 0, "provider": FIRST[0]}
    assert world.rows("SELECT count(*) AS count FROM contents WHERE answer IS NOT NULL") == [{"count": 2}]


async def test_a_stream_from_the_cache_has_its_events_in_the_order_of_a_live_one(world):
    live, repeated = [await world.ask("stream", temperature=0) for _ in range(2)]
    begun = live.kinds.index("attempt_started")
    order = list(dict.fromkeys(live.kinds[begun + 1 :]))
    assert order == ["reasoning", "delta", "completed"]
    assert repeated.kinds == ["cache_hit", *order]
    assert repeated.text == live.text
    assert repeated.completion.ttft_ms is not None


async def test_json_from_the_cache_is_read_and_checked_anew(world):
    form = {"type": "json_object"}
    earlier, later = await asked_twice(world, "complete", "stream", messages=ENTRY, response_format=form)
    assert later.from_cache
    assert later.parsed == earlier.parsed
    assert later.parsed["category"] == "meal"


@pytest.mark.parametrize("mode", MODES)
async def test_tool_calls_are_given_again_whole(world, mode):
    ask = {"messages": [{"role": "user", "content": "How is the weather?"}], "tools": [WEATHER], "seed": 7}
    earlier, later = await asked_twice(world, "complete", mode, tool_choice="required", **ask)
    assert later.from_cache
    assert later.tool_calls == earlier.tool_calls != ()
    assert later.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    "options", [{"temperature": None}, {"temperature": 0.1}, {"temperature": 0, "cache_seconds": 0}]
)
async def test_a_request_that_does_not_ask_for_the_same_answer_goes_to_a_provider(world, options):
    completions = await asked_twice(world, **options)
    assert [completion.cache for completion in completions] == [None, None]
    assert len(world.seen) == 2
    assert world.rows("SELECT count(*) AS count FROM cached_answers") == [{"count": 0}]


@pytest.mark.parametrize("purpose", ["compare", "speed-run", "check", "demonstration", "evaluation"])
async def test_what_measures_or_tests_is_never_answered_from_the_cache(world, purpose):
    await asked_twice(world, purpose=purpose)
    await world.ask(temperature=0)
    await world.ask(temperature=0, purpose=purpose)
    assert len(world.seen) == 4


async def test_an_answer_is_given_again_until_its_time_is_over(world):
    await world.ask(temperature=0)
    world.clock.turn(HOUR - 5)
    assert (await world.ask(temperature=0)).completion.cache.age == pytest.approx(HOUR - 5, abs=2)
    world.clock.turn(10)
    assert not (await world.ask(temperature=0)).completion.from_cache


async def test_a_call_may_want_younger_answers_than_the_router_gives(world):
    await world.ask(temperature=0)
    world.clock.turn(60)
    assert not (await world.ask(temperature=0, cache_seconds=30)).completion.from_cache
    assert (await world.ask(temperature=0, cache_seconds=30)).completion.from_cache


async def test_without_the_setting_a_call_says_for_itself_that_it_takes_an_earlier_answer(simulator, tmp_path):
    world = World(simulator, tmp_path)
    assert (await world.ask(temperature=0)).completion.cache is None
    assert not (await world.ask(temperature=0, cache_seconds=60)).completion.from_cache
    assert (await world.ask(temperature=0, cache_seconds=60)).completion.from_cache
    assert (await world.ask(temperature=0)).completion.cache is None
    await world.aclose()


@pytest.mark.parametrize("fault", ["length", "no_finish"])
async def test_an_answer_that_is_not_whole_is_not_kept(world, fault):
    world.simulator.set_fault(*FIRST, Fault(fault))
    await asked_twice(world, "complete", "stream", targets=[name_of(FIRST)], deadline=0.4)
    assert world.rows("SELECT key FROM cached_answers") == []


@pytest.mark.parametrize("mode", MODES)
async def test_a_request_that_fails_or_is_left_early_keeps_nothing(world, mode):
    async with world.router.stream(config=CHAT, messages=HELLO, temperature=0) as stream:
        async for event in stream:
            if event.kind == "delta":
                break
    world.simulator.set_fault(*FIRST, Fault("server_error"))
    answer = await world.ask(mode, temperature=0, targets=[name_of(FIRST)], fallback=False, deadline=0.5)
    assert answer.error is not None
    assert world.rows("SELECT key FROM cached_answers") == []


async def test_one_app_is_never_given_what_another_one_was_answered(world):
    for app in ("website", "phone", ""):
        assert not (await world.ask(temperature=0, app=app)).completion.from_cache, app
    for app in ("website", "phone", ""):
        assert (await world.ask(temperature=0, app=app)).completion.from_cache, app


async def test_every_process_on_the_database_gives_the_answer_again(world):
    await world.ask(temperature=0)
    world.router.store.flush()
    async with world.new_router() as other:
        await other.complete(config=CHAT, messages=ENTRY)  # from which it learns that its providers are simulated
        assert (await other.complete(config=CHAT, messages=HELLO, temperature=0)).from_cache
    assert len(world.seen) == 2


async def test_requests_that_are_the_same_and_under_way_at_once_each_ask_a_provider(world):
    answers = await asyncio.gather(*(world.ask(temperature=0) for _ in range(3)))
    assert len(world.seen) == 3
    assert not [answer for answer in answers if answer.completion.from_cache]
    assert world.rows("SELECT count(*) AS count FROM cached_answers") == [{"count": 1}]


async def test_an_answer_is_given_again_while_every_provider_is_down(world):
    await world.ask(temperature=0)
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("unauthorized"))
    answer = await world.ask("stream", temperature=0)
    assert answer.completion.from_cache


async def test_where_no_texts_are_kept_the_cache_keeps_none_and_forgets_those_it_had(world):
    await world.ask(temperature=0)
    assert len(world.rows("SELECT key FROM cached_answers")) == 1
    world.environment["ROUTER_LOG_CONTENT"] = "0"
    async with world.new_router() as router:
        completions = [await router.complete(config=CHAT, messages=HELLO, temperature=0) for _ in range(2)]
    assert [completion.cache for completion in completions] == [None, None]
    assert world.rows("SELECT key FROM cached_answers") == []


async def test_what_a_simulated_provider_answered_is_never_given_out_as_a_real_answer(simulator, tmp_path):
    setting = {"ROUTER_CACHE_SECONDS": str(HOUR), "ROUTER_MODE": "simulated", "ROUTER_SIMULATOR_PORT": "0"}
    world = World(simulator, tmp_path, **setting)
    assert (await world.ask(temperature=0)).completion.simulated
    repeated = (await world.ask(temperature=0)).completion
    assert repeated.from_cache
    assert repeated.simulated
    assert world.rows("SELECT simulated FROM requests") == [{"simulated": 1}] * 2
    world.router.store.flush()
    world.environment["ROUTER_MODE"] = "live"
    async with world.new_router() as live:
        assert not (await live.complete(config=CHAT, messages=HELLO, temperature=0)).from_cache
    world.environment["ROUTER_MODE"] = "simulated"
    async with world.new_router() as simulated:
        assert (await simulated.complete(config=CHAT, messages=HELLO, temperature=0)).from_cache
    await world.aclose()


async def test_an_entry_that_another_program_has_spoilt_is_passed_over(world):
    await world.ask(temperature=0)
    world.router.store.flush()
    connection = sqlite3.connect(world.database)
    for document in ("", "[]", '{"text": 5}', "{"):
        connection.execute("UPDATE cached_answers SET document = ?", (document,))
        connection.commit()
        assert not (await world.ask(temperature=0)).completion.from_cache
        world.router.store.flush()
    connection.close()


async def test_a_picture_that_stands_elsewhere_may_have_changed_and_one_that_is_sent_along_has_not(world):
    vision = TaskConfig(type=TaskType.VISION)
    plate = (ROOT / "data/samples/breakfast-plate.jpg").read_bytes()
    sent_along = f"data:image/jpeg;base64,{b64encode(plate).decode()}"
    for url, status in (("https://example.com/plate.jpg", None), (sent_along, "hit")):
        parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        ask = {"config": vision, "messages": [{"role": "user", "content": parts}]}
        _, later = await asked_twice(world, **ask)
        assert (later.cache.status if later.cache else None) == status, url
