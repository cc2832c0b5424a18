"""Cases of the services: asked in their own words, and held against their own checks."""

from __future__ import annotations

from typing import Any

from router.services.asking import Question, read_answer
from router.services.meals import MealReading, meal_question
from router.services.nutrition import sum_items
from router.services.programs import WeeksReading, weeks_question
from router.services.shapes import Shape, doubt_lines
from router.services.training import ProgramRequest


def program_case(request: ProgramRequest) -> Question[WeeksReading]:
    """All weeks of a program, in one answer."""
    return weeks_question(request, range(1, request.weeks + 1))


def meal_case(entry: str) -> Question[MealReading]:
    """A meal's foods, out of a line of text."""
    return meal_question(entry, None)


def service_faults(question: Question[Any], document: Any) -> tuple[Shape | None, list[str]]:
    """An answer as the service reads it (None where it has not the shape), and what the service says against it."""
    reading, doubts = read_answer(question, document)
    return reading, list(doubt_lines(doubts))


def energy_fault(reading: MealReading, kcal: tuple[float, float]) -> str | None:
    """What is wrong with a meal's energy; None where it lies between `kcal`."""
    energy, (low, high) = sum_items(reading.items).kcal, kcal
    return None if low <= energy <= high else f"{energy:.0f} kcal in all, and {low:g} to {high:g} are right"
