"""What a run asks: the judge's part only where it is switched on and possible, and all of it counted beforehand."""

from collections import Counter

import pytest

from router.evaluation.cases.case import read_case, shipped_cases
from router.evaluation.runs.planning import plan_evaluation
from router.evaluation.runs.targets import serving_target
from router.types import Target, TaskType
from tests.world import FIRST, SECOND

TASK = TaskType.REAL_TIME_CHAT
OPEN = read_case({"id": "open", "task": TASK, "prompt": "Cheer me up.", "judge": "It is warm."})
RULED = read_case({"id": "ruled", "task": TASK, "prompt": "2 + 2?", "number": 4})
BOTH = read_case({"id": "both", "task": TASK, "prompt": "Cheer me up.", "judge": "It is warm.", "most_words": 20})
CASES = {TASK: [OPEN, RULED, BOTH]}


def planned(world, *others, has_judge=True, repetitions=1, cases=CASES):
    targets = {TASK: [serving_target(world.router, TASK), *others]}
    return plan_evaluation(world.router, cases, targets, repetitions=repetitions, has_judge=has_judge)


def other_than_serving(world):
    return next(target for target in (Target(*FIRST), Target(*SECOND)) if target != serving_target(world.router, TASK))


@pytest.mark.anyio
async def test_without_a_judge_the_cases_that_only_it_can_decide_are_left_out_and_counted(world):
    plan = planned(world, other_than_serving(world), has_judge=False)
    assert {step.case_id for step in plan.steps} == {"ruled", "both"}
    assert (plan.judgements, plan.left_out) == ((), 1)
    assert len(plan.called) == 4


@pytest.mark.anyio
async def test_each_judged_answer_is_asked_about_twice_beside_that_of_what_serves(world):
    plan = planned(world, other_than_serving(world), repetitions=2)
    steps = {step.position: step for step in plan.steps}
    assert len(steps) == 3 * 2 * 2
    assert plan.left_out == 0
    askings = Counter(asking.position for asking in plan.judgements)
    assert set(askings.values()) == {2}
    assert len(askings) == 2 * 2
    for asking in plan.judgements:
        step, served = steps[asking.position], steps[asking.baseline_position]
        assert served.model == serving_target(world.router, TASK).model != step.model
        assert (served.case_id, served.repetition) == (step.case_id, step.repetition)
        assert step.case_id in ("open", "both")


@pytest.mark.anyio
async def test_what_the_judge_takes_is_counted_with_all_other_requests(world):
    plan = planned(world, other_than_serving(world))
    assert len(plan.called) == len(plan.steps) + len(plan.judgements) == 6 + 4
    assert plan.called.count(plan.judges[0]) >= 4


@pytest.mark.anyio
async def test_a_target_that_nobody_can_judge_is_named_and_asked_what_rules_decide(world):
    plan = planned(world, Target("openrouter", "openrouter/free"))
    assert plan.unjudged == (Target("openrouter", "openrouter/free"),)
    assert {step.case_id for step in plan.steps} == {"ruled", "both"}
    assert (plan.judgements, plan.left_out) == ((), 1)


@pytest.mark.anyio
async def test_nothing_is_judged_where_what_serves_is_not_asked(world):
    other = other_than_serving(world)
    plan = plan_evaluation(world.router, CASES, {TASK: [other]}, repetitions=1, has_judge=True)
    assert (plan.judgements, plan.left_out, plan.unjudged) == ((), 1, (other,))


@pytest.mark.anyio
async def test_some_shipped_cases_are_a_judges(world):
    for task in (TASK, TaskType.STREAMING_FEEDBACK):
        assert sum(not case.has_rules for case in shipped_cases(task).cases) >= 3
