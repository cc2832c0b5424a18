"""The speed table: a fixed set of prompts for each task on two providers, measured in turns, with what it comes to."""

from router.speed.prompts import PromptSet, TaskPrompts, load_prompts
from router.speed.run import Need, Plan, RunPaused, make_plan, measure
from router.speed.table import Row, Spread, conclusion, make_table

__all__ = [
    "Need",
    "Plan",
    "PromptSet",
    "Row",
    "RunPaused",
    "Spread",
    "TaskPrompts",
    "conclusion",
    "load_prompts",
    "make_plan",
    "make_table",
    "measure",
]
