"""What follows from a result: who is better than what serves now, who is as good and faster, and when nothing follows.

All of one task's challengers together propose something without reason in at most 5 % of runs: `BETTER_LEVEL` of that
goes to being right more often, `FASTER_LEVEL` to being faster, and several challengers share both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from router.evaluation.results.statistics import at_least_by_chance, cases_to_tell, least_difference, mcnemar_exact
from router.evaluation.results.task_result import TargetResult, TaskResult
from router.types import Target

Labels = Callable[[Target], str]
"""Gives a target's name for people."""

BETTER_LEVEL = 0.04
"""How likely chance alone may call one challenger better (one-sided)."""

FASTER_LEVEL = 0.01
"""How likely chance alone may call one challenger faster (one-sided)."""

MARGIN = 0.10
"""As good: its share may lie at most this far below the other's, at 95 % confidence."""

FASTER_BY = 0.8
"""Faster: in the middle of the cases its time is at most this part of the other's."""


class ChallengerVerdict(StrEnum):
    """What a challenger is, held against what serves now."""

    BETTER = "better"
    FASTER = "as good and faster"
    WORSE = "worse"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A challenger and what serves now on the cases that both were asked.

    Attributes:
        wins, losses: cases that only the challenger, or only the other, gets right.
        both_right: cases that both get right.
        faster, slower: of those, how many it answers faster, and more slowly.
        pace: the median of its time to the other's over those cases; None where there is none.
    """

    cases: int
    wins: int
    losses: int
    both_right: int
    faster: int
    slower: int
    pace: float | None

    @property
    def chance(self) -> float:
        """How likely so large a difference is where neither is better: McNemar's exact test."""
        return mcnemar_exact(self.wins, self.losses)

    @property
    def rights(self) -> tuple[int, int]:
        """How many of these cases the challenger gets right, and the other."""
        return self.both_right + self.wins, self.both_right + self.losses

    @property
    def shares(self) -> tuple[float, float]:
        """The share that the challenger gets right, and the other's, on these cases."""
        ours, theirs = self.rights
        return ours / self.cases, theirs / self.cases

    def verdict(self, challengers: int = 1) -> ChallengerVerdict:
        """What it is.

        Args:
            challengers: how many there are in the task: they share what may go wrong by chance.
        """
        if self.cases == 0:
            return ChallengerVerdict.UNDECIDED
        level = BETTER_LEVEL / challengers
        if at_least_by_chance(self.wins, self.losses) <= level:
            return ChallengerVerdict.BETTER
        if at_least_by_chance(self.losses, self.wins) <= level:
            return ChallengerVerdict.WORSE
        return (
            ChallengerVerdict.FASTER
            if self._is_as_good and self._is_faster(challengers)
            else ChallengerVerdict.UNDECIDED
        )

    @property
    def _is_as_good(self) -> bool:
        return least_difference(self.wins, self.losses, self.cases) >= -MARGIN

    def _is_faster(self, challengers: int) -> bool:
        certain = at_least_by_chance(self.faster, self.slower) <= FASTER_LEVEL / challengers
        return certain and self.pace is not None and self.pace <= FASTER_BY

    def missing_cases(self, challengers: int = 1) -> int | None:
        """How many more cases would tell, if both go on as they have; None where no number of them would."""
        total = cases_to_tell(self.wins, self.losses, self.cases, level=BETTER_LEVEL / challengers)
        return None if total is None else max(1, total - self.cases)


def compare_results(challenger: TargetResult, baseline: TargetResult) -> Comparison:
    """Hold two targets against each other on the cases that both were asked in the same version."""
    pairs = [
        (outcome, baseline.outcomes[version])
        for version, outcome in challenger.outcomes.items()
        if version in baseline.outcomes
    ]
    paces = [
        ours.total_ms / theirs.total_ms
        for ours, theirs in pairs
        if ours.right and theirs.right and ours.total_ms and theirs.total_ms
    ]
    return Comparison(
        cases=len(pairs),
        wins=sum(ours.right and not theirs.right for ours, theirs in pairs),
        losses=sum(theirs.right and not ours.right for ours, theirs in pairs),
        both_right=sum(ours.right and theirs.right for ours, theirs in pairs),
        faster=sum(pace < 1 for pace in paces),
        slower=sum(pace > 1 for pace in paces),
        pace=statistics.median(paces) if paces else None,
    )


