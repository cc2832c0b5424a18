"""The router's ports on a SQLite database: log, failure memory, catalogue, figures."""

from router.store.database import Store, open_store
from router.store.pace import Pace
from router.store.statistics import HOURLY_DAYS, Filters, Point, RequestDetail, RequestRow, Statistics, Totals
from router.store.writer import LogError
from router.types import WORK

__all__ = [
    "HOURLY_DAYS",
    "WORK",
    "Filters",
    "LogError",
    "Pace",
    "Point",
    "RequestDetail",
    "RequestRow",
    "Statistics",
    "Store",
    "Totals",
    "open_store",
]
