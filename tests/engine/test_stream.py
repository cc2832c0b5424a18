"""Streams as their callers hold them; loops, deadlines, cancelling."""

import asyncio
import gc
import json
import re
import sqlite3
import threading

import pytest

from router import AllTargetsFailed, DeadlineExceeded, RouterClosed, TaskConfig, TaskType, dual_router
from router.simulator import Fault, Simulator
from tests.world import CHAT, FIRST, HELLO, MODES, SECOND, World, scaled_routes

pytestmark = pytest.mark.anyio


async def test_the_deltas_add_up_to_the_text_and_the_last_event_holds_the_whole(world):
    answer = await world.ask("stream")
    assert "".join(event.text for event in answer.events if event.kind == "delta") == answer.text
    assert answer.events[-1].completion is answer.completion
    assert answer.kinds[:2] == ["attempt_skipped", "attempt_started"]
    assert answer.completion.ttft_ms <= answer.completion.latency_ms


async def test_json_through_a_stream_is_one_checked_delta(world):
    entry = [{"role": "user", "content": "2 eggs and toast"}]
    answer = await world.ask("stream", messages=entry, response_format={"type": "json_object"})
    assert answer.kinds.count("delta") == 1
    assert answer.completion.parsed["category"] == "meal"


async def until(condition):
    """Let everything else go on until it holds; a test's own time limit ends it."""
    while not condition():  # noqa: ASYNC110 – what is waited for happens in another thread
        await asyncio.sleep(0)


async def upstream_ended(world):
    """Until the provider has noticed: no call is open any more, however many there were on a machine that is slow."""
    await until(lambda: world.seen and all(seen.finished or seen.disconnected_at is not None for seen in world.seen))


async def test_cancel_from_another_thread_ends_a_silent_call_upstream(world):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60, fraction=0.01))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        kinds = []
        async for event in stream:
            kinds.append(event.kind)
            if event.kind == "reasoning":
                threading.Thread(target=lambda: (stream.cancel(), stream.cancel())).start()
    assert stream.completion is None
    assert "completed" not in kinds
    await upstream_ended(world)
    assert world.rows("SELECT status FROM requests") == [{"status": "cancelled"}]
    assert world.rows("SELECT outcome FROM attempts") == [{"outcome": "cancelled"}]
    assert world.router.failures() == []


async def test_an_attempt_that_was_cancelled_before_it_left_is_marked_as_not_sent(world):
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "attempt_started":
                break
    assert world.seen == []
    assert world.rows("SELECT outcome FROM attempts") == [{"outcome": "not_sent"}]


async def test_cancel_in_mid_stream_keeps_the_text_that_had_come(world):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "delta":
                stream.cancel()
    assert stream.text.startswith("Sim")
    assert world.rows("SELECT answer FROM contents")[0]["answer"] == stream.text


async def test_leaving_the_block_early_ends_the_call_upstream(world):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "delta":
                break
    await upstream_ended(world)
    assert world.rows("SELECT status FROM requests") == [{"status": "cancelled"}]


async def test_a_task_that_is_cancelled_stays_cancelled(world):
    world.simulator.set_fault(*FIRST, Fault("silent"))
    task = asyncio.create_task(world.router.complete(config=CHAT, messages=HELLO))
    await until(lambda: world.seen)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await upstream_ended(world)


@pytest.mark.parametrize("mode", ["complete", "stream"])
async def test_the_deadline_ends_a_request_with_a_typed_error_and_blames_no_target(world, mode):
    world.simulator.set_fault("groq", "*", Fault("silent"))
    world.simulator.set_fault("openrouter", "*", Fault("silent"))
    answer = await world.ask(mode, deadline=0.15)
    assert isinstance(answer.error, DeadlineExceeded)
    assert isinstance(answer.error, TimeoutError)
    assert answer.error.attempts
    assert world.router.failures() == []


