"""What can be computed about a training program, without a model: its size, its equipment, its progression, injuries.

Figures: a week may hold at most `MOST_GROWTH` more work than the hardest before it (a common rule of thumb keeps weekly
increases small; half again as much at once is where the ones that people write agree that it is too much).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from router.services.safety import faults_in_reply
from router.services.shapes import Doubt, Line, Shape, Words

MOST_WEEKS = 16
"""Weeks of a program."""

MOST_GROWTH = 0.5
"""By what share a week's work may exceed that of the hardest week before it."""

MOST_LOAD_GROWTH = 0.15
"""By what share the load of an exercise may grow from a week to the next, where it is more than `LOAD_STEP_KG`."""

LOAD_STEP_KG = 5.0
"""Kilograms that a load may always grow by."""

BEGINNER_RPE = 8.5
"""The highest effort (RPE, 1 to 10) that a beginner is given."""


class Level(StrEnum):
    """How long somebody has trained."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Equipment(StrEnum):
    """What there is to train with; nothing is needed for what uses the body alone."""

    BARBELL = "barbell"
    DUMBBELLS = "dumbbells"
    KETTLEBELL = "kettlebell"
    BENCH = "bench"
    PULL_UP_BAR = "pull-up bar"
    BANDS = "bands"
    MACHINES = "machines"


class ProgramRequest(Shape):
    """What a program is asked to be.

    Attributes:
        limits: injuries and what else holds the person back, in their own words.
        age: in years, where it is given.
    """

    goal: Annotated[str, Field(min_length=1, max_length=300)]
    level: Level = Level.BEGINNER
    days: Annotated[int, Field(ge=1, le=7)] = 3
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = 4
    equipment: tuple[Equipment, ...] = ()
    limits: Annotated[str, Field(max_length=500)] = ""
    age: Annotated[int, Field(ge=5, le=110)] | None = None


class Exercise(Shape):
    """One exercise of a session."""

    name: Annotated[Line, Field(min_length=1, description="the exercise's common name, with its equipment in it")]
    equipment: Annotated[tuple[Equipment, ...], Field(max_length=4, description="what it needs; empty for none")]
    sets: Annotated[int, Field(ge=1, le=12)]
    repetitions: Annotated[int | None, Field(ge=1, le=100, description="repetitions of a set, or null for a time")]
    seconds: Annotated[int | None, Field(ge=5, le=7_200, description="seconds of a set, or null for repetitions")]
    load_kg: Annotated[float | None, Field(ge=0, le=500, description="kilograms, or null where it is not known")]
    rpe: Annotated[float, Field(ge=1, le=10, description="effort of a set, 1 to 10")]
    rest_seconds: Annotated[int, Field(ge=0, le=600, description="seconds of rest between sets")]

    @property
    def work(self) -> float:
        """Sets times repetitions; three seconds count as one."""
        return self.sets * (self.repetitions or (self.seconds or 30) / 3)


class Session(Shape):
    """One day's training."""

    title: Line
    exercises: Annotated[tuple[Exercise, ...], Field(max_length=14)]


class Week(Shape):
    """One week."""

    number: Annotated[int, Field(ge=1, le=MOST_WEEKS)]
    focus: Annotated[Words, Field(description="what this week is for, and how it goes on from the one before")]
    sessions: Annotated[tuple[Session, ...], Field(max_length=7)]

    @property
    def exercises(self) -> list[Exercise]:
        """All of the week's exercises."""
        return [exercise for session in self.sessions for exercise in session.exercises]

    @property
    def sets(self) -> int:
        """Sets of the whole week."""
        return sum(exercise.sets for exercise in self.exercises)

    @property
    def work(self) -> float:
        """Repetitions of the whole week."""
        return sum(exercise.work for exercise in self.exercises)


def check_weeks(
    weeks: Sequence[Week], request: ProgramRequest, *, first: int = 1, count: int | None = None,
    before: Sequence[Week] = (),
) -> list[Doubt]:  # fmt: skip
    """Everything that can be computed about a program, or about some weeks of it.

    Args:
        first, count: the weeks that these have to be; all of them if left out.
        before: the weeks that stand before these already.
    """
    count = request.weeks if count is None else count
    doubts = list(_check_count(weeks, first, count))
    for index, week in enumerate(weeks):
        doubts += _check_week(f"weeks[{index}]", week, request)
    return doubts + list(_check_progression([*before, *weeks], len(before)))


def _check_count(weeks: Sequence[Week], first: int, count: int) -> Iterator[Doubt]:
    numbers_due = list(range(first, first + count))
    if [week.number for week in weeks] != numbers_due:
        numbers = ", ".join(str(week.number) for week in weeks) or "none"
        yield Doubt(
            path="weeks",
            sentence=f"weeks {numbers_due[0]} to {numbers_due[-1]} were asked for, and these came: {numbers}",
        )


