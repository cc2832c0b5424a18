"""The figures of Usage, added up by the hour and the day as requests end."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, LargeBinary, Table, Text

from router.store.database.tables.schema_metadata import metadata

DIMENSIONS = ("provider", "model", "task_type", "source", "purpose", "simulated", "app")
"""What figures can be filtered and broken down by."""


COUNTS = (
    "requests", "succeeded", "failed", "cancelled", "saved", "prompt_tokens", "completion_tokens", "cost_usd", "cached",
)  # fmt: skip
"""What a roll-up adds up; `saved` are requests that a fallback answered, `cached` those that the cache did."""


HISTOGRAMS = ("latency", "ttft", "speed")
"""What a roll-up keeps the distribution of: milliseconds, milliseconds, tokens per second of answered requests."""


SLICES = {
    "": DIMENSIONS,
    "_models": ("provider", "model", "source", "purpose", "simulated"),
    "_tasks": ("task_type", "source", "purpose", "simulated"),
}
"""The roll-ups of one width of time, by the end of their names: all dimensions, and two with fewer rows.

A question is answered from the smallest that has all the dimensions it is about.
"""


def _rollup(name: str, dimensions: tuple[str, ...]) -> Table:
    return Table(
        name,
        metadata,
        Column("bucket", Text, primary_key=True),
        *(Column(name, Integer if name == "simulated" else Text, primary_key=True) for name in dimensions),
        *(Column(count, Float if count == "cost_usd" else Integer, nullable=False) for count in COUNTS[:-1]),
        *(Column(histogram, LargeBinary, nullable=False) for histogram in HISTOGRAMS),
        Column(COUNTS[-1], Integer, nullable=False, server_default="0"),  # younger than all the others
        sqlite_with_rowid=False,
    )


def _failures(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("bucket", Text, primary_key=True),
        *(Column(name, Text, primary_key=True) for name in ("provider", "model", "outcome")),
        *(Column(name, Text, primary_key=True) for name in ("task_type", "source", "purpose")),
        Column("simulated", Integer, primary_key=True),
        Column("app", Text, primary_key=True),
        Column("attempts", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


WIDTHS = ("hours", "days")
"""The widths of time that figures are kept in."""


rollups = {
    (width, end): _rollup(f"rollup_{width}{end}", dimensions) for width in WIDTHS for end, dimensions in SLICES.items()
}


failures = {width: _failures(f"rollup_{width}_failures") for width in WIDTHS}
"""Attempts that failed, by outcome; provider and model are those of the attempt."""
