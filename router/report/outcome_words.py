"""What becomes of an attempt, in words: the one list for pages, the report and the command line."""

from __future__ import annotations

from collections.abc import Mapping

from router.types import AttemptOutcome

OUTCOME_WORDS: Mapping[str, str] = {
    AttemptOutcome.RATE_LIMITED: "out of free quota",
    AttemptOutcome.FREE_MINUTE_USED_UP: "out of free quota",
    AttemptOutcome.FREE_DAY_USED_UP: "out of free quota",
    AttemptOutcome.NO_ALLOWANCE: "no free quota",
    AttemptOutcome.NO_FIRST_TOKEN: "too slow",
    AttemptOutcome.TIMED_OUT: "too slow",
    AttemptOutcome.GONE: "retired",
    AttemptOutcome.CUT: "broke off",
    AttemptOutcome.STALE_CONNECTION: "connection lost",
    AttemptOutcome.LENGTH: "hit the output limit",
    AttemptOutcome.CONTEXT_LENGTH: "conversation too long",
    AttemptOutcome.TOO_LARGE: "request too large",
    AttemptOutcome.EMPTY: "empty answer",
    AttemptOutcome.MALFORMED: "unreadable answer",
}
"""Where people have another word than the log; what exactly happened stands beside it."""


def outcome_word(outcome: str) -> str:
    """How an attempt ended, in the word that stands for it everywhere.

    Args:
        outcome: as the log has it; a word that this version does not know is shown as it is.
    """
    return OUTCOME_WORDS.get(outcome, outcome.replace("_", " "))


def counted_outcomes(counts: Mapping[str, int]) -> str:
    """How often attempts ended in each way: `6 out of free quota, 2 broke off`; outcomes with one word are one.

    Args:
        counts: attempts by outcome, in the order in which they are told; nothing gives an empty text.
    """
    sums: dict[str, int] = {}
    for outcome, count in counts.items():
        word = outcome_word(outcome)
        sums[word] = sums.get(word, 0) + count
    return ", ".join(f"{count:,} {word}" for word, count in sums.items())
