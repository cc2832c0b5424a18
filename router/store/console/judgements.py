"""What a judge says of two answers to a case, asking by asking; `Evaluations` keeps them with their run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.store.database import tables
from router.store.database.statements import insert_or_update
from router.store.database.values import storable

JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One asking of a judge; each pair of answers is shown twice.

    Attributes:
        position: the step whose answer is judged.
        swapped: whether the answer of what serves is shown first.
        baseline_position: the step with the answer of what serves.
        provider, model: the judge.
        status: `pending`, `judged`, or `failed` where there was no verdict.
        is_right, baseline_right: the verdict on either answer; None where there is none.
        outcome: how one that failed ended.
        request_id: the asking's row in the log, with the judge's reason as long as that is kept.
        calls: how many requests of the allowance it took.
    """

    position: int
    swapped: bool
    baseline_position: int
    provider: str
    model: str
    status: str = "pending"
    is_right: bool | None = None
    baseline_right: bool | None = None
    outcome: str | None = None
    request_id: str | None = None
    calls: int = 0


_COLUMNS = tuple(Judgement.__dataclass_fields__)
PUT_JUDGEMENT = insert_or_update(tables.evaluation_judgements, ("run_id", *_COLUMNS))
JUDGEMENTS = f"SELECT {', '.join(_COLUMNS)} FROM evaluation_judgements WHERE run_id = ? ORDER BY position, swapped"
_SWITCHES = ("swapped", "is_right", "baseline_right")


def judgement_values(run_id: str, judgement: Judgement) -> tuple[object, ...]:
    """The values of `PUT_JUDGEMENT`."""
    return run_id, *(storable(getattr(judgement, name)) for name in _COLUMNS)


def judgement_of(row: Sequence[Any]) -> Judgement:
    """A row of `JUDGEMENTS`."""
    values = dict(zip(_COLUMNS, row, strict=True))
    # A database keeps a switch as a number.
    return Judgement(**values | {name: None if values[name] is None else bool(values[name]) for name in _SWITCHES})