@dataclass(frozen=True, slots=True)
class ChallengerFinding:
    """One challenger of a task, with what it is."""

    challenger: TargetResult
    comparison: Comparison
    verdict: ChallengerVerdict


def findings_of(result: TaskResult) -> list[ChallengerFinding]:
    """Every challenger held against what served; none where there is nothing to hold them against."""
    if result.baseline is None:
        return []
    challengers, findings = result.challengers, []
    for challenger in challengers:
        comparison = compare_results(challenger, result.baseline)
        findings.append(ChallengerFinding(challenger, comparison, comparison.verdict(len(challengers))))
    return findings


def best_finding(result: TaskResult) -> ChallengerFinding | None:
    """The challenger that should take the place of what serves; None where none should, or not all is made yet."""
    if not result.complete:
        return None
    findings = findings_of(result)
    better = [finding for finding in findings if finding.verdict is ChallengerVerdict.BETTER]
    faster = [finding for finding in findings if finding.verdict is ChallengerVerdict.FASTER]
    if better:
        return max(better, key=lambda finding: (finding.comparison.shares[0], -(finding.challenger.total_ms or 0.0)))
    return min(faster, key=lambda finding: finding.comparison.pace or 1.0, default=None)


def deciding_cases(result: TaskResult) -> int | None:
    """About how many more cases would decide a task that has no winner yet; None where no number of them is known."""
    findings = findings_of(result)
    if not result.complete or best_finding(result) is not None or not (undecided := _undecided(findings)):
        return None
    return _nearest(undecided).comparison.missing_cases(len(findings))


def is_beyond_cases(result: TaskResult, unasked: int) -> bool:
    """Whether the cases that a task has left cannot decide it, as things stand.

    Nobody can say so who has asked fewer cases than are left.
    """
    missing = deciding_cases(result)
    return missing is not None and _is_beyond(missing, _nearest(findings_of(result)).comparison.cases, unasked)


def _is_beyond(missing: int, asked: int, unasked: int) -> bool:
    return missing > unasked and asked >= unasked


def _undecided(findings: Sequence[ChallengerFinding]) -> list[ChallengerFinding]:
    return [finding for finding in findings if finding.verdict is ChallengerVerdict.UNDECIDED]


def _nearest(findings: Sequence[ChallengerFinding]) -> ChallengerFinding:
    """The undecided challenger that is right most often."""
    return max(
        _undecided(findings),
        key=lambda finding: finding.comparison.shares[0] if finding.comparison.cases else -1.0,
    )


# --- in words ------------------------------------------------------------------------------------------------------


def percent_text(share: float) -> str:
    """`80%`."""
    return f"{share * 100:.0f}%"


def conclusion_text(result: TaskResult, label: Labels, unasked: int | None = None) -> str:
    """What follows from a task's result, or that nothing does, in a sentence or two.

    Args:
        unasked: how many cases of the task this run has not asked; None where that is not known.
    """
    if not result.complete:
        return "No winner yet: not all cases have been asked."
    if result.baseline is None:
        return "No winner: what serves this task has no result on these cases to compare with."
    if not result.challengers:
        return "No winner: no other model was asked."
    if not any(target.outcomes for target in result.results):
        return "No winner: no rule decides any of these cases, and a judge alone changes no route."
    best = best_finding(result)
    if best is not None:
        return finding_text(best, result.baseline, label)
    return _undecided_text(findings_of(result), result.baseline, label, unasked=unasked)


def verdict_text(result: TaskResult, label: Labels) -> str:
    """The same in a few words, for a list: `this model is better`, `no winner`."""
    if not result.complete:
        return "not all asked"
    best, findings = best_finding(result), findings_of(result)
    if best is not None:
        return f"{label(best.challenger.target)} is {best.verdict}"
    is_worse = bool(findings) and all(finding.verdict is ChallengerVerdict.WORSE for finding in findings)
    return "nothing changes" if is_worse else "no winner"


