"""What all tests share."""

import pytest

from router.simulator import Simulator
from tests.world import World


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def running_simulator():
    with Simulator(pace=0) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator):
    """The simulated providers in health, answering at once."""
    yield running_simulator
    running_simulator.clear_faults()
    running_simulator.set_models("groq", None)
    running_simulator.set_models("openrouter", None)


@pytest.fixture
async def world(simulator, tmp_path):
    """A router on the simulated providers with an empty database."""
    world = World(simulator, tmp_path)
    yield world
    await world.aclose()
    seen, logged = len(world.seen), world.rows("SELECT count(*) AS n FROM attempts WHERE outcome != 'not_sent'")
    assert logged[0]["n"] == seen, "every request that a provider saw has a row, and no other has"
