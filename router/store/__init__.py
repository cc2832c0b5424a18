"""The router's ports on a SQLite database: log, failure memory, catalogue, figures."""

from router.store.database import Store, open_store
from router.store.entries import Entry
from router.store.figures import HOURLY_DAYS, BucketFailure, Cube, Failure, Figures, Filters, Point, Totals, by_hour
from router.store.history import RequestRow, Selection
from router.store.pace import Pace
from router.store.speed import SpeedRun, SpeedStep
from router.store.statistics import RequestDetail, Statistics
from router.store.writer import LogError
from router.types import WORK

__all__ = [
    "HOURLY_DAYS",
    "WORK",
    "BucketFailure",
    "Cube",
    "Entry",
    "Failure",
    "Figures",
    "Filters",
    "LogError",
    "Pace",
    "Point",
    "RequestDetail",
    "RequestRow",
    "Selection",
    "SpeedRun",
    "SpeedStep",
    "Statistics",
    "Store",
    "Totals",
    "by_hour",
    "open_store",
]
