"""Every scenario by both doors, in scaled times, with the log held against what the providers saw."""

import pytest

import tests.scenarios.free_tiers
import tests.scenarios.lists_and_clocks
import tests.scenarios.odd_replies
import tests.scenarios.published  # noqa: F401 – each enters its scenarios
from tests.scenarios.registry import SCENARIOS
from tests.world import MODES, World

CASES = [
    pytest.param(one.play, variant, id=f"{one.id} {one.says}{' ' + str(number) if len(one.variants) > 1 else ''}")
    for one in SCENARIOS
    for number, variant in enumerate(one.variants, start=1)
]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("play", "variant"), CASES)
async def test_scenario(world, play, variant, mode):
    await play(world, mode, **variant)
    world.check_answers()


PUBLISHED = [case for case in CASES if case.id.startswith("S")]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("play", "variant"), PUBLISHED)
async def test_scenario_of_the_catalogue_with_a_plain_openai_server(simulator, tmp_path, play, variant, mode):
    world = World(simulator, tmp_path, plain=True)
    try:
        await play(world, mode, **variant)
        world.check_answers()
    finally:
        await world.aclose()
    world.check_log()


def test_all_scenarios_of_the_catalogue_are_there():
    wanted = {f"S{number:02}" for number in range(1, 17)} | {
        f"F{number:02}" for number in (*range(1, 20), *range(24, 34))
    }
    assert {one.id for one in SCENARIOS} == wanted
