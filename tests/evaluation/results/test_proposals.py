"""A proposal: an edit of the table that nobody makes but a person, and that is taken back with one undo."""

import pytest

from router.evaluation.results.conclusions import ChallengerVerdict
from router.evaluation.results.proposals import note_of, proposal_of, take_proposal
from router.evaluation.results.task_result import TaskResult
from router.types import Target, TaskConfig, TaskType
from tests.evaluation.results.test_conclusions import result_of

TASK = TaskType.QUICK_CATEGORIZATION
OLD, NEW = Target("groq", "openai/gpt-oss-20b"), Target("groq", "openai/gpt-oss-120b")


def result(*, new=NEW, complete=True, rights=(0, 20)):
    old = result_of(OLD.model, [place < rights[0] for place in range(20)], [1000.0] * 20)
    challenger = result_of(new.model, [place < rights[1] for place in range(20)], [1000.0] * 20)
    return TaskResult(TASK, old, (challenger, old), complete=complete)


def first_of(router):
    return next(line.target for line in router.plan(config=TaskConfig(TASK)) if line.kept)


@pytest.mark.anyio
async def test_a_better_target_is_put_first_with_its_figures_and_changes_nothing_by_itself(world):
    proposal = proposal_of(result(), world.router)
    assert (proposal.target, proposal.verdict) == (NEW, ChallengerVerdict.BETTER)
    assert proposal.after[0] == NEW
    assert set(proposal.after) == {*proposal.before, NEW}
    assert proposal.note == note_of(result(), world.router)
    assert "right in 100% of 20 cases against 0%" in proposal.note
    assert first_of(world.router) == OLD


@pytest.mark.anyio
async def test_what_is_taken_holds_from_the_next_request_on_and_one_undo_takes_it_back(world):
    edits = world.router.store.edits
    number = take_proposal(proposal_of(result(), world.router), world.router, edits)
    assert first_of(world.router) == NEW
    completion = await world.router.complete(config=TaskConfig(TASK), messages=[{"role": "user", "content": "2 eggs"}])
    assert completion.requested_model == NEW.model
    assert proposal_of(result(), world.router) is None
    assert world.router.routes.undo(over=number)
    assert first_of(world.router) == OLD


@pytest.mark.anyio
async def test_limits_that_somebody_has_edited_stay(world):
    from router.table.edits import merged
    from router.table.routes import TaskEdit

    routes = world.router.routes
    assert routes.keep(merged(routes.edits, TASK, TaskEdit(deadline=60.0), {}), "longer")
    take_proposal(proposal_of(result(), world.router), world.router, world.router.store.edits)
    assert world.router.routes.table.tasks[TASK].deadline == 60.0


@pytest.mark.anyio
async def test_a_model_that_only_the_catalogue_knows_is_taken_with_what_that_says_of_it(world):
    await world.router.refresh_catalogue()
    new = Target("openrouter", "z-ai/glm-5.2:free")
    listed = result(new=new)
    challenger = result_of(new.model, [True] * 20, [1000.0] * 20)
    challenger = type(challenger)(new, *[getattr(challenger, name) for name in list(challenger.__slots__)[1:]])
    whole = TaskResult(TASK, listed.baseline, (challenger, listed.baseline), complete=True)
    take_proposal(proposal_of(whole, world.router), world.router, world.router.store.edits)
    assert first_of(world.router) == new
    assert world.router.routes.table.model(new).context == 32_768


@pytest.mark.parametrize("more", [{"complete": False}, {"rights": (20, 20)}, {"rights": (20, 0)}])
@pytest.mark.anyio
async def test_nothing_is_proposed_where_nothing_follows(world, more):
    assert proposal_of(result(**more), world.router) is None
