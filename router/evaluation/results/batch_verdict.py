"""A batch's answers held against what was expected: who was right how often, and whether that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.comparison.trials import Trial
from router.evaluation.cases.case import read_case
from router.evaluation.cases.checks import faults_in_answer
from router.evaluation.cases.files import expected_values
from router.evaluation.results.statistics import Interval, mcnemar_exact, wilson_interval
from router.types import TaskType


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """What a batch of two lanes comes to.

    Attributes:
        right: by lane, the rows that it got right.
        answered: by lane, the rows with something expected that it was asked.
        intervals: by lane, the share of these; None where there are none.
        chance: how likely so large a difference is where neither is better (McNemar's exact test).
    """

    right: tuple[int, ...]
    answered: tuple[int, ...]
    intervals: tuple[Interval | None, ...]
    chance: float


def judge_batch(trials: Sequence[Trial], expected: Mapping[int, str]) -> BatchVerdict:
    """Count who was right; a row that failed is not.

    Args:
        expected: by row, from 1 on; rows without are left out.
    """
    lanes = sorted({trial.lane for trial in trials})
    rights = {
        (trial.lane, trial.row): is_right(trial, expected[trial.row]) for trial in trials if expected.get(trial.row)
    }
    right = [sum(value for (place, _), value in rights.items() if place == lane) for lane in lanes]
    answered = [sum(place == lane for place, _ in rights) for lane in lanes]
    pairs = [(rights[0, row], rights[1, row]) for lane, row in rights if lane == 0 and (1, row) in rights]
    wins, losses = (sum(pair == kind for pair in pairs) for kind in ((True, False), (False, True)))
    intervals = [wilson_interval(*counts) if counts[1] else None for counts in zip(right, answered, strict=True)]
    return BatchVerdict(tuple(right), tuple(answered), tuple(intervals), mcnemar_exact(wins, losses))


def is_right(trial: Trial, expected: str) -> bool:
    """Whether an answer is what was expected: a number, the fields of a JSON object, or words that have to occur."""
    if trial.error:
        return False
    # The task and the prompt decide nothing here, and a case has to have both.
    values = {"id": "row", "task": TaskType.REAL_TIME_CHAT, "prompt": "-", **expected_values(expected)}
    return not faults_in_answer(read_case(values), trial.text, trial.parsed)
