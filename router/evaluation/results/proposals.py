"""A proposal: the edit of the routing table that follows from a result. Nothing is changed before somebody takes it."""

from __future__ import annotations

from dataclasses import dataclass

from router.api import DualModelRouter
from router.evaluation.results.conclusions import ChallengerVerdict, best_finding, finding_text
from router.evaluation.results.task_result import TaskResult
from router.store.state.edits import StoredEdits
from router.table.edits import merged, problems
from router.table.routes import Edits, ModelEntry, TaskEdit
from router.types import Target, TargetState, TaskConfig, TaskType


@dataclass(frozen=True, slots=True)
class Proposal:
    """A target that should be tried first for a task.

    Attributes:
        note: the edit's note: the task, and why, with the figures.
        before, after: the task's chain.
    """

    task: TaskType
    target: Target
    verdict: ChallengerVerdict
    note: str
    before: tuple[Target, ...]
    after: tuple[Target, ...]


def proposal_of(result: TaskResult, router: DualModelRouter) -> Proposal | None:
    """What should be changed; None where nothing follows, or where the task is served so already."""
    finding = best_finding(result)
    if finding is None or result.baseline is None:
        return None
    target, chain = finding.challenger.target, router.routes.table.tasks[result.task].chain
    after = (target, *(other for other in chain if other != target))
    if after == chain or [target] == living_route(router, result.task)[:1]:
        return None
    return Proposal(result.task, target, finding.verdict, note_of(result, router) or "", chain, after)


def living_route(router: DualModelRouter, task: TaskType) -> list[Target]:
    """Who is tried for a task, in order, without the models that are gone: their successors stand behind them."""
    plan = router.plan(config=TaskConfig(task))
    return [line.target for line in plan if line.state is not TargetState.RETIRED]


def note_of(result: TaskResult, router: DualModelRouter) -> str | None:
    """The note under which a result's edit is kept; None where nothing follows from it."""
    finding = best_finding(result)
    if finding is None or result.baseline is None:
        return None
    reason = finding_text(finding, result.baseline, router.table.label)
    mark = " (simulated)" if any(target.simulated for target in result.results) else ""
    return f"{router.table.tasks[result.task].label}: {reason}{mark}"


def proposed_edits(proposal: Proposal, router: DualModelRouter) -> Edits:
    """The edits in force, with the proposal's among them.

    Raises:
        ValueError: the table does not take it; says why.
    """
    routes, task, target = router.routes, proposal.task, proposal.target
    limits = routes.edits.tasks.get(task, TaskEdit()).model_dump(exclude_unset=True)
    edit = TaskEdit.model_validate(limits | {"targets": proposal.after})
    listing = router.listings().get(target.provider)
    listed = None if listing is None else listing.models.get(target.model)
    is_new = listed is not None and str(target) not in routes.shipped.models
    models: dict[str, ModelEntry] = {str(target): listed.entry()} if listed is not None and is_new else {}
    edits = merged(routes.edits, task, edit, models)
    if faults := problems(routes.shipped, edits, router.listings()):
        raise ValueError(" ".join(faults))
    return edits


def take_proposal(proposal: Proposal, router: DualModelRouter, kept: StoredEdits) -> int | None:
    """Keep the edit; the next request obeys it, in every process on this database. One undo takes it back.

    Returns:
        The edit's number; None where somebody has changed the routing meanwhile, or nothing can be written.

    Raises:
        ValueError: the table does not take it; says why.
    """
    latest = kept.latest()
    edits = proposed_edits(proposal, router)
    if not router.routes.keep(edits, proposal.note, over=latest.number if latest else 0):
        return None
    now = kept.latest()
    return now.number if now is not None else None
