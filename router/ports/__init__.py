"""What the router needs from outside, as Protocols, and the records that cross them.

The engine, the failure memory and the planner know these and nothing behind them: they run, and are tested,
without a database. `router.store` fulfils them on SQLite; `router.ports.null_stores` with nothing.
Times in records are seconds since the epoch (UTC); durations are milliseconds.
"""

from router.ports.app_keys import AppKey
from router.ports.catalogues import CatalogueRow, CatalogueStore
from router.ports.clock import Clock, SystemClock
from router.ports.cooldowns import Cooldown, CooldownStore
from router.ports.edits import EditStore
from router.ports.log_records import AttemptBegun, AttemptEnded, RequestEnded, RequestLog, RequestStarted, SkippedTarget
from router.ports.people import Person
from router.ports.quotas import Allowance, CallMade, CallRoom, QuotaStore

__all__ = [
    "Allowance",
    "AppKey",
    "AttemptBegun",
    "AttemptEnded",
    "CallMade",
    "CallRoom",
    "CatalogueRow",
    "CatalogueStore",
    "Clock",
    "Cooldown",
    "CooldownStore",
    "EditStore",
    "Person",
    "QuotaStore",
    "RequestEnded",
    "RequestLog",
    "RequestStarted",
    "SkippedTarget",
    "SystemClock",
]