async def test_an_attempt_leaves_room_for_the_next_target_within_the_deadline(world):
    await world.ask()  # the first of a process loads libraries, which is no target's time
    world.simulator.set_fault(*FIRST, Fault("silent"))
    assert (await world.ask(deadline=0.8)).completion.provider == "openrouter"


def test_one_router_serves_several_event_loops_one_after_the_other(simulator, tmp_path):
    world = World(simulator, tmp_path)
    texts = [asyncio.run(world.ask(seed=3)).text for _ in range(2)]
    assert texts[0] == texts[1]
    asyncio.run(world.aclose())


def test_one_router_serves_several_event_loops_at_once(simulator, tmp_path):
    world = World(simulator, tmp_path)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(asyncio.run(world.ask()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.error for answer in answers] == [None] * 4
    asyncio.run(world.aclose())


def test_the_default_router_is_built_when_it_is_first_used(simulator, tmp_path, monkeypatch):
    for name, value in {
        "GROQ_API_KEY": "gsk_0123456789abcdef",
        "GROQ_BASE_URL": simulator.groq_url,
        "ROUTER_MODE": "auto",
        "ROUTER_ROUTES": str(scaled_routes(tmp_path)),
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/default.db",
    }.items():
        monkeypatch.setenv(name, value)

    async def ask():
        return await dual_router.complete(config=CHAT, messages=HELLO)

    assert "not used yet" in repr(dual_router)
    assert asyncio.run(ask()).provider == "groq"
    assert asyncio.run(ask()).provider == "groq"
    asyncio.run(dual_router.aclose())


async def test_many_requests_at_once_leave_no_task_and_no_open_reply(simulator, tmp_path):
    world = World(simulator, tmp_path, scale=1.0)  # fifty at once take their time on a machine that is busy
    answers = await asyncio.gather(*(world.ask(mode) for mode in ("complete", "stream") * 25))
    assert [answer.error for answer in answers] == [None] * 50
    assert all(request.finished for request in world.seen)
    await world.aclose()


async def test_a_dead_provider_costs_a_second_call_in_fewer_than_one_request_in_ten(simulator, tmp_path):
    world = World(simulator, tmp_path, scale=1.0)  # two hundred at once take their time on a machine that is busy
    world.simulator.set_fault("groq", "*", Fault("server_error", status=500))
    # A model without known limits: of one with a minute's allowance only so many would be sent at once.
    asked = [world.ask(targets=["groq:without/limits"], fallback=False) for _ in range(200)]
    await asyncio.gather(*asked)
    rows = world.rows("SELECT count(*) AS calls, count(DISTINCT request_id) AS requests FROM attempts")[0]
    assert rows["requests"] > 50, "the first ones are in flight before anything is known"
    assert rows["calls"] - rows["requests"] < 0.1 * 200
    await world.aclose()


async def test_no_key_and_no_account_is_in_any_error_or_row(world):
    world.simulator.set_fault("groq", "*", Fault("rate_limited", retry_after=9))
    world.simulator.set_fault("openrouter", "*", Fault("unauthorized"))
    answer = await world.ask(deadline=1.0)
    rows = (
        world.rows("SELECT * FROM requests") + world.rows("SELECT * FROM attempts") + world.rows("SELECT * FROM holds")
    )
    everything = f"{answer.error!r} {answer.error} {answer.error.attempts} {rows}"
    for secret in ("gsk_test", "sk-or-v1-test", "org_simulated", "user_simulated"):
        assert secret not in everything


@pytest.mark.parametrize("fault", ["cut", "reset"])
@pytest.mark.parametrize("mode", MODES)
async def test_a_broken_connection_is_told_in_words_and_not_in_a_librarys_objects(world, mode, fault):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault(fault))
    answer = await world.ask(mode, deadline=1.0)
    told = " ".join(attempt.error or "" for attempt in answer.error.attempts)
    assert "the connection" in told.lower()
    assert not re.search(r"[<>]|\w+Error\b|aiohttp", told)