def _check_week(path: str, week: Week, request: ProgramRequest) -> Iterator[Doubt]:
    if len(week.sessions) != request.days:
        words = f"{request.days} sessions a week were asked for, and week {week.number} has {len(week.sessions)}"
        yield Doubt(path=f"{path}.sessions", sentence=words)
    for day, session in enumerate(week.sessions):
        if not session.exercises:
            yield Doubt(path=f"{path}.sessions[{day}]", sentence="it has no exercise")
        for index, exercise in enumerate(session.exercises):
            place = f"{path}.sessions[{day}].exercises[{index}]"
            yield from _check_exercise(place, exercise, request)
    yield from faults_in_reply(week.focus, f"{path}.focus")


def _check_exercise(path: str, exercise: Exercise, request: ProgramRequest) -> Iterator[Doubt]:
    yield from _check_equipment(path, exercise, request)
    for part in sorted(injured_parts(request.limits) & strained_by(exercise.name)):
        yield Doubt(path=f"{path}.name", sentence=f"{exercise.name} strains the {part}, which the limits name")
    if (exercise.repetitions is None) == (exercise.seconds is None):
        yield Doubt(path=path, sentence="either repetitions or seconds are needed, and not both")
    if request.level == Level.BEGINNER and exercise.rpe > BEGINNER_RPE:
        words = f"RPE {exercise.rpe:g} is too hard for a beginner ({BEGINNER_RPE:g} at most)"
        yield Doubt(path=f"{path}.rpe", sentence=words)


def _check_equipment(path: str, exercise: Exercise, request: ProgramRequest) -> Iterator[Doubt]:
    available = {str(item) for item in request.equipment}
    missing = [str(item) for item in exercise.equipment if item not in available]
    needs = needed_for(exercise.name)
    if not missing and needs and not any(set(alternative) <= available for alternative in needs):
        missing = [" or ".join(" and ".join(alternative) for alternative in needs)]
    if missing:
        words = f"{exercise.name} needs {', '.join(missing)}, which is not among the equipment"
        yield Doubt(path=f"{path}.name", sentence=words)


def _check_progression(weeks: Sequence[Week], known: int) -> Iterator[Doubt]:
    """Each week against those before it; nothing is said again of the first `known`."""
    for index in range(max(1, known), len(weeks)):
        path, week = f"weeks[{index - known}]", weeks[index]
        hardest = max(earlier.work for earlier in weeks[:index])
        if hardest and week.work > hardest * (1 + MOST_GROWTH):
            words = f"week {week.number} holds {week.work / hardest - 1:.0%} more work than any week before it"
            yield Doubt(path=path, sentence=words)
        yield from _check_loads(path, weeks[index - 1], week)
    if len(weeks) > 1 and len({_signature(week) for week in weeks}) == 1:
        yield Doubt(path="weeks", sentence="all weeks are the same: there is no progression")


def _check_loads(path: str, before: Week, week: Week) -> Iterator[Doubt]:
    loads = {exercise.name.lower(): exercise.load_kg for exercise in before.exercises}
    for exercise in week.exercises:
        old, new = loads.get(exercise.name.lower()), exercise.load_kg
        if old and new and new > max(old * (1 + MOST_LOAD_GROWTH), old + LOAD_STEP_KG):
            words = f"{exercise.name} goes from {old:g} to {new:g} kg in one week"
            yield Doubt(path=path, sentence=words)


def _signature(week: Week) -> tuple[Any, ...]:
    return tuple(
        (exercise.name, exercise.sets, exercise.repetitions, exercise.seconds, exercise.load_kg, exercise.rpe)
        for exercise in week.exercises
    )


# --- what is known of exercises --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    words: re.Pattern[str]
    needs: tuple[tuple[str, ...], ...]
    strains: frozenset[str]


def needed_for(name: str) -> tuple[tuple[str, ...], ...]:
    """The sets of equipment of which an exercise needs one; empty where nothing is known of it."""
    known = _find(name)
    return () if known is None else known.needs


def strained_by(name: str) -> frozenset[str]:
    """The parts of the body that an exercise strains."""
    known = _find(name)
    return frozenset() if known is None else known.strains


def injured_parts(limits: str) -> frozenset[str]:
    """The parts of the body that a person's limits name."""
    return frozenset(part for part, words in _table()[1].items() if words.search(limits))


def _find(name: str) -> _Known | None:
    return next((known for known in _table()[0] if known.words.search(name)), None)


@cache
def _table() -> tuple[tuple[_Known, ...], dict[str, re.Pattern[str]]]:
    table = tomllib.loads((Path(__file__).parent / "exercises.toml").read_text(encoding="utf-8"))
    rows = tuple(
        _Known(_any(row["words"]), tuple(map(tuple, row["needs"])), frozenset(row["strains"]))
        for row in table["exercise"]
    )
    return rows, {part: _any(words) for part, words in table["parts"].items()}


def _any(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
