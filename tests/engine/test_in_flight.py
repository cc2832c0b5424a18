"""A router that is closed, or forked, with calls under way: nobody is charged, and everybody hears it at once."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from router import RouterClosed, RouterError
from router.simulator import Fault
from tests.world import CHAT, FIRST, HELLO, MODES, SECOND, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def scale():
    """At their full times: none of these waits for a limit of the task's."""
    return 1.0


async def until_seen(world, count=1):
    """Until the provider has so many requests."""
    while len(world.seen) < count:  # noqa: ASYNC110 – it is another thread that sees them
        await asyncio.sleep(0.001)


def assert_charged_to_nobody(world):
    """As another router on the same database sees it."""
    other = world.new_router()
    assert other.failures() == []
    assert {row["outcome"] for row in world.rows("SELECT outcome FROM attempts")} == {"cancelled"}
    assert {row["status"] for row in world.rows("SELECT status FROM requests")} == {"cancelled"}
    other.store.close()


@pytest.mark.parametrize("mode", MODES)
async def test_calls_under_way_may_end_and_are_answered(world, mode):
    world.simulator.set_fault(*FIRST, Fault("slow_start", seconds=0.3))
    asking = asyncio.create_task(world.ask(mode))
    await until_seen(world)
    await world.router.aclose()
    assert (await asking).completion is not None


@pytest.mark.parametrize("mode", MODES)
async def test_what_has_not_ended_within_the_grace_is_broken_off_and_charged_to_nobody(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("silent"))
    asking = [asyncio.create_task(world.ask(mode)) for _ in range(3)]
    await until_seen(world, 3)
    began = time.monotonic()
    await world.router.aclose(grace=0.2)
    assert 0.2 <= time.monotonic() - began < 2.0
    answers = await asyncio.gather(*asking)
    assert {type(answer.error) for answer in answers} == {RouterClosed}
    assert "under way" in str(answers[0].error)
    assert_charged_to_nobody(world)


async def test_a_stream_that_nobody_reads_at_the_moment_is_broken_off_too(world):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "delta":
                await world.router.aclose(grace=0.0)
                break
        with pytest.raises(RouterClosed):
            await anext(stream)
    assert stream.completion is None
    assert_charged_to_nobody(world)


async def test_new_calls_are_refused_at_once_while_others_come_to_their_end(world):
    world.simulator.set_fault(*FIRST, Fault("slow_start", seconds=0.5))
    asking = asyncio.create_task(world.ask())
    await until_seen(world)
    closing = asyncio.create_task(world.router.aclose())
    await asyncio.sleep(0)
    began = time.monotonic()
    with pytest.raises(RouterClosed, match="make another one"):
        await world.router.complete(config=CHAT, messages=HELLO)
    assert time.monotonic() - began < 0.1
    await closing
    assert (await asking).completion is not None


async def test_a_call_in_another_event_loop_is_broken_off_there(world):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("silent"))
    answers = []
    elsewhere = threading.Thread(target=lambda: answers.append(asyncio.run(world.ask())))
    elsewhere.start()
    await until_seen(world)
    await world.router.aclose(grace=0.1)
    await asyncio.to_thread(elsewhere.join)
    assert [type(answer.error) for answer in answers] == [RouterClosed]
    assert_charged_to_nobody(world)


async def test_closing_twice_and_at_once_is_closing_once(world):
    await world.ask()
    await asyncio.gather(world.router.aclose(), world.router.aclose())
    await world.router.aclose()


async def test_a_router_that_waits_for_its_database_while_it_closes_leaves_the_event_loop_to_others(world):
    await world.ask()
    holder = sqlite3.connect(world.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    closing = asyncio.create_task(world.router.aclose())
    for _ in range(100):  # turns of the loop: held up, it would let go of the database too late
        await asyncio.sleep(0)
    holder.execute("ROLLBACK")
    await closing
    holder.close()
    assert world.rows("SELECT * FROM owners") == [], "it has left, which it could only once the database was free"


async def test_a_task_that_somebody_else_cancels_while_the_router_closes_stays_cancelled(world):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("silent"))
    task = asyncio.create_task(world.router.complete(config=CHAT, messages=HELLO))
    await until_seen(world)
    task.cancel()
    await world.router.aclose(grace=0.0)
    with pytest.raises(asyncio.CancelledError):
        await task


FORKED = """
import asyncio, json, os, sys
from router import DualModelRouter, RouterClosed, TaskConfig, dual_router
CHAT = TaskConfig("real-time-chat")
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]

async def asked(router):
    completion = await router.complete(config=CHAT, messages=HELLO, deadline=20.0)
    return completion.provider

environment = json.loads(sys.argv[1])
os.environ.update(environment)
router = DualModelRouter.from_env(environment)
asyncio.run(asked(router))
asyncio.run(asked(dual_router))
reading, writing = os.pipe()
if os.fork() == 0:
    said = {}
    for name, call in {
        "complete": lambda: asyncio.run(asked(router)),
        "plan": lambda: router.plan(config=CHAT),
        "failures": router.failures,
        "new": lambda: asyncio.run(asked(DualModelRouter.from_env(environment))),
        "default": lambda: asyncio.run(asked(dual_router)),
    }.items():
        try:
            said[name] = str(call())
        except RouterClosed as error:
            said[name] = f"closed: {error}"
    os.write(writing, json.dumps(said).encode())
    os._exit(0)
os.close(writing)
said = json.loads(open(reading).read())
said["parent"] = asyncio.run(asked(router))
print(json.dumps(said))
"""


def test_after_a_fork_the_parents_router_says_so_at_once_and_a_new_one_and_the_default_one_work(simulator, tmp_path):
    world = World(simulator, tmp_path)
    environment = {name: value for name, value in world.environment.items() if value is not None}
    began = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", FORKED, json.dumps(environment)], capture_output=True, text=True, timeout=50, check=False
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    for name in ("complete", "plan", "failures"):
        assert "this is a fork of it; make another one here" in said[name], name
    assert said["new"] == said["default"] == said["parent"] == FIRST[0]
    assert time.monotonic() - began < 30.0
    assert issubclass(RouterClosed, RouterError)
    asyncio.run(world.aclose())


async def test_the_second_target_is_not_asked_after_the_router_was_closed_over_the_first(world):
    world.simulator.set_fault(*FIRST, Fault("silent"))
    asking = asyncio.create_task(world.ask())
    await until_seen(world)
    await world.router.aclose(grace=0.0)
    assert isinstance((await asking).error, RouterClosed)
    assert world.calls_to(*SECOND) == 0
