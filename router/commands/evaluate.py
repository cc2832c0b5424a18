"""`python -m router evaluate …`: an evaluation from the command line, which goes on where it was paused."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from router.commands.arguments import read_count
from router.types import Source, Target, TaskType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.api import DualModelRouter
    from router.evaluation.cases.case import Case
    from router.evaluation.results.judged_results import JudgedResult
    from router.evaluation.results.task_result import TaskResult
    from router.evaluation.runs.planning import EvaluationPlan
    from router.store.console.evaluations import Evaluation

_PAUSED = 75
"""The exit status of a run that can go on later, as `sysexits.h` has it (EX_TEMPFAIL)."""


_MOST_OFFERED = 3
"""Targets that are asked where none is named: more would use up a free day before they tell anything."""


def add_evaluate_command(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--task",
        required=True,
        action="append",
        choices=[str(task) for task in TaskType],
        help="the task type; once for each where several are evaluated",
    )
    parser.add_argument("--targets", metavar="a,b", help="provider:model, several with commas")
    parser.add_argument("--cases", type=read_count, metavar="N", help="only N cases of each task, one's own first")
    parser.add_argument("--repeats", type=read_count, default=1, metavar="N", help="times each is asked (default 1)")
    parser.add_argument("--judge", action="store_true", help="ask a judge what no rule can decide; takes requests")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.set_defaults(run=_run_evaluation)


def _run_evaluation(options: argparse.Namespace) -> None:
    status = asyncio.run(_evaluate(options))
    if status:
        sys.exit(status)


async def _evaluate(options: argparse.Namespace) -> int:
    from router.api import DualModelRouter
    from router.evaluation.results.task_result import task_results
    from router.evaluation.runs.asking import EvaluationPaused
    from router.settings import Settings

    settings = Settings.from_env()
    async with DualModelRouter.from_settings(settings) as router:
        await router.refresh_catalogue()
        assert router.store is not None, "a router from settings has a store"
        runs = router.store.evaluations
        try:
            run_id = await _make_or_go_on(router, options, keeps_content=settings.log_content)
        except EvaluationPaused as paused:
            print(f"Paused: {paused}. The same command goes on from there.", file=sys.stderr)  # noqa: T201
            return _PAUSED
        run = next(run for run in runs.runs() if run.id == run_id)
        results = task_results(run, runs, router.table)
        if options.json:
            _print_documents(router, run, results)
        else:
            for result in results:
                _print_result(router, run, result)
    return 0


async def _make_or_go_on(router: DualModelRouter, options: argparse.Namespace, *, keeps_content: bool) -> str:
    """The run's id, once all of it is made."""
    from router.background.jobs import Job
    from router.evaluation.cases.collection import cases_of_task, own_cases
    from router.evaluation.runs.run import EvaluationWork, cases_by_key, make_run

    assert router.store is not None, "a router from settings has a store"
    runs, own = router.store.evaluations, own_cases(router.store.cases)
    cases = {task: cases_of_task(task, own) for task in dict.fromkeys(map(TaskType, options.task))}
    unfinished = (run for run in runs.runs() if not run.complete and set(run.tasks) == set(cases))
    run = next((run for run in unfinished if run.begun_simulated == (router.simulator is not None)), None)
    run_id = run.id if run is not None else _begin_run(router, options, cases)
    if not runs.take(run_id):
        sys.exit("Another process is making an evaluation now; one is made at a time.")
    work = EvaluationWork(router, runs, cases_by_key(cases), Source.LIBRARY, keeps_content)
    return await make_run(Job("evaluation"), work, run_id)


def _begin_run(router: DualModelRouter, options: argparse.Namespace, cases: Mapping[TaskType, list[Case]]) -> str:
    from router.evaluation.runs.allowance_room import allowance_uses, minutes_needed
    from router.evaluation.runs.planning import plan_evaluation
    from router.evaluation.runs.targets import serving_target

    assert router.store is not None, "a router from settings has a store"
    targets = {task: _targets_of(router, task, options) for task in cases}
    asked_cases = {task: several[: options.cases] for task, several in cases.items()}
    plan = plan_evaluation(router, asked_cases, targets, repetitions=options.repeats, has_judge=options.judge)
    if not plan.steps:
        sys.exit(f"Nothing to ask: {' '.join(_judge_notes(plan)) or 'there is no case or no model'}.")
    notes = [f"{len(plan.called)} requests, about {minutes_needed(router, plan.called)} min of them"]
    notes += _judge_notes(plan)
    for use in allowance_uses(router, plan.called):
        whose = f"{use.allowance.provider} {use.allowance.model}".strip()
        notes.append(f"{use.calls} of {whose}'s requests a day, {use.left} may be used today")
    print("; ".join(notes) + ".", file=sys.stderr)  # noqa: T201
    baselines = {str(task): str(serving) for task in cases if (serving := serving_target(router, task))}
    return router.store.evaluations.begin(
        plan.steps,
        plan.judgements,
        baselines=baselines,
        repetitions=options.repeats,
        simulated=router.simulator is not None,
    )


