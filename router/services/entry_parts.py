"""A line that says several things, as the entries that it could be: a run, a night's sleep and a weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from router.services.quick_entry import Category, Fact, Measure, QuickEntry, numbers_in
from router.services.unread import clauses_of

_KINDS = {
    Measure.WEIGHT: Category.MEASUREMENT, Measure.WAIST: Category.MEASUREMENT,
    Measure.BODY_FAT: Category.MEASUREMENT, Measure.SLEEP: Category.MEASUREMENT,
    Measure.DISTANCE: Category.ACTIVITY, Measure.STEPS: Category.ACTIVITY, Measure.PACE: Category.ACTIVITY,
    Measure.SETS: Category.WORKOUT, Measure.REPETITIONS: Category.WORKOUT, Measure.LOAD: Category.WORKOUT,
    Measure.QUANTITY: Category.MEAL,
}  # fmt: skip
"""What an entry with a measure is; the others, as a heart rate, stand in entries of any kind."""


class _ClauseGroup(NamedTuple):
    words: str
    category: Category
    facts: tuple[Fact, ...]


def parts_of(line: QuickEntry) -> tuple[QuickEntry, ...]:
    """The entries that a line could be split into, by its clauses; none where it is of one kind.

    Each has the line's day and the clause's own words; a clause without a measure stays with the one before it.
    """
    parts = _joined(_clause_parts(line))
    if len({part.category for part in parts}) < 2:
        return ()
    return tuple(
        line.model_copy(update={"entry": words, "summary": words[:200], "category": category, "facts": facts,
                                "doubts": ()})
        for words, category, facts in parts
    )  # fmt: skip


def _clause_parts(line: QuickEntry) -> list[tuple[str, Category | None, tuple[Fact, ...]]]:
    """Each clause with the facts whose number stands in it and what they make of it."""
    left, parts = list(line.facts), []
    for clause in clauses_of(line.entry):
        numbers = numbers_in(clause)
        facts = [fact for fact in left if any(abs(fact.value - number) < 0.01 for number in numbers)]
        left = [fact for fact in left if fact not in facts]
        kind = next((_KINDS[fact.measure] for fact in facts if fact.measure in _KINDS), None)
        parts.append((clause, kind, tuple(facts)))
    if left and parts:  # a person's own row, or a figure that was worked out: it stands in no clause, and is not lost
        words, kind, facts_of_first = parts[0]
        parts[0] = (words, kind, facts_of_first + tuple(left))
    return parts


def _joined(clauses: Sequence[tuple[str, Category | None, tuple[Fact, ...]]]) -> list[_ClauseGroup]:
    """Clauses put together: one of no kind, and one of the same kind, with that before it; each measurement alone."""
    parts: list[_ClauseGroup] = []
    before: list[str] = []
    for words, kind, facts in clauses:
        last = parts[-1] if parts else None
        if last is not None and (kind is None or (kind is last.category and kind is not Category.MEASUREMENT)):
            parts[-1] = _ClauseGroup(f"{last.words}, {words}", last.category, last.facts + facts)
        elif kind is None:
            before.append(words)
        else:
            parts.append(_ClauseGroup(", ".join([*before, words]), kind, facts))
            before = []
    return parts
