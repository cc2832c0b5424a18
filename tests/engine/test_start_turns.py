"""Requests that begin at once: some in each turn of the event loop, in their order, and nobody is forgotten."""

import asyncio

import pytest

from router.engine.start_turns import StartTurns
from tests.world import CHAT, HELLO

pytestmark = pytest.mark.anyio
MOST = 12


class Turns:
    """Counts the event loop's turns."""

    def __init__(self):
        self.number = 0
        self._count()

    def _count(self):
        self.number += 1
        self.handle = asyncio.get_running_loop().call_soon(self._count)


async def begin_all(number, begun, turns):
    starts = StartTurns()

    async def begin(index):
        await starts.take()
        begun.append((turns.number, index))

    return [asyncio.ensure_future(begin(index)) for index in range(number)]


async def test_a_crowd_begins_some_at_a_time_and_in_its_order():
    begun, turns = [], Turns()
    await asyncio.gather(*await begin_all(100, begun, turns))
    turns.handle.cancel()
    assert [index for _, index in begun] == list(range(100))
    by_turn = [sum(turn == number for turn, _ in begun) for number in {turn for turn, _ in begun}]
    assert max(by_turn) <= MOST
    assert max(turn for turn, _ in begun) - min(turn for turn, _ in begun) <= 100 // MOST + 2, "and none is idle"


async def test_who_is_cancelled_while_it_waits_takes_nobodys_place():
    begun, turns = [], Turns()
    tasks = await begin_all(60, begun, turns)
    await asyncio.sleep(0)
    for task in tasks[20:50]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    turns.handle.cancel()
    assert [index for _, index in begun] == [*range(20), *range(50, 60)]


async def test_a_request_by_itself_waits_for_no_turn():
    starts, turns = StartTurns(), Turns()
    for _ in range(20):
        before = turns.number
        await starts.take()
        assert turns.number == before
        await asyncio.sleep(0)
    turns.handle.cancel()


def test_each_event_loop_has_turns_of_its_own():
    starts, begun = StartTurns(), []

    async def crowd():
        async def begin():
            await starts.take()
            begun.append(1)

        await asyncio.gather(*(begin() for _ in range(30)))

    for _ in range(3):
        asyncio.run(crowd())
    assert len(begun) == 90


async def test_a_hundred_requests_at_once_all_come_to_an_end(world):
    answers = await asyncio.gather(
        *(world.ask("stream", config=CHAT, messages=HELLO, deadline=5.0) for _ in range(100))
    )
    assert all(answer.text or answer.error for answer in answers)


@pytest.mark.parametrize("scale", [1.0])  # so many at once take their time on a machine that is busy
async def test_a_crowd_of_requests_is_answered_to_the_last_one(world):
    """Sixty: more would meet the providers' allowances of a minute, and wait for those."""
    answers = await asyncio.gather(*(world.ask("stream", config=CHAT, messages=HELLO) for _ in range(60)))
    assert all(answer.text for answer in answers)
