"""Who is worth evaluating, and who cannot be."""

import pytest

from router.evaluation.runs.targets import check_target, offered_targets, other_targets, serving_target
from router.types import Target, TaskType
from tests.world import FIRST

TASK = TaskType.REAL_TIME_CHAT


@pytest.mark.anyio
async def test_what_serves_is_offered_first_then_the_chain_and_the_catalogues_best(world):
    await world.router.refresh_catalogue()
    offered = offered_targets(world.router, TASK)
    assert offered[0].target == serving_target(world.router, TASK) == Target(*FIRST)
    assert {str(offer.origin) for offer in offered} >= {
        "serves now",
        "takes over from a retired model",
        "in the route",
        "new",
    }
    assert "openrouter/free" not in {offer.target.model for offer in offered}
    assert not {offer.target for offer in offered} & set(other_targets(world.router, TASK))


@pytest.mark.anyio
async def test_a_vision_task_is_offered_models_that_see_alone(world):
    await world.router.refresh_catalogue()
    listings = world.router.listings()
    targets = [offer.target for offer in offered_targets(world.router, TaskType.VISION)]
    targets += other_targets(world.router, TaskType.VISION)
    assert all(listings[target.provider].models[target.model].vision for target in targets)


@pytest.mark.parametrize(
    ("target", "words"), [(Target("nobody", "m"), "no provider"), (Target("openrouter", "a/paid"), "not free")]
)
@pytest.mark.anyio
async def test_a_target_that_cannot_be_evaluated_is_refused(world, target, words):
    with pytest.raises(ValueError, match=words):
        check_target(world.router, target)
