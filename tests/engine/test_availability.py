"""The benchmark's histories of bad weather in virtual time: what was possible is answered, however busy the machine."""

import asyncio
from collections import Counter

import httpx
import pytest

from benchmarks.bench_availability import routes
from benchmarks.weather import HISTORIES, LATENCY, REFUSAL_LATENCY
from router import TaskConfig, TaskType
from router.table.route_file import load_routes
from tests.virtual import HOUR, Bench, answer, broken, halting, refusal, run

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
MESSAGES = [{"role": "user", "content": "What should I eat before a run?"}]
PLAYED = (
    "half_of_all_calls",
    "every_kind_one_in_five_streamed",
    "bursts_of_seconds",
    "bursts_of_every_kind",
    "outage_of_a_second",
    "outage_of_eight_seconds",
    "outage_longer_than_the_deadline",
    "first_down_for_half_the_time",
    "first_down_for_a_minute",
)
BY_NAME = {history.name: history for history in HISTORIES}


def met(fate):
    """What a call comes to, as the scripted transport plays it."""
    wait = fate.left if fate.left < 100.0 else 1.0
    return {
        "": answer(wait=LATENCY),
        "error": refusal(503, wait=REFUSAL_LATENCY),
        "reset": broken(httpx.ReadError("reset")),
        "cut": halting("Half", httpx.ReadError("cut"), wait=LATENCY),
        "limited": refusal(429, wait=REFUSAL_LATENCY, headers={"retry-after": f"{wait:.3f}"}),
        "stall": halting("Half", HOUR, wait=LATENCY),
    }[fate.kind]


async def play(history, folder):
    """When each request began, whether it was answered, and in how many seconds; how many calls each target had."""
    bench, loop, calls = Bench(table=load_routes(routes(history, folder))), asyncio.get_running_loop(), Counter()

    def decide(target):
        calls[target] += 1
        return met(history.fate(target, loop.time(), calls[target]))

    async def ask_at(moment):
        await asyncio.sleep(moment - loop.time())
        options = {"deadline": history.deadline, "targets": list(history.targets)}
        result, seconds = await bench.ask(CHAT, MESSAGES, stream=history.stream, **options)
        return moment, not isinstance(result, Exception), seconds

    bench.transport.decide = decide
    moments = [number / history.rate for number in range(int(history.seconds * history.rate))]
    return await asyncio.gather(*map(ask_at, moments)), calls


@pytest.mark.parametrize("name", PLAYED)
def test_what_was_possible_within_the_deadline_is_answered(name, tmp_path):
    history = BY_NAME[name]
    asked, _ = run(play(history, tmp_path))
    possible = [is_answered for moment, is_answered, _ in asked if history.soonest(moment) is not None]
    assert sum(possible) / len(possible) >= 0.99
    ends = [moment + seconds for moment, is_answered, seconds in asked if not is_answered]
    assert [end for recovery in history.recoveries() for end in ends if end > recovery + 0.5] == []


def test_a_first_target_that_is_down_for_a_minute_wastes_four_calls_at_the_most(tmp_path):
    history = BY_NAME["first_down_for_a_minute"]
    asked, calls = run(play(history, tmp_path))
    assert sum(calls.values()) - len(asked) <= 4
