"""Every scenario by both doors, in scaled times, with the log held against what the providers saw."""

import ast
import inspect

import pytest

import tests.scenarios.free_tiers
import tests.scenarios.lists_and_clocks
import tests.scenarios.odd_replies
import tests.scenarios.published
import tests.scenarios.replies  # noqa: F401 – each enters its scenarios
from tests.databases import DatabaseForTest
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


REMEMBERING = ("S01", "S02", "S15", "F01", "F03", "F26", "F28")
"""Scenarios of what is remembered and counted, which the database has a part in."""

ON_SERVER = [
    pytest.param(one.play, variant, MODES[place % 2], id=f"{one.id} {one.says} {number}")
    for place, one in enumerate(SCENARIOS)
    for number, variant in enumerate(one.variants, start=1)
    if one.id in REMEMBERING or number == 1
]
"""Scenarios by one door or the other; `python -m tests.scenarios postgres` plays all ways of all of them."""


@pytest.mark.anyio
@pytest.mark.parametrize(("play", "variant", "mode"), ON_SERVER)
async def test_scenario_with_the_log_on_a_server(simulator, tmp_path, postgres_url, play, variant, mode):
    world = World(simulator, tmp_path, database=DatabaseForTest("postgres", postgres_url, tmp_path))
    try:
        await play(world, mode, **variant)
        world.check_answers()
    finally:
        await world.aclose()
    world.check_log()


LAST = {"S": 16, "F": 34}
"""The last number of each kind that the catalogue has."""


def test_no_number_of_the_catalogue_is_without_a_scenario():
    wanted = {f"{kind}{number:02}" for kind, last in LAST.items() for number in range(1, last + 1)}
    assert {one.id for one in SCENARIOS} == wanted


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: f"{one.id} {one.says}")
def test_every_scenario_asserts_something_by_both_doors(one):
    tree = ast.parse(inspect.getsource(one.play))
    left_early = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
    assert not left_early, "a door that is left before the end of a scenario shows nothing"
