"""Waiting through the router until a target may be called, on the router's own clock."""

import asyncio

import pytest

from router import DualModelRouter, Target
from router.ports import Cooldown
from router.ports.null_stores import NullCooldownStore
from router.simulator import Fault
from tests import virtual
from tests.world import CHAT, FIRST, name_of

pytestmark = pytest.mark.anyio


class KeptCooldowns(NullCooldownStore):
    """A database that holds these cooldowns."""

    def __init__(self, *cooldowns):
        self._cooldowns = cooldowns

    def version(self):
        return 1

    def load(self):
        return self._cooldowns


def waited_for(seconds, *, longest, sick=False):
    """Whether a target that cools down for so long is callable after the wait, and how long that took.

    Args:
        seconds: None is until a person sees to it, 0 not at all.
    """
    bench = virtual.Bench()
    target = Target(*FIRST)
    until = None if seconds is None else virtual.START + seconds
    cooldown = Cooldown(
        account=bench.accounts[target.provider].id,
        provider=target.provider,
        scope="target",
        model=target.model,
        outcome="server_error" if sick else "rate_limited",
        reason="it failed",
        since=virtual.START,
        until=until,
        strikes=1,
        sick=sick,
    )
    store = NullCooldownStore() if seconds == 0 else KeptCooldowns(cooldown)

    async def wait():
        router = DualModelRouter(bench.table, bench.accounts, cooldowns=store, clock=bench.clock)
        result = await router.wait_until_callable(config=CHAT, targets=[target], longest=longest)
        return result, asyncio.get_running_loop().time()

    return virtual.run(wait())


@pytest.mark.parametrize("sick", [False, True], ids=["limited", "sick"])
@pytest.mark.parametrize(("seconds", "longest"), [(2.0, 10.0), (40.0, 60.0), (600.0, 600.5)])
def test_a_target_that_cools_down_is_waited_for_on_the_routers_clock(seconds, longest, sick):
    """Also one that is merely sick, though a request would try it as a last resort."""
    assert waited_for(seconds, longest=longest, sick=sick) == (True, pytest.approx(seconds, abs=0.1))


@pytest.mark.parametrize(
    ("seconds", "longest", "expected"),
    [(0, 60.0, (True, 0.0)), (40.0, 30.0, (False, 0.0)), (None, 1e6, (False, 0.0))],
    ids=["ready", "takes longer", "a person's"],
)
def test_nobody_waits_for_a_target_that_is_ready_or_will_not_be_in_time(seconds, longest, expected):
    assert waited_for(seconds, longest=longest) == expected


async def test_a_reset_ends_the_wait(world):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=30))
    await world.ask(targets=[name_of(FIRST)], deadline=0.5)
    waiting = asyncio.create_task(world.router.wait_until_callable(config=CHAT, targets=[name_of(FIRST)], longest=60.0))
    await asyncio.sleep(0)
    world.router.reset_failures()
    assert await asyncio.wait_for(waiting, 3.0)
