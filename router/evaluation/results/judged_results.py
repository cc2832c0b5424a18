"""What the judges of a run came to: shown apart from what rules decide, and nothing is proposed by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from router.store.console.evaluations import PENDING, EvaluationStep
from router.store.console.judgements import JUDGED, Judgement
from router.types import Target

RULES_ALONE = "What is proposed rests on the rules alone."
"""Said beside every result of a judge."""

_ASKINGS = 2


class JudgedSide(StrEnum):
    """What a judge says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case as its judge has decided it.

    Attributes:
        version: the case's id and digest.
        target_side, baseline_side: what it says of either; both are undecided, or neither is.
    """

    version: tuple[str, str]
    target_side: JudgedSide
    baseline_side: JudgedSide


@dataclass(frozen=True, slots=True)
class JudgedResult:
    """A target held against what served by its judge.

    Attributes:
        judges: who judged.
        cases: those whose askings are all made.
        calls: what the judges took of their allowances.
    """

    target: Target
    baseline: Target
    judges: tuple[Target, ...]
    cases: tuple[JudgedCase, ...]
    calls: int

    @property
    def decided(self) -> list[JudgedCase]:
        """The cases that both askings agree on; the others count for nobody."""
        return [case for case in self.cases if case.target_side is not JudgedSide.UNDECIDED]

    @property
    def undecided(self) -> int:
        """How many cases count for nobody."""
        return len(self.cases) - len(self.decided)

    @property
    def right(self) -> int:
        """Decided cases that the target gets right."""
        return sum(case.target_side is JudgedSide.RIGHT for case in self.decided)

    @property
    def baseline_right(self) -> int:
        """Decided cases that what served gets right."""
        return sum(case.baseline_side is JudgedSide.RIGHT for case in self.decided)


def judged_results(steps: Sequence[EvaluationStep], judgements: Sequence[Judgement]) -> list[JudgedResult]:
    """The judges' results on some steps of a run, by target.

    Args:
        judgements: of the whole run; those about other steps are passed over.
    """
    by_position = {step.position: step for step in steps}
    by_target: dict[Target, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        if (step := by_position.get(judgement.position)) is not None:
            by_target[Target(step.provider, step.model)].append(judgement)
    return [_judged_result(target, several, by_position) for target, several in by_target.items()]


def _judged_result(
    target: Target, judgements: Sequence[Judgement], steps: Mapping[int, EvaluationStep]
) -> JudgedResult:
    served = steps[judgements[0].baseline_position]
    by_case: dict[tuple[str, str], dict[int, list[Judgement]]] = defaultdict(lambda: defaultdict(list))
    for judgement in judgements:
        step = steps[judgement.position]
        by_case[step.case_id, step.case_digest][judgement.position].append(judgement)
    return JudgedResult(
        target=target,
        baseline=Target(served.provider, served.model),
        judges=tuple(dict.fromkeys(Target(asking.provider, asking.model) for asking in judgements)),
        cases=tuple(
            _judged_case(version, list(pairs.values()))
            for version, pairs in by_case.items()
            if all(asking.status != PENDING for pair in pairs.values() for asking in pair)
        ),
        calls=sum(asking.calls for asking in judgements),
    )


def _judged_case(version: tuple[str, str], pairs: Sequence[Sequence[Judgement]]) -> JudgedCase:
    """A case over its repetitions, of which those without a verdict are passed over."""
    verdicts = [verdict for pair in pairs if (verdict := agreed_verdict(pair)) is not None]
    if not verdicts:
        return JudgedCase(version, JudgedSide.UNDECIDED, JudgedSide.UNDECIDED)
    sides = (
        JudgedSide.RIGHT if sum(side) * 2 > len(side) else JudgedSide.WRONG for side in zip(*verdicts, strict=True)
    )
    return JudgedCase(version, *sides)


def agreed_verdict(pair: Sequence[Judgement]) -> tuple[bool, bool] | None:
    """Whether the target and what served are right, where both askings say the same of both; else None."""
    verdicts = {
        (asking.is_right, asking.baseline_right) if asking.status == JUDGED else (None, None) for asking in pair
    }
    if len(pair) < _ASKINGS or len(verdicts) > 1:
        return None
    ((is_right, baseline_right),) = verdicts
    return None if is_right is None or baseline_right is None else (is_right, baseline_right)
