"""Cooldowns order the targets, and never leave a request worse off than a router without a memory would."""

import asyncio
import random

import pytest

from router import AllTargetsFailed, Completion, TaskConfig, TaskType
from tests.virtual import Bench, healthy, refusal, run

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]
PAIR = ("groq:openai/gpt-oss-120b", "openrouter:nvidia/nemotron-3-super-120b-a12b:free")
SICK = refusal(503, "overloaded")


class Weather:
    """Outcomes without end, each drawn when its call comes: `is_up(seconds, dice)` says whether it is answered."""

    def __init__(self, is_up, seed=0):
        self._is_up = is_up
        self._dice = random.Random(seed)

    def __iter__(self):
        return self

    def __next__(self):
        return healthy if self._is_up(asyncio.get_running_loop().time(), self._dice) else SICK


async def ask_steadily(bench, *, seconds, rate, **options):
    """Requests at a steady pace; gives each one's beginning, result and duration."""

    async def ask_at(moment):
        await asyncio.sleep(moment)
        result, took = await bench.ask(CHAT, HELLO, targets=PAIR, **options)
        return moment, result, took

    return await asyncio.gather(*(ask_at(number / rate) for number in range(int(seconds * rate))))


def share_answered(results):
    return sum(isinstance(result, Completion) for _, result, _ in results) / len(results)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("rate", [1, 20])
@pytest.mark.parametrize("failing", [0.1, 0.5])
def test_where_both_fail_at_random_nearly_everything_is_answered(failing, rate, stream):
    bench = Bench(Weather(lambda _, dice: dice.random() >= failing))
    results = run(ask_steadily(bench, seconds=60, rate=rate, stream=stream))
    assert share_answered(results) >= 0.99


def test_after_an_outage_of_both_nothing_fails_any_more():
    outage, after = (10.0, 11.0), 0.5
    bench = Bench(Weather(lambda now, _: not outage[0] <= now < outage[1]))
    results = run(ask_steadily(bench, seconds=30, rate=20))
    failures = [moment + took for moment, result, took in results if isinstance(result, AllTargetsFailed)]
    assert [end for end in failures if end > outage[1] + after] == []


@pytest.mark.parametrize("length", [2.0, 8.0, 20.0])
@pytest.mark.parametrize("rate", [1, 20])
def test_an_outage_that_ends_within_the_deadline_costs_time_and_no_answer(length, rate):
    bench = Bench(Weather(lambda now, _: now >= length))
    results = run(ask_steadily(bench, seconds=length, rate=rate, deadline=30.0))
    assert share_answered(results) == 1.0


def test_an_outage_of_all_is_not_met_with_a_storm():
    bench = Bench(Weather(lambda *_: False))
    results = run(ask_steadily(bench, seconds=20, rate=20, deadline=10.0))
    assert share_answered(results) == 0.0
    assert len(bench.called) <= 3.5 * len(results)  # both once, and what the budget adds


@pytest.mark.parametrize("fault", [429, 401, 402])
def test_a_limit_a_refused_key_and_an_empty_account_are_tried_by_nobody_as_a_last_resort(fault):
    bench = Bench([refusal(fault, headers={"retry-after": "3600"})] * 2)

    async def ask_twice():
        await bench.ask(CHAT, HELLO, targets=PAIR)
        called = len(bench.called)
        result, seconds = await bench.ask(CHAT, HELLO, targets=PAIR)
        assert isinstance(result, AllTargetsFailed)
        assert (len(bench.called), seconds) == (called, 0.0)

    run(ask_twice())


def test_the_soonest_of_targets_that_all_cool_down_is_waited_for():
    bench = Bench([refusal(429, headers={"retry-after": "4"}), refusal(429, headers={"retry-after": "2"})])

    async def ask_twice():
        await bench.ask(CHAT, HELLO, targets=PAIR, deadline=1.0)
        result, seconds = await bench.ask(CHAT, HELLO, targets=PAIR, deadline=30.0, stream=True)
        assert isinstance(result, Completion)
        assert bench.called[-1] == PAIR[1]
        assert bench.kinds.count("waiting") == 1
        assert 1.0 < seconds < 2.5

    run(ask_twice())


def test_half_of_what_is_left_is_the_most_that_is_waited():
    bench = Bench([refusal(429, headers={"retry-after": "10"})] * 2)

    async def ask_twice():
        await bench.ask(CHAT, HELLO, targets=PAIR, deadline=1.0)
        result, seconds = await bench.ask(CHAT, HELLO, targets=PAIR, deadline=15.0)
        assert isinstance(result, AllTargetsFailed)
        assert seconds == 0.0
        assert result.retry_at is not None

    run(ask_twice())


def test_who_waits_is_called_as_soon_as_another_request_finds_a_target_well():
    bench = Bench([SICK] * 12)

    async def ask_two():
        waiting = asyncio.ensure_future(bench.ask(CHAT, HELLO, targets=PAIR, deadline=60.0))
        await asyncio.sleep(20.0)  # by now it pauses for many seconds
        await bench.ask(CHAT, HELLO, targets=PAIR[:1])
        found_well = asyncio.get_running_loop().time()
        result, seconds = await waiting
        assert isinstance(result, Completion)
        assert seconds <= found_well + 1.0

    run(ask_two())


@pytest.mark.parametrize("seed", range(60))
def test_no_history_leaves_a_request_worse_off_than_an_empty_memory(seed):
    """One target answers and the others do not; whatever came before, the one is found as a new router finds it."""
    dice = random.Random(seed)
    targets = [*PAIR, "groq:openai/gpt-oss-20b", "openrouter:openrouter/free"]
    history = [dice.choice([healthy, SICK, SICK]) for _ in range(dice.randrange(30))]
    bench = Bench(history)

    async def compare():
        for _ in range(dice.randrange(8)):
            await bench.ask(CHAT, HELLO, targets=targets, deadline=dice.choice([0.5, 3.0]))
            await asyncio.sleep(dice.choice([0.0, 0.3, 6.0, 25.0]))
        well = dice.choice(targets)
        bench.transport.decide = lambda target: healthy if target == well else SICK
        result, _ = await bench.ask(CHAT, HELLO, targets=targets)
        assert isinstance(result, Completion)
        assert f"{result.provider}:{result.requested_model}" == well

    run(compare())
