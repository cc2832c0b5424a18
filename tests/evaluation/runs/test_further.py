"""The cases that a run has left out: asked of the same models, with what was made taken over."""

from dataclasses import replace

from router.evaluation.cases.case import read_case, shipped_cases
from router.evaluation.cases.files import case_values
from router.evaluation.runs.further import plan_further
from router.evaluation.runs.run import plan_steps
from router.store.console.evaluations import PENDING, RIGHT
from router.store.console.judgements import Judgement
from router.types import Target, TaskType

TASK, OTHER = TaskType.QUICK_CATEGORIZATION, TaskType.VERIFICATION
TARGETS = [Target("groq", "old"), Target("groq", "new")]


def made_steps(task, cases):
    return [replace(step, status=RIGHT) for step in plan_steps({task: cases}, {task: TARGETS}, 1)]


def further(steps, cases, judgements=()):
    return plan_further(TASK, steps, judgements, cases=cases, repetitions=1)


def test_only_the_cases_that_were_not_asked_are_asked():
    cases = shipped_cases(TASK).cases
    plan = further(made_steps(TASK, cases[:3]), cases)
    assert plan.unasked == len(cases) - 3
    assert len(plan.called) == 2 * plan.unasked
    assert [step.position for step in plan.plan.steps] == list(range(2 * len(cases)))
    assert {step.case_id for step in plan.plan.steps if step.status == PENDING} == {case.id for case in cases[3:]}


def test_only_some_of_the_cases_that_are_left_can_be_asked():
    cases = shipped_cases(TASK).cases
    plan = plan_further(TASK, made_steps(TASK, cases[:3]), (), cases=cases, repetitions=1, most=5)
    assert plan.unasked == len(cases) - 3
    assert {step.case_id for step in plan.plan.steps if step.status == PENDING} == {case.id for case in cases[3:8]}


def test_a_case_that_has_changed_is_asked_anew():
    cases = shipped_cases(TASK).cases[:3]
    changed = read_case(case_values(cases[0]) | {"task": TASK, "prompt": "Another question"})
    assert further(made_steps(TASK, cases), [changed, *cases[1:]]).unasked == 1


def test_what_a_judge_has_said_stays_with_its_answers():
    cases, others = shipped_cases(TASK).cases[:2], shipped_cases(OTHER).cases[:1]
    several = [*made_steps(OTHER, others), *made_steps(TASK, cases)]
    steps = [replace(step, position=place) for place, step in enumerate(several)]
    judgements = [Judgement(1, False, 0, "groq", "judge"), Judgement(3, False, 2, "groq", "judge")]
    (kept,) = further(steps, cases, judgements).plan.judgements
    assert (kept.position, kept.baseline_position) == (1, 0)
