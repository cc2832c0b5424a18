"""The cases that a run has left out, asked of the same models: what it has made is taken over, and all of it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from router.evaluation.cases.case import Case
from router.evaluation.runs.planning import EvaluationPlan
from router.evaluation.runs.run import plan_steps
from router.store.console.evaluations import PENDING, EvaluationStep
from router.store.console.judgements import Judgement
from router.types import Target, TaskType


@dataclass(frozen=True, slots=True)
class FurtherPlan:
    """A task's run that begins where another has ended.

    Attributes:
        unasked: how many cases of the task that rules decide the other run has not asked.
        plan: the steps that are made, and those of the cases that are asked further.
    """

    unasked: int
    plan: EvaluationPlan

    @property
    def called(self) -> list[Target]:
        """A target for each request that is still to be made."""
        return [Target(step.provider, step.model) for step in self.plan.steps if step.status == PENDING]


def plan_further(
    task: TaskType,
    steps: Iterable[EvaluationStep],
    judgements: Iterable[Judgement],
    *,
    cases: Sequence[Case],
    repetitions: int,
    most: int | None = None,
) -> FurtherPlan:
    """The run of further cases of a task, with what another run has made of it.

    Args:
        steps, judgements: those of the other run.
        cases: all cases of the task as they are now; those that only a judge can decide are left out.
        most: how many of those that are left are asked, the first ones; None asks all.
    """
    made_steps = [step for step in steps if step.task == task and step.status != PENDING]
    asked = {(step.case_id, step.case_digest) for step in made_steps}
    left = [case for case in cases if case.has_rules and (case.id, case.digest) not in asked]
    targets = list(dict.fromkeys(Target(step.provider, step.model) for step in made_steps))
    new_steps = plan_steps({task: left[:most]}, {task: targets}, repetitions)
    places = {step.position: place for place, step in enumerate(made_steps)}
    numbered = [replace(step, position=place) for place, step in enumerate([*made_steps, *new_steps])]
    moved = [
        replace(asking, position=places[asking.position], baseline_position=places[asking.baseline_position])
        for asking in judgements
        if {asking.position, asking.baseline_position} <= places.keys()
    ]
    return FurtherPlan(len(left), EvaluationPlan(tuple(numbered), tuple(moved), left_out=0, unjudged=()))
