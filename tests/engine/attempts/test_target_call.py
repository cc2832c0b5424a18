"""One attempt: what the database takes is not the target's time, and only content commits."""

import asyncio
import contextlib
import json
import os
import resource

import httpx
import pytest

from router import Completion, DeadlineExceeded, TaskConfig, TaskType
from router.ports.null_stores import NullLog
from router.request import make_call
from router.simulator import Fault
from tests.virtual import Bench, answer, halting, healthy, run
from tests.world import FIRST, MODES

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]
PAIR = ("groq:openai/gpt-oss-120b", "openrouter:nvidia/nemotron-3-super-120b-a12b:free")
BOTH = pytest.mark.parametrize("stream", [False, True])


class LockedLog(NullLog):
    """A log that another program keeps from being written for so many seconds."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.waiting = []

    def begin(self, request, attempt):
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        self.waiting.append(written)
        loop.call_later(self.seconds, lambda: written.done() or written.set_result(None))
        return written


@BOTH
def test_a_log_that_cannot_be_written_holds_an_attempt_up_for_a_second_and_no_longer(stream):
    bench = Bench([healthy], log=LockedLog(20.0))
    completion, seconds = run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream))
    assert isinstance(completion, Completion)
    assert 1.0 <= seconds < 1.5
    assert bench.memory.cooldowns() == []


@BOTH
def test_a_targets_limits_and_figures_begin_when_its_request_is_sent(stream):
    first_token = Bench().table.tasks[CHAT.type].first_token
    bench = Bench([answer(wait=first_token - 0.3)], log=LockedLog(0.9))
    completion, seconds = run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream))
    assert completion.provider == "groq", "the wait for the row is not the target's"
    attempt = completion.attempts[0]
    assert attempt.latency_ms == pytest.approx((first_token - 0.3) * 1000, abs=50)
    assert seconds == pytest.approx(first_token + 0.6, abs=0.1)


@BOTH
def test_a_deadline_that_passes_while_the_log_is_waited_for_blames_no_target_and_sends_nothing(stream):
    bench = Bench([healthy], log=LockedLog(20.0))
    error, seconds = run(bench.ask(CHAT, HELLO, targets=PAIR, deadline=0.5, stream=stream))
    assert isinstance(error, DeadlineExceeded)
    assert seconds == pytest.approx(0.5)
    assert bench.called == []
    assert [ending.outcome for ending in bench.endings] == ["not_sent"]
    assert [ending.came_to for ending in bench.endings] == ["deadline"]
    assert bench.memory.cooldowns() == []


def test_a_row_that_is_written_at_once_costs_no_time():
    bench = Bench([answer(wait=0.2)], log=LockedLog(0.0))
    _, seconds = run(bench.ask(CHAT, HELLO, targets=PAIR))
    assert seconds == pytest.approx(0.2, abs=0.01)


async def deltas_of(bench):
    """The deltas of one stream, and the kinds of all its events."""
    deltas, kinds = [], []
    async for event in bench.engine.run(make_call(CHAT, HELLO, targets=PAIR), stream=True):
        kinds.append(event.kind)
        if event.kind == "delta":
            deltas.append(event.text)
    return deltas, kinds


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u2003"])
def test_a_stream_without_content_commits_to_nothing(blank):
    deltas, kinds = run(deltas_of(Bench([answer(blank), answer("Oats.")])))
    assert deltas == ["Oats."]
    assert "restart" not in kinds


@pytest.mark.parametrize("content", [None, "", "  "])
def test_a_stream_that_is_answered_by_a_whole_empty_completion_commits_to_nothing(content):
    def whole(document):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        return [(0.1, 200, {"content-type": "application/json"}, [json.dumps({"choices": [choice]}).encode()])]

    deltas, kinds = run(deltas_of(Bench([whole, answer("Oats.")])))
    assert deltas == ["Oats."]
    assert "restart" not in kinds


def test_blanks_ahead_of_the_answer_come_with_it_and_none_is_lost():
    deltas, _ = run(deltas_of(Bench([halting("\n", "  ", "Oats", " ", "\n", "and milk.", finish="stop")])))
    assert "".join(deltas) == "\n  Oats \nand milk."
    assert deltas[0] == "\n  Oats"


def test_after_text_the_next_target_begins_anew_and_that_is_said_once():
    deltas, kinds = run(deltas_of(Bench([halting("Oat", broken_off()), answer("Oats.")])))
    assert deltas == ["Oat", "Oats."]
    assert kinds.count("restart") == 1


def broken_off():
    return httpx.ReadError("gone")


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_and_cools_nobody_down(world, mode):
    await world.ask(mode)
    world.simulator.set_fault(*FIRST, Fault("reset", times=1))
    answer = await world.ask(mode)
    assert [attempt.outcome for attempt in answer.completion.attempts if attempt.outcome != "skipped"] == [
        "stale_connection",
        "succeeded",
    ]
    assert answer.completion.provider == FIRST[0]
    assert world.router.failures() == []
    assert len(world.rows("SELECT id FROM attempts")) == len(world.seen) == 3


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_connection_that_breaks_whenever_it_is_new_is_the_targets_trouble(world, mode):
    await world.ask(mode)
    world.simulator.set_fault(*FIRST, Fault("reset"))
    answer = await world.ask(mode)
    outcomes = [attempt.outcome for attempt in answer.completion.attempts if attempt.outcome != "skipped"]
    assert outcomes == ["stale_connection", "connection_lost", "succeeded"]
    assert [cooldown.outcome for cooldown in world.router.failures()] == ["connection_lost"]


@pytest.mark.anyio
async def test_a_connection_that_breaks_long_after_the_call_left_was_not_stale(world):
    await world.ask()
    slow_death = Fault("script", times=1, steps=[{"pause": 1.05}, {"reset": True}])
    world.simulator.set_fault(*FIRST, slow_death)
    answer = await world.ask()
    outcomes = [attempt.outcome for attempt in answer.completion.attempts if attempt.outcome != "skipped"]
    assert outcomes == ["connection_lost", "succeeded"]


@contextlib.contextmanager
def no_file_left():
    """As long as this lasts, this process can open no further file or connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    spare = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
        with contextlib.suppress(OSError):
            while True:
                spare.append(os.open(os.devnull, os.O_RDONLY))  # the gaps below the highest
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in spare:
            os.close(number)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_process_without_a_file_descriptor_left_blames_no_provider_and_goes_on_when_it_has_one(world, mode):
    await world.ask()  # certificates are read, and connections are kept
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60, fraction=0.1))
    async with contextlib.AsyncExitStack() as busy:
        for _ in range(6):  # they take all the connections that are kept
            stream = await busy.enter_async_context(world.router.stream(config=CHAT, messages=HELLO, max_tokens=100))
            await anext(event async for event in stream if event.kind == "delta")
        world.simulator.clear_faults()
        with no_file_left():
            asking = asyncio.create_task(world.ask(mode, deadline=20.0))
            await asyncio.sleep(0.1)
        answer = await asking
    attempts = [attempt for attempt in answer.completion.attempts if attempt.outcome != "skipped"]
    assert [attempt.outcome for attempt in attempts[:-1]] == ["not_sent"] * (len(attempts) - 1)
    assert {attempt.came_to for attempt in attempts[:-1]} == {"own_trouble"}
    assert "Too many open files" in attempts[0].error
    assert world.router.failures() == []
