"""The scenarios through the gateway: answered, or a clean error that the client sees; nothing that only looks whole."""

import re
from contextlib import AsyncExitStack

import pytest

from tests.scenarios.gateway_door import GatewayWorld
from tests.scenarios.test_scenarios import CASES
from tests.world import MODES

pytestmark = pytest.mark.anyio

THROUGH = [case for case in CASES if re.match(r"S\d\d|F0\d|F1[0-8]", case.id)]


WAYS = [
    pytest.param(mode, *case.values, id=f"{case.id}-{mode}")
    for mode in MODES
    for case in THROUGH
    # By both doors where the published catalogue has it; what only free tiers add, streamed alone: that has more ends.
    if mode == "stream" or case.id.startswith("S")
]


@pytest.fixture
async def gateway_world(simulator, tmp_path):
    """A world behind a gateway."""
    world = GatewayWorld(simulator, tmp_path)
    async with AsyncExitStack() as stack:
        yield await world.entered(stack)
    await world.aclose()
    world.check_log()


@pytest.mark.parametrize(("mode", "play", "variant"), WAYS)
async def test_scenario_through_the_gateway(gateway_world, mode, play, variant):
    await play(gateway_world, mode, **variant)
    gateway_world.check_answers()