def duel_text(finding: ChallengerFinding) -> str:
    """The cases that the challenger alone gets right, and the other alone: `5 won, 2 lost`."""
    compared = finding.comparison
    if not compared.cases:
        return "no case in common"
    return f"{compared.wins:,} won, {compared.losses:,} lost" if compared.wins + compared.losses else "no case differs"


def finding_text(finding: ChallengerFinding, baseline: TargetResult, label: Labels) -> str:
    """One challenger's finding with its figures, where something follows from it."""
    compared, name, before = finding.comparison, label(finding.challenger.target), label(baseline.target)
    ours, theirs = map(percent_text, compared.shares)
    figures = f"right in {ours} of {compared.cases} cases against {theirs}"
    if finding.verdict is ChallengerVerdict.FASTER:
        pace = percent_text(compared.pace or 1.0)
        return f"{name} is as good as {before} and faster: {figures}, in {pace} of the time."
    return f"{name} is {finding.verdict} than {before}: {figures}. Chance alone: {chance_text(compared.chance)}."


def predecessor_texts(result: TaskResult, gone: Collection[Target], label: Labels) -> list[str]:
    """What serves now held against each model that is gone and whose scores are kept, in a sentence each.

    Args:
        gone: the task's models that are retired or have vanished.
    """
    if result.baseline is None or result.baseline.is_kept:
        return []
    texts = []
    for kept in result.results:
        if kept.is_kept and kept.target in gone:
            compared = compare_results(result.baseline, kept)
            if compared.cases:
                texts.append(_predecessor_text(compared, label(result.baseline.target), label(kept.target)))
    return texts


def _predecessor_text(compared: Comparison, name: str, gone: str) -> str:
    ours, theirs = map(percent_text, compared.shares)
    words = {
        ChallengerVerdict.BETTER: "is better than",
        ChallengerVerdict.WORSE: "is worse than",
        ChallengerVerdict.FASTER: "is as good as, and faster than,",
        ChallengerVerdict.UNDECIDED: "cannot be told from",
    }[compared.verdict()]
    figures = f"right in {ours} of {compared.cases} cases against {theirs}"
    return f"{name} {words} {gone}, which is gone: {figures}. Chance alone: {chance_text(compared.chance)}."


def chance_text(chance: float) -> str:
    """How likely chance alone makes such a difference: `1 in 128`, `less than 1 in 1,000`, `more likely than not`."""
    if chance < 0.001:
        return "less than 1 in 1,000"
    return f"1 in {round(1 / chance):,}" if chance <= 0.5 else "more likely than not"


def _decision_text(missing: int, asked: int, unasked: int | None) -> str:
    """How many cases more would tell; where there are not so many, that more have to be added."""
    if unasked is not None and missing > unasked:
        if not _is_beyond(missing, asked, unasked):
            return f"{'1 case is' if asked == 1 else f'{asked:,} cases are'} too few to tell."
        return f"The {asked + unasked:,} cases there are cannot decide it, as things stand: add cases of your own."
    words = "1 more case" if missing == 1 else f"{missing:,} more cases"
    return f"About {words} would decide, if the lead holds."


def _undecided_text(
    findings: Sequence[ChallengerFinding], baseline: TargetResult, label: Labels, *, unasked: int | None
) -> str:
    """That there is no winner, and why: the nearest challenger first."""
    if all(finding.verdict is ChallengerVerdict.WORSE for finding in findings):
        others = "The other is" if len(findings) == 1 else "All others are"
        return f"Nothing changes: {others} worse than {label(baseline.target)}."
    nearest = _nearest(findings)
    if nearest.comparison.cases == 0:
        return f"No winner: {label(baseline.target)} was asked none of these cases."
    name, before = label(nearest.challenger.target), label(baseline.target)
    cases, (ours, theirs) = nearest.comparison.cases, nearest.comparison.rights
    missing = nearest.comparison.missing_cases(len(findings))
    if missing is None:
        return f"No winner: {name} and {before} are both right in {ours:,} of {cases:,} cases."
    scores = f"{ours:,} of {cases:,} ({name}) against {theirs:,} of {cases:,} ({before})"
    return f"No winner yet: {scores}. {_decision_text(missing, cases, unasked)}"
