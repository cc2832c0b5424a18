"""What an evaluation comes to: each target's share of right answers, its times and its failures, case by case."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from router.evaluation.results.judged_results import JudgedResult, judged_results
from router.evaluation.results.statistics import Interval, wilson_interval
from router.store.console.evaluations import (
    ANSWERED,
    FAILED,
    PENDING,
    RIGHT,
    UNANSWERED,
    Evaluation,
    Evaluations,
    EvaluationStep,
)
from router.table.retirements import models_of_task
from router.table.routes import RoutingTable
from router.types import Target, TaskType

_Version = tuple[str, str]
"""A case as it was asked: id and digest."""

_NO_CASES = Interval(0.0, 0.0, 1.0)
"""The share of no cases: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One case on one target, over its repetitions.

    Attributes:
        right: whether more than half of its answers were right; a call that failed is no right answer.
        total_ms: the median time of its answers; None where there was none.
        steps: the repetitions.
    """

    right: bool
    total_ms: float | None
    steps: tuple[EvaluationStep, ...]


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target on one task.

    Attributes:
        outcomes: by case that rules decide.
        interval: the share of cases that it gets right.
        first_ms, total_ms: medians over its answers; None where there was none.
        tokens: of prompts and answers together; `calls` is what it took of the allowance.
        failures: calls that came to nothing, by kind; `not_sent` are none of the model's, and decide no case.
        is_kept: whether all of it is from an earlier run.
        simulated: whether any answer was.
    """

    target: Target
    outcomes: Mapping[_Version, CaseOutcome]
    interval: Interval
    right: int
    first_ms: float | None
    total_ms: float | None
    tokens: int
    calls: int
    failures: Mapping[str, int]
    is_kept: bool
    simulated: bool

    @property
    def cases(self) -> int:
        """How many cases rules decide for it."""
        return len(self.outcomes)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task of a run.

    Attributes:
        baseline: what served the task when the run was begun; None where it has no result to compare with.
        results: all targets, those that get the most right first.
        complete: whether every step of the task is made: nothing is proposed before.
        judged: what judges say, apart from all that; empty where none was asked.
    """

    task: TaskType
    baseline: TargetResult | None
    results: tuple[TargetResult, ...]
    complete: bool
    judged: tuple[JudgedResult, ...] = ()

    @property
    def challengers(self) -> list[TargetResult]:
        """Those that could take the baseline's place."""
        return [result for result in self.results if result is not self.baseline and not result.is_kept]

    def differing_cases(self) -> list[_Version]:
        """The cases that some get right and some do not, among those asked in this run."""
        versions = dict.fromkeys(version for result in self.results for version in result.outcomes)
        return [
            version
            for version in versions
            if len({result.outcomes[version].right for result in self.results if version in result.outcomes}) > 1
        ]


def task_results(run: Evaluation, evaluations: Evaluations, table: RoutingTable) -> list[TaskResult]:
    """The results of a run by task, as far as it has come."""
    steps, judgements, results = evaluations.steps(run.id), evaluations.judgements(run.id), []
    for task in run.tasks:
        several = [step for step in steps if step.task == task]
        result = _task_result(run, several, evaluations, table=table)
        results.append(replace(result, judged=tuple(judged_results(several, judgements))))
    return results


def latest_results(
    evaluations: Evaluations, table: RoutingTable, *, simulated: bool | None
) -> dict[TaskType, tuple[Evaluation, TaskResult]]:
    """The last complete result of each task that has one.

    Args:
        simulated: only those of simulated providers, or of real ones; None takes both.
    """
    latest: dict[TaskType, tuple[Evaluation, TaskResult]] = {}
    for run in evaluations.runs():
        if run.complete and simulated in (None, run.begun_simulated):
            for result in task_results(run, evaluations, table):
                if result.results:
                    latest.setdefault(result.task, (run, result))
    return latest


def _task_result(
    run: Evaluation, steps: Sequence[EvaluationStep], evaluations: Evaluations, *, table: RoutingTable
) -> TaskResult:
    task = TaskType(steps[0].task)
    made_steps = [step for step in steps if step.status != PENDING]
    asked_targets = dict.fromkeys(Target(step.provider, step.model) for step in steps)
    results = [_target_result(target, made_steps, is_kept=False) for target in asked_targets]
    versions = {(step.case_id, step.case_digest) for step in steps}
    # What served before it was retired cannot be asked any more: what it scored on the same cases is kept.
    before = Target.parse(run.baselines[task]) if task in run.baselines else None
    for target in dict.fromkeys([*([before] if before else []), *models_of_task(table, task)]):
        if target not in asked_targets:
            last_steps = evaluations.last_steps(task, target.provider, target.model, simulated=run.begun_simulated)
            comparable_steps = [step for step in last_steps if (step.case_id, step.case_digest) in versions]
            results.append(_target_result(target, comparable_steps, is_kept=True))
    answered = sorted(filter(None, results), key=lambda result: (-result.interval.share, result.total_ms or 0.0))
    baseline = _baseline_of(before, answered)
    return TaskResult(task, baseline, tuple(answered), complete=len(made_steps) == len(steps))


def _baseline_of(before: Target | None, results: Sequence[TargetResult]) -> TargetResult | None:
    """What served when the run was begun; where that has no result, what served before it and is kept."""
    named = next((result for result in results if result.target == before), None)
    return named or next((result for result in results if result.is_kept), None)


def _target_result(target: Target, steps: Iterable[EvaluationStep], *, is_kept: bool) -> TargetResult | None:
    """One target's part of some steps; None where it has none."""
    target_steps = [
        step
        for step in steps
        if (step.provider, step.model) == (target.provider, target.model) and step.status != PENDING
    ]
    if not target_steps:
        return None
    by_case: dict[_Version, list[EvaluationStep]] = {}
    for step in target_steps:
        # What only a judge can decide used its tokens and its calls, and is neither right nor wrong here. What was
        # never sent, as to a model that was retired meanwhile, says nothing of the model.
        if step.status not in (ANSWERED, UNANSWERED) and not _is_unsent(step):
            by_case.setdefault((step.case_id, step.case_digest), []).append(step)
    outcomes = {version: _case_outcome(several) for version, several in by_case.items()}
    right = sum(outcome.right for outcome in outcomes.values())
    return TargetResult(
        target=target,
        outcomes=outcomes,
        interval=wilson_interval(right, len(outcomes)) if outcomes else _NO_CASES,
        right=right,
        first_ms=_median(step.ttft_ms for step in target_steps),
        total_ms=_median(step.latency_ms for step in target_steps),
        tokens=sum((step.prompt_tokens or 0) + (step.completion_tokens or 0) for step in target_steps),
        calls=sum(step.calls for step in target_steps),
        failures=Counter(_failure_kind(step) for step in target_steps if step.status in (FAILED, UNANSWERED)),
        is_kept=is_kept,
        simulated=any(step.simulated for step in target_steps),
    )


def _is_unsent(step: EvaluationStep) -> bool:
    return step.status == FAILED and step.calls == 0


def _failure_kind(step: EvaluationStep) -> str:
    return "not_sent" if step.calls == 0 else step.outcome or "unknown"


def _case_outcome(steps: Sequence[EvaluationStep]) -> CaseOutcome:
    right = sum(step.status == RIGHT for step in steps)
    return CaseOutcome(right * 2 > len(steps), _median(step.latency_ms for step in steps), tuple(steps))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
