"""The figures of an entry in words, as a person would write them into a log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from router.services import Fact
from router.services.quick_entry import Measure

_TRAINING = (Measure.SETS, Measure.REPETITIONS, Measure.LOAD)
_BARE = {Measure.DISTANCE, Measure.DURATION, Measure.PACE, Measure.LOAD, Measure.ENERGY, Measure.QUANTITY}
"""Measures that their unit already names: `5 km` is a distance."""

_COUNTS = {Measure.SETS, Measure.REPETITIONS, Measure.STEPS}
"""Measures that are counted and have no unit: `10,000 steps`."""

_NUMBERS = re.compile(r"\d+(?:[.,]\d+)?")


def facts_text(facts: Sequence[Fact]) -> str:
    """`3 × 8 at 60 kg`, `5 km, 27 min`, `heart rate 140 bpm`."""
    exercises = _exercises_text(facts)
    others = [fact for fact in facts if not exercises or fact.measure not in _TRAINING]
    return ", ".join([*exercises, *map(_fact_text, others)])


def _exercises_text(facts: Sequence[Fact]) -> list[str]:
    """Sets, repetitions and loads that belong together; nothing where it cannot be told which do."""
    sets, repetitions, loads = ([fact for fact in facts if fact.measure is measure] for measure in _TRAINING)
    if not sets or len(sets) != len(repetitions) or len(loads) not in (0, len(sets)):
        return []
    return [
        f"{count.value:g} × {each.value:g}" + (f" at {_amount(load)}" if load is not None else "")
        for count, each, load in zip_longest(sets, repetitions, loads)
    ]


def _fact_text(fact: Fact) -> str:
    name = fact.measure.replace("_", " ")
    if not fact.unit:
        # A number alone says nothing, and `quantity 2` is no language.
        if fact.measure is Measure.QUANTITY:
            return f"{fact.value:g}×"
        return f"{_amount(fact)} {name}" if fact.measure in _COUNTS else f"{name} {_amount(fact)}"
    return _amount(fact) if fact.measure in _BARE else f"{name} {_amount(fact)}"


def _amount(fact: Fact) -> str:
    number = f"{fact.value:,.10g}"
    return f"{number}%" if fact.unit in ("percent", "%") else f"{number} {fact.unit}".strip()


def adds_figures(figures: str, summary: str) -> bool:
    """Whether figures say more than the words before them: `2 eggs` needs no `2×` behind it."""
    return not _numbers_of(figures) <= _numbers_of(summary)


def _numbers_of(text: str) -> set[str]:
    """Numbers as they stand, a decimal comma as a point."""
    return {number.replace(",", ".") for number in _NUMBERS.findall(text)}
