"""How comparisons wait for a target: by the router's clock, up to one limit, and told to whoever watches."""

import asyncio

import pytest

from router.background.jobs import Activity, Job
from router.comparison.waiting import LONGEST_WAIT, seconds_until, soonest_end, wait_for_target
from router.simulator import Fault
from router.types import Target
from tests.world import CHAT, FIRST, SECOND

pytestmark = pytest.mark.anyio
TARGET = Target(*FIRST)


async def limited_for(world, seconds):
    kind = "RPM" if seconds <= 60 else "RPD"
    world.simulator.set_fault(*FIRST, Fault("rate_limited", kind=kind, retry_after=seconds))
    await world.ask(targets=[TARGET], fallback=False)
    world.simulator.clear_faults()


async def test_nobody_waits_for_a_target_that_serves(world):
    job = Job("")
    assert await wait_for_target(world.router, job, CHAT, targets=[TARGET])
    assert job.view().note is None


async def test_a_wait_ends_when_the_target_may_be_called_again_and_says_for_whom_it_is(world):
    await limited_for(world, 60)
    job = Job("")
    waiting = asyncio.create_task(wait_for_target(world.router, job, CHAT, targets=[TARGET]))
    while job.view().note is None:  # noqa: ASYNC110 – a job is watched, it calls nobody
        await asyncio.sleep(0)
    note = job.view().note
    assert (note.activity, note.provider) == (Activity.WAITING, "groq")
    assert 50 < note.seconds <= 60
    assert not waiting.done()
    world.router.reset_failures()
    assert await asyncio.wait_for(waiting, 3)


async def test_how_long_it_takes_is_told_by_the_routers_clock(world):
    await limited_for(world, 3_600)
    assert not await wait_for_target(world.router, Job(""), CHAT, targets=[TARGET])
    (line,) = world.router.plan(config=CHAT, targets=[TARGET])
    world.clock.turn_to(line.until.timestamp() - LONGEST_WAIT / 2)
    assert 0 < seconds_until(world.router, line.until) < LONGEST_WAIT
    world.clock.turn(LONGEST_WAIT)
    assert await wait_for_target(world.router, Job(""), CHAT, targets=[TARGET])


async def test_a_target_of_many_that_serves_is_enough(world):
    await limited_for(world, 3_600)
    assert await wait_for_target(world.router, Job(""), CHAT, targets=[TARGET, Target(*SECOND)])


async def test_the_soonest_end_of_a_plan_is_the_one_that_is_waited_for(world):
    await limited_for(world, 60)
    plan = world.router.plan(config=CHAT, targets=[TARGET, Target(*SECOND)])
    assert soonest_end(plan) == plan[0].until
    assert soonest_end(plan[1:]) is None
