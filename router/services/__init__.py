"""Quick entry, meal parser, coach and programs on the router: plain arguments in, typed and frozen results out.

from router import DualModelRouter
from router.services import parse_meal

async with DualModelRouter.from_env() as router:
    meal = await parse_meal(router, "2 eggs, toast with butter and a flat white")
    print(meal.totals.kcal, meal.doubts)
"""

from router.services.asking import UnusableAnswer
from router.services.coach import (
    CoachReply,
    Day,
    DayEntry,
    Recommendation,
    Recommendations,
    Turn,
    advice_instead_of_model,
    answer,
    conversation,
    recommend,
    review,
)
from router.services.meals import Meal, parse_meal
from router.services.nutrition import FoodItem, Totals, Unit
from router.services.programs import Program, ProgramFinding, write_program
from router.services.quick_entry import Category, Fact, QuickEntry, read_entry
from router.services.safety import Advice, Concern
from router.services.shapes import Doubt, Result, Served
from router.services.training import Equipment, Exercise, Level, ProgramRequest, Session, Week

__all__ = [
    "Advice",
    "Category",
    "CoachReply",
    "Concern",
    "Day",
    "DayEntry",
    "Doubt",
    "Equipment",
    "Exercise",
    "Fact",
    "FoodItem",
    "Level",
    "Meal",
    "Program",
    "ProgramFinding",
    "ProgramRequest",
    "QuickEntry",
    "Recommendation",
    "Recommendations",
    "Result",
    "Served",
    "Session",
    "Totals",
    "Turn",
    "Unit",
    "UnusableAnswer",
    "Week",
    "advice_instead_of_model",
    "answer",
    "conversation",
    "parse_meal",
    "read_entry",
    "recommend",
    "review",
    "write_program",
]
