"""The routing table looked at: who serves each task now, by the providers' own lists."""

from __future__ import annotations

from collections.abc import Sequence, Set

from router.api import DualModelRouter
from router.doctor.findings import Finding, Verdict
from router.types import PlannedTarget, TargetState, TaskConfig, TaskType


async def task_findings(router: DualModelRouter, unusable: Set[str]) -> list[Finding]:
    """A line for each task, and one for the models of the table that are gone; reads the live lists first.

    Args:
        unusable: the providers that were asked and could not be used, which the router has yet to see.
    """
    await router.refresh_catalogue()
    plans = {task: router.plan(config=TaskConfig(type=task)) for task in TaskType}
    findings = [_task_finding(task, plan, unusable) for task, plan in plans.items()]
    return [*findings, *_retired([line for plan in plans.values() for line in plan])]


def _task_finding(task: TaskType, plan: Sequence[PlannedTarget], unusable: Set[str]) -> Finding:
    subject = f"task {task}"
    usable_lines = [line for line in plan if line.kept and line.provider not in unusable]
    if not usable_lines:
        reasons = dict.fromkeys(f"{line.target}: {_reason_of(line)}" for line in plan)
        return Finding(subject, Verdict.FAULT, f"Nobody serves it ({'; '.join(reasons)}).", _advice(plan))
    words = f"{usable_lines[0].target} serves it; {len(usable_lines)} of {len(plan)} targets may be asked."
    if len(usable_lines) > 1:
        return Finding(subject, Verdict.GOOD, words)
    return Finding(subject, Verdict.WARNING, words, "a second provider's key, or another target on Routing")


def _reason_of(line: PlannedTarget) -> str:
    return f"{line.provider} cannot be used, as said above" if line.kept else line.reason or str(line.state)


def _advice(plan: Sequence[PlannedTarget]) -> str:
    if any(line.kept for line in plan):
        return "mend what is said above"
    states = {line.state for line in plan}
    moments = [line.until for line in plan if line.until is not None]
    if moments and states & {TargetState.COOLING, TargetState.NO_ALLOWANCE}:
        return f"wait until {min(moments):%Y-%m-%d %H:%M} UTC, or reset on Health if the trouble is over"
    if TargetState.NO_KEY in states:
        return "set a provider's key on Setup"
    return "choose other targets on Routing"


def _retired(lines: Sequence[PlannedTarget]) -> list[Finding]:
    gone = dict.fromkeys(str(line.target) for line in lines if line.state is TargetState.RETIRED)
    if not gone:
        return []
    words = f"{len(gone)} of the table are retired, and others stand in for them: {', '.join(gone)}."
    return [Finding("models", Verdict.NOTE, words, "replace them on Routing, or leave it as it is")]