def _judge_notes(plan: EvaluationPlan) -> list[str]:
    """What a judge is asked, and what is left out without one."""
    notes = []
    if plan.judgements:
        notes.append(f"{len(plan.judgements)} of them ask a judge ({', '.join(map(str, plan.judges))})")
    if plan.left_out:
        notes.append(f"cases left out that only a judge can decide: {plan.left_out} (--judge asks one)")
    if plan.unjudged:
        notes.append(f"no model of another family can judge {', '.join(map(str, plan.unjudged))}")
    return notes


def _targets_of(router: DualModelRouter, task: TaskType, options: argparse.Namespace) -> list[Target]:
    """Who is asked: those that were named, and what serves now with them; else who is offered."""
    from router.evaluation.runs.targets import check_target, offered_targets, serving_target

    try:
        named = [Target.parse(text.strip()) for text in (options.targets or "").split(",") if text.strip()]
        for target in named:
            check_target(router, target)
    except ValueError as error:
        sys.exit(f"{error}.")
    if not named:
        return [offer.target for offer in offered_targets(router, task)][:_MOST_OFFERED]
    serving = serving_target(router, task)
    return list(dict.fromkeys([*([serving] if serving else []), *named]))


# --- what is printed -----------------------------------------------------------------------------------------------


def _print_documents(router: DualModelRouter, run: Evaluation, results: Sequence[TaskResult]) -> None:
    """A task's result as an object; several as a list of them."""
    from router.evaluation.results.documents import result_document

    documents = [result_document(run, result, router.table) for result in results]
    value = documents[0] if len(documents) == 1 else documents
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def _print_result(router: DualModelRouter, run: Evaluation, result: TaskResult) -> None:
    from router.evaluation.results.conclusions import conclusion_text, predecessor_texts
    from router.evaluation.results.judged_results import RULES_ALONE
    from router.evaluation.runs.targets import gone_targets

    marks = " (simulated)" if run.begun_simulated else ""
    print(f"{router.table.tasks[result.task].label}{marks}")  # noqa: T201
    for target in result.results:
        print(_target_line(target, is_baseline=target is result.baseline))  # noqa: T201
    print(conclusion_text(result, router.table.label))  # noqa: T201
    for words in predecessor_texts(result, gone_targets(router, result.task), router.table.label):
        print(words)  # noqa: T201
    for judged in result.judged:
        print(_judged_line(judged))  # noqa: T201
    if result.judged:
        print(RULES_ALONE)  # noqa: T201


def _judged_line(judged: JudgedResult) -> str:
    against = f"right in {judged.right} of {len(judged.decided)} against {judged.baseline_right} of {judged.baseline}"
    judges = ", ".join(map(str, judged.judges))
    return f"  {judged.target}, by a judge ({judges}): {against}, {judged.undecided} undecided, {judged.calls} requests"


def _target_line(target: Any, *, is_baseline: bool) -> str:
    from router.report.outcome_words import counted_outcomes

    low, high = round(target.interval.low * 100), round(target.interval.high * 100)
    total = "–" if target.total_ms is None else f"{target.total_ms / 1000:.2f} s"
    right = f"{target.right} of {target.cases} right, {target.interval.share:.0%} ({low} to {high}%)"
    parts = [
        right if target.cases else "no case that rules decide",
        total,
        f"{target.calls} requests",
        *([counted_outcomes(target.failures)] if target.failures else []),
        *(["serves now"] if is_baseline and not target.is_kept else []),
        *(["from an earlier run"] if target.is_kept else []),
    ]
    return f"  {target.target}: {', '.join(parts)}"
