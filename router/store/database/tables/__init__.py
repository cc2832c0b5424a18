"""The schema that the migrations lead to, as SQLAlchemy Core tables for reading.

Times are text in UTC (`2026-11-24T08:30:00.123Z`), which sorts as it is.
"""

from router.store.database.tables.console_tables import (
    entries,
    evaluation_cases,
    evaluation_judgements,
    evaluation_steps,
    evaluations,
    saved_prompts,
    speed_runs,
    speed_steps,
    votes,
)
from router.store.database.tables.figure_tables import COUNTS, DIMENSIONS, HISTOGRAMS, SLICES, WIDTHS, failures, rollups
from router.store.database.tables.log_tables import (
    FAILED,
    INDEXED,
    attempts,
    contents,
    request_notes,
    requests,
    search,
    search_scripts,
)
from router.store.database.tables.schema_metadata import metadata
from router.store.database.tables.state_tables import (
    alerts,
    allowances,
    apps,
    cached_answers,
    catalogue,
    cooldowns,
    counted_calls,
    counters,
    edits,
    events,
    owners,
)

__all__ = [
    "COUNTS",
    "DIMENSIONS",
    "FAILED",
    "HISTOGRAMS",
    "INDEXED",
    "SLICES",
    "WIDTHS",
    "alerts",
    "allowances",
    "apps",
    "attempts",
    "cached_answers",
    "catalogue",
    "contents",
    "cooldowns",
    "counted_calls",
    "counters",
    "edits",
    "entries",
    "evaluation_cases",
    "evaluation_judgements",
    "evaluation_steps",
    "evaluations",
    "events",
    "failures",
    "metadata",
    "owners",
    "request_notes",
    "requests",
    "rollups",
    "saved_prompts",
    "search",
    "search_scripts",
    "speed_runs",
    "speed_steps",
    "votes",
]
