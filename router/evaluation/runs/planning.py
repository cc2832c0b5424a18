"""What a run asks of whom, and of which judge, before it is begun: all that its estimate counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from router.api import DualModelRouter
from router.evaluation.cases.case import Case
from router.evaluation.runs.judge import judge_for
from router.evaluation.runs.run import CaseKey, cases_by_key, plan_steps
from router.evaluation.runs.targets import serving_target
from router.store.console.evaluations import EvaluationStep
from router.store.console.judgements import Judgement
from router.types import Target, TaskType


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """A run before it is begun.

    Attributes:
        steps: each case asked of each target.
        judgements: the askings of judges, two for each pair of answers.
        left_out: cases that only a judge can decide, and that nobody is asked.
        unjudged: targets that no model of another family can judge now.
    """

    steps: tuple[EvaluationStep, ...]
    judgements: tuple[Judgement, ...]
    left_out: int
    unjudged: tuple[Target, ...]

    @property
    def called(self) -> list[Target]:
        """A target for each request, the judges' among them."""
        steps = [_target_of(step) for step in self.steps]
        return steps + [_target_of(asking) for asking in self.judgements]

    @property
    def judges(self) -> list[Target]:
        """Who judges."""
        return list(dict.fromkeys(_target_of(asking) for asking in self.judgements))


def plan_evaluation(
    router: DualModelRouter,
    cases: Mapping[TaskType, Sequence[Case]],
    targets: Mapping[TaskType, Sequence[Target]],
    *,
    repetitions: int,
    has_judge: bool,
) -> EvaluationPlan:
    """The steps of a run with the askings of judges.

    Args:
        has_judge: whether models may judge; without it, and where nobody can, cases that no rule decides are left out.
    """
    bench = _Bench(router, cases_by_key(cases), targets if has_judge else {})
    planned = plan_steps(cases, targets, repetitions)
    steps = [replace(step, position=place) for place, step in enumerate(filter(bench.is_asked, planned))]
    asked_keys = {_key_of(step) for step in steps}
    return EvaluationPlan(
        steps=tuple(steps),
        judgements=tuple(bench.askings(steps)),
        left_out=sum(not case.has_rules and key not in asked_keys for key, case in bench.cases.items()),
        unjudged=tuple(bench.unjudged_targets()),
    )


class _Bench:
    """Who judges whom in a run."""

    def __init__(
        self, router: DualModelRouter, cases: Mapping[CaseKey, Case], targets: Mapping[TaskType, Sequence[Target]]
    ) -> None:
        self.cases = cases
        self._router = router
        self._baselines = {
            task: serving
            for task, several in targets.items()
            # Where what serves is not asked, there is nothing to hold an answer against.
            if (serving := serving_target(router, task)) in several and serving is not None
        }
        self._targets = targets
        # Whether a judge has to see decides who can be one; what else a case holds does not.
        self._judges: dict[tuple[TaskType, Target, bool], Target | None] = {}

    def judge_of(self, case: Case, target: Target) -> Target | None:
        """Who judges a target's answer to a case; None where nobody does."""
        baseline = self._baselines.get(case.task)
        if case.judge is None or baseline is None or target == baseline:
            return None
        key = case.task, target, case.picture is not None
        if key not in self._judges:
            self._judges[key] = judge_for(self._router, case, [target, baseline])
        return self._judges[key]

    def is_asked(self, step: EvaluationStep) -> bool:
        """Whether anybody decides about the answer of a step."""
        case, target = self.cases[_key_of(step)], _target_of(step)
        if case.has_rules or self.judge_of(case, target) is not None:
            return True
        challengers = self._targets.get(case.task, ())
        is_baseline = target == self._baselines.get(case.task)
        return is_baseline and any(self.judge_of(case, challenger) is not None for challenger in challengers)

    def askings(self, steps: Sequence[EvaluationStep]) -> Iterator[Judgement]:
        """Two askings for each answer that is judged."""
        positions = {(_key_of(step), step.repetition, _target_of(step)): step.position for step in steps}
        for step in steps:
            case, target = self.cases[_key_of(step)], _target_of(step)
            if (judge := self.judge_of(case, target)) is None:
                continue
            place = positions[_key_of(step), step.repetition, self._baselines[case.task]]
            for swapped in (False, True):
                yield Judgement(step.position, swapped, place, judge.provider, judge.model)

    def unjudged_targets(self) -> Iterator[Target]:
        """Those of whose answers some are to be judged, and that nobody can judge."""
        for task, several in self._targets.items():
            judged = [case for case in self.cases.values() if case.task is task and case.judge is not None]
            challengers = [target for target in several if target != self._baselines.get(task)]
            yield from (target for target in challengers if any(self.judge_of(case, target) is None for case in judged))


def _key_of(step: EvaluationStep) -> CaseKey:
    return step.task, step.case_id, step.case_digest


def _target_of(called: EvaluationStep | Judgement) -> Target:
    return Target(called.provider, called.model)
