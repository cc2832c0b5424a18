"""Two machines on one database keep its rules and lose no answer: `make machines` plays the same at full size."""

import os

import pytest

from tests.databases import NoServerError
from tests.machines.acts import SMALL, play
from tests.machines.namespaces import NoMachinesError
from tests.machines.world import machines_world


@pytest.mark.skipif(
    "ROUTER_TEST_MACHINES" not in os.environ, reason="five processes at once: ROUTER_TEST_MACHINES=1 plays it"
)
@pytest.mark.timeout(900)
def test_two_machines_on_one_database_share_limits_and_changes_and_lose_nothing_that_was_answered(tmp_path):
    try:
        with machines_world(tmp_path) as world:
            play(world, SMALL)
    except (NoMachinesError, NoServerError) as error:
        pytest.skip(str(error))
