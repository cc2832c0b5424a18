"""All cases of a task: those that come with the router and an operator's own."""

from __future__ import annotations

from collections.abc import Iterable

from router.evaluation.cases.case import Case, read_case, shipped_cases
from router.store.console.evaluation_cases import KeptCase, KeptCases
from router.types import TaskType


def own_cases(kept: KeptCases) -> list[Case]:
    """An operator's own cases; those that this version cannot read any more are left out."""
    return [case for row in kept.all() if (case := _read_kept(row)) is not None]


def cases_of_task(task: TaskType, own: Iterable[Case], *, only_own: bool = False) -> list[Case]:
    """The cases of a task, the operator's own first: where only some are asked, those are."""
    task_cases = [case for case in own if case.task is task]
    known = {case.id for case in task_cases}
    shipped = () if only_own else shipped_cases(task).cases
    return [*task_cases, *(case for case in shipped if case.id not in known)]


def _read_kept(row: KeptCase) -> Case | None:
    try:
        return read_case(row.document)
    except ValueError:
        return None
