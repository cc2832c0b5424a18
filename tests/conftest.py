"""What all tests share."""

import os
from itertools import groupby

import pytest
from hypothesis import settings

SCENARIOS = ("published", "free_tiers", "odd_replies", "lists_and_clocks")
pytest.register_assert_rewrite("tests.world", *(f"tests.scenarios.{name}" for name in SCENARIOS))

from router.simulator import Simulator  # noqa: E402
from tests.databases import DatabaseForTest, NoServerError, running_databases  # noqa: E402
from tests.serving import served_gateway  # noqa: E402
from tests.world import SECONDS_SCALE, World  # noqa: E402

# An example has no time limit: on a busy machine any of them may take long.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Three workers on two cores: most tests wait for a socket, a process or a browser half of their time."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_collection_modifyitems(items):
    """Files of tests in a browser stand evenly among the others.

    A browser takes a whole core, while the others mostly wait: several at once would hold each other up, and at the end
    one worker would play its last alone.
    """
    files = [list(tests) for _, tests in groupby(items, lambda item: item.path)]
    browsers = [tests for tests in files if "browser" in tests[0].path.parts]
    others = [tests for tests in files if "browser" not in tests[0].path.parts]
    places = [(number / len(group), tests) for group in (browsers, others) for number, tests in enumerate(group)]
    items[:] = [test for _, tests in sorted(places, key=lambda place: place[0]) for test in tests]


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
    running_simulator.set_models("openai", None)
    running_simulator.set_models("odd", None)


@pytest.fixture
def scale():
    """The tasks' time limits, to the shipped ones; a module whose tests wait for none overrides it with 1."""
    return SECONDS_SCALE


@pytest.fixture
def deadline():
    """The tasks' deadlines as shipped; a test of a total outage, which lasts for all of it, overrides it."""
    return None


@pytest.fixture
async def world(simulator, tmp_path, scale, deadline):
    """A router on the simulated providers with an empty database."""
    world = World(simulator, tmp_path, scale=scale, deadline=deadline)
    yield world
    await world.aclose()
    world.check_log()


@pytest.fixture
async def gateway(world):
    """A gateway over that router on a real socket, with the key of an app named `tests`."""
    async with served_gateway(world) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def postgres_databases():
    """Databases of a PostgreSQL server; where there is none, tests that need one are skipped."""
    try:
        with running_databases() as databases:
            yield databases
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres_databases):
    """The URL of a PostgreSQL database with our tables and no rows."""
    url = postgres_databases.make()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "postgres":
        return DatabaseForTest("postgres", request.getfixturevalue("postgres_url"), tmp_path)
    return DatabaseForTest("sqlite", f"sqlite:///{tmp_path}/log.db", tmp_path)
