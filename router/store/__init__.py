"""The router's ports on a database, a SQLite file or a PostgreSQL server: log, failure memory, catalogue, figures."""

from router.store.console.entries import Entry
from router.store.console.evaluation_cases import KeptCase
from router.store.console.evaluations import Evaluation, EvaluationStep
from router.store.console.judgements import Judgement
from router.store.console.saved_prompts import SavedPrompt
from router.store.console.speed_runs import SpeedRun, SpeedStep
from router.store.database.writing.log_error import LogError
from router.store.log.all_time import EverCounted, EverFailed
from router.store.log.figures import (
    HOURLY_DAYS,
    BucketFailure,
    Cube,
    Failure,
    Figures,
    FigureTotals,
    Filters,
    Point,
    add_up_failures,
    by_hour,
)
from router.store.log.history import ANY_FAILURE, COUNT_LIMIT, RequestRow, Selection
from router.store.log.pace import Pace
from router.store.log.sample_month import SAMPLE_OWNER, SampleTask, draw_answer
from router.store.log.search_hits import SearchHit
from router.store.log.statistics import RequestDetail, Statistics
from router.store.store import Store, open_store
from router.types import WORK

__all__ = [
    "ANY_FAILURE",
    "COUNT_LIMIT",
    "HOURLY_DAYS",
    "SAMPLE_OWNER",
    "WORK",
    "BucketFailure",
    "Cube",
    "Entry",
    "Evaluation",
    "EvaluationStep",
    "EverCounted",
    "EverFailed",
    "Failure",
    "FigureTotals",
    "Figures",
    "Filters",
    "Judgement",
    "KeptCase",
    "LogError",
    "Pace",
    "Point",
    "RequestDetail",
    "RequestRow",
    "SampleTask",
    "SavedPrompt",
    "SearchHit",
    "Selection",
    "SpeedRun",
    "SpeedStep",
    "Statistics",
    "Store",
    "add_up_failures",
    "by_hour",
    "draw_answer",
    "open_store",
]
