"""Models that are about to go, and who is to be asked before they do."""

from datetime import date

import pytest

from router.evaluation.runs.leaving import leaving_models
from router.simulator.models import catalogue
from router.types import Target, TaskType
from tests.world import FIRST

TASK = TaskType.REAL_TIME_CHAT


@pytest.mark.anyio
async def test_a_model_that_vanished_without_a_date_is_named_first_and_is_not_asked_itself(world, simulator):
    simulator.remove_model(*FIRST)
    await world.router.refresh_catalogue()
    (gone,) = leaving_models(world.router, date(2026, 11, 27))
    assert (gone.target, gone.on) == (Target(*FIRST), None)
    assert TASK in gone.tasks
    assert TaskType.COMPLEX_REASONING not in gone.tasks, "there it stood behind another that serves"
    assert gone.candidates[TASK]
    assert Target(*FIRST) not in gone.candidates[TASK]


@pytest.mark.anyio
async def test_a_model_that_serves_and_goes_is_named_with_its_days_and_its_successors(world, simulator):
    entries = [catalogue.entry_of("groq", model) for model in catalogue.shipped()["groq"].values()]
    ends = [entry | ({"expiration_date": "2099-01-10"} if entry["id"] == FIRST[1] else {}) for entry in entries]
    simulator.set_models("groq", ends)
    try:
        await world.router.refresh_catalogue()
    finally:
        simulator.set_models("groq", None)
    (leaving,) = leaving_models(world.router, date(2099, 1, 3))
    assert (leaving.target, leaving.days) == (Target(*FIRST), 7)
    assert TASK in leaving.tasks
    assert leaving.candidates[TASK][0] == Target(*FIRST)
    assert len(leaving.candidates[TASK]) == 3