async def test_no_piece_of_an_answer_is_in_the_log_where_no_content_is_kept(simulator, tmp_path):
    world = World(simulator, tmp_path, ROUTER_LOG_CONTENT="0")
    private = {"type": "object", "properties": {"note": {"type": "string", "pattern": "^$"}}, "required": ["note"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "note", "schema": private}}
    body = {"choices": [{"message": {"content": '{"note": "a private word"}'}, "finish_reason": "stop"}]}
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("script", steps=[{"status": 200}, {"bytes": json.dumps(body)}]))
    answer = await world.ask(config=TaskConfig(TaskType.STRUCTURED_OUTPUT), response_format=wanted)
    assert "breaks the schema's 'pattern'" in str(answer.error)
    rows = world.rows("SELECT * FROM requests") + world.rows("SELECT * FROM attempts")
    assert "private word" not in str(rows)
    told = [request.body["messages"][-1]["content"] for request in world.seen]
    assert any("private word" in words for words in told), "the model is told what was wrong"
    await world.aclose()


@pytest.mark.parametrize("how", ["break", "cancel"])
async def test_a_json_stream_that_is_left_after_its_delta_ends_as_cancelled(world, how):
    config = TaskConfig(TaskType.STRUCTURED_OUTPUT, requires_json=True)
    async with world.router.stream(config=config, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "delta":
                if how == "break":
                    break
                stream.cancel()
    assert stream.completion is None
    assert world.rows("SELECT status FROM requests") == [{"status": "cancelled"}]


def test_event_loops_that_have_ended_are_let_go_of(simulator, tmp_path):
    world = World(simulator, tmp_path)
    for _ in range(4):
        asyncio.run(world.ask())
    gc.collect()
    assert len(world.router._clients._of_loop) == 0
    asyncio.run(world.aclose())


@pytest.mark.parametrize("mode", MODES)
async def test_a_closed_router_says_so_at_once_and_asks_nobody(world, simulator, mode):
    await world.aclose()
    answer = await world.ask(mode)
    assert isinstance(answer.error, RouterClosed)
    assert isinstance(answer.error, RuntimeError)
    assert "this router is closed" in str(answer.error)
    assert world.seen == []


async def test_a_log_that_cannot_be_read_stops_no_request(world):
    await world.ask()
    world.router.store.flush()
    with sqlite3.connect(world.database) as connection:
        for table in ("holds", "counters", "allowances"):
            connection.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
    connection.close()
    assert (await world.ask()).error is None


async def test_a_target_that_could_not_be_reached_is_marked_as_not_sent(simulator, tmp_path):
    with Simulator() as gone:
        url = gone.groq_url
    world = World(simulator, tmp_path, GROQ_BASE_URL=url)
    answer = await world.ask()
    assert answer.completion.provider == "openrouter"
    assert [row["outcome"] for row in world.rows("SELECT outcome FROM attempts ORDER BY ordinal")] == [
        "not_sent",
        "succeeded",
    ]
    assert world.router.failures()[0].scope == "provider"
    await world.aclose()


async def test_a_caller_who_cannot_take_text_back_gets_an_error_where_it_breaks_off_and_nobody_else_is_called(world):
    world.simulator.set_fault(*FIRST, Fault("cut"))
    answer = await world.ask("stream", restart=False)
    assert isinstance(answer.error, AllTargetsFailed)
    assert "restart" not in answer.kinds
    assert world.calls_to(*SECOND) == 0
    assert world.rows("SELECT status FROM requests") == [{"status": "failed"}]


async def test_without_a_restart_a_failure_ahead_of_the_first_piece_still_goes_on_to_the_next_target(world):
    world.simulator.set_fault(*FIRST, Fault("server_error", status=500))
    assert (await world.ask("stream", restart=False)).completion.provider == SECOND[0]
