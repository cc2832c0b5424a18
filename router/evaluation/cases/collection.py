"""All cases of a task: those that come with the router and an operator's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from router.evaluation.cases.case import Case, read_case, shipped_cases
from router.store.console.evaluation_cases import KeptCase, KeptCases
from router.types import TaskType


def own_cases(kept: KeptCases) -> list[Case]:
    """An operator's own cases; those that this version cannot read any more are left out."""
    return [case for row in kept.all() if (case := _read_kept(row)) is not None]


def cases_of_task(task: TaskType, own: Iterable[Case], *, only_own: bool = False) -> list[Case]:
    """The cases of a task, the operator's own first: where only some are asked, those are.

    Of either kind the expected answers take turns, so that the first few hold each about equally often.
    """
    task_cases = [case for case in own if case.task is task]
    known = {case.id for case in task_cases}
    shipped = () if only_own else shipped_cases(task).cases
    return [*_in_turns(task_cases), *_in_turns(case for case in shipped if case.id not in known)]


def _in_turns(cases: Iterable[Case]) -> list[Case]:
    """The first case of each expected answer, then the second of each, and so on."""
    counts: Counter[str | None] = Counter()
    turns = []
    for case in cases:
        turns.append((counts[case.label], case))
        counts[case.label] += 1
    return [case for _, case in sorted(turns, key=lambda turn: turn[0])]


def _read_kept(row: KeptCase) -> Case | None:
    try:
        return read_case(row.document)
    except ValueError:
        return None
