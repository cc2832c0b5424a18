"""The schema that the migrations lead to, as SQLAlchemy Core tables for reading.

Times are text in UTC (`2026-11-24T08:30:00.123Z`), which sorts as it is.

Ids are ULIDs, so they sort by time, and an attempt's id is its request's with `-ordinal` behind it: both are read by
ranges of their primary keys. Tables without row ids and without a further index keep what has to be written before a
request is sent down to one page a table.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, and_, func, literal_column

from router.types import UNFAILED_OUTCOMES

metadata = MetaData()

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("streamed", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("provider", Text),
    Column("model", Text),
    Column("latency_ms", Float),
    Column("ttft_ms", Float),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("cost_usd", Float),
    Column("error", Text),
    Column("finish_reason", Text),
    Column("degraded", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("skipped", Text),
    Column("owner", Text),
    Column("app", Text),
    Column("cached_from", Text),
    Column("client_retries", Integer),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("http_status", Integer),
    Column("latency_ms", Float),
    Column("ttft_ms", Float),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("cost_usd", Float),
    Column("error", Text),
    Column("sent", Integer),
    Column("came_to", Text),
    Column("tokens_estimated", Integer),
    sqlite_with_rowid=False,
)

INDEXED = attempts.c.outcome.not_in([literal_column(f"'{word}'") for word in ("succeeded", "cancelled", "pending")])
"""What a query has to say, word for word, for the index `failed_attempts` to be used."""

FAILED = and_(INDEXED, func.coalesce(attempts.c.came_to, attempts.c.outcome).not_in(sorted(UNFAILED_OUTCOMES)))
"""Attempts that failed: `router.types.attempt_failed` as a clause."""

Index(
    "failed_attempts",
    attempts.c.outcome, attempts.c.request_id, attempts.c.provider, attempts.c.model,
    sqlite_where=INDEXED,
    postgresql_where=INDEXED,
)  # fmt: skip

contents = Table(
    "contents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("request_id", Text, nullable=False, unique=True),
    Column("request", Text),
    Column("prompt", Text),
    Column("answer", Text),
    Column("reasoning", Text),
    Column("tool_calls", Text),
)

request_notes = Table(
    "request_notes",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("changed_by", Text),
    sqlite_with_rowid=False,
)

search = Table("search", MetaData(), Column("rowid", Integer), Column("search", Text))
"""The full-text index over `contents`, as queries name it; the migrations make it and the triggers that keep it."""

search_scripts = Table("search_scripts", MetaData(), Column("rowid", Integer), Column("search_scripts", Text))
"""The index of texts in scripts that put no blanks between words: any three characters in a row can be found."""

cooldowns = Table(
    "holds",
    metadata,
    Column("account", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float),
    Column("strikes", Integer, nullable=False),
    Column("sick", Integer, nullable=False),
    Column("probe_until", Float),
    Column("probe_owner", Text),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider", Text),
    Column("model", Text),
    Column("detail", Text),
    Column("changed_by", Text),
)

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("edits", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("undone_at", Text),
    Column("changed_by", Text),
    Column("undone_by", Text),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("account", Text, primary_key=True),
    Column("fetched_at", Float, nullable=False),
    Column("models", Text, nullable=False),
)

allowances = Table(
    "allowances",
    metadata,
    Column("account", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("model", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("span", Float, primary_key=True),
    Column("limit", Integer, nullable=False),
    Column("remaining", Integer, nullable=False),
    Column("resets_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

counted_calls = Table(
    "counted_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("at", Float, nullable=False),
    sqlite_with_rowid=False,
)

Index("counted_calls_of_accounts", counted_calls.c.account, counted_calls.c.at)

alerts = Table(
    "alerts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("began_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("told_at", Float),
    Column("claimed_at", Float),
)

cached_answers = Table(
    "cached_answers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("app", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("answered_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("size", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("cached_answers_by_expiry", "expires_at", "size"),
)

votes = Table(
    "votes",
    metadata,
    Column("left_request", Text, primary_key=True),
    Column("right_request", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("left_target", Text, nullable=False),
    Column("right_target", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("blind", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("changed_by", Text),
)

saved_prompts = Table(
    "saved_prompts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("task_type", Text, nullable=False),
    Column("controls", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("changed_by", Text),
)

apps = Table(
    "apps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("start", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("last_used_at", Float),
    Column("tasks", Text),
    Column("per_minute", Integer),
    Column("per_day", Integer),
    Column("minute", Integer, nullable=False, server_default="0"),
    Column("minute_used", Integer, nullable=False, server_default="0"),
    Column("day", Integer, nullable=False, server_default="0"),
    Column("day_used", Integer, nullable=False, server_default="0"),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("created_by", Text),
    Column("revoked_by", Text),
)

_IN_FORCE = apps.c.revoked_at.is_(None)
Index("apps_in_force", apps.c.name, unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)

counters = Table("counters", metadata, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False))

owners = Table(
    "owners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("process", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("machine", Text),
    Column("renewed_at", Float, nullable=False, server_default="0"),
    Column("renewals", Integer, nullable=False, server_default="0"),
)

speed_runs = Table(
    "speed_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("repetitions", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("job", Text, nullable=False),
    Column("owner", Text),
)

speed_steps = Table(
    "speed_steps",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("task", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("repetition", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("request_id", Text),
    Column("latency_ms", Float),
    Column("ttft_ms", Float),
    Column("completion_tokens", Integer),
    Column("simulated", Integer, nullable=False),
    Column("error", Text),
    sqlite_with_rowid=False,
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("tasks", Text, nullable=False),
    Column("baselines", Text, nullable=False),
    Column("repetitions", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("job", Text, nullable=False),
    Column("owner", Text),
)

evaluation_steps = Table(
    "evaluation_steps",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("task", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("case_digest", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("repetition", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text),
    Column("faults", Text),
    Column("request_id", Text),
    Column("latency_ms", Float),
    Column("ttft_ms", Float),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("calls", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
    sqlite_with_rowid=False,
)

Index(
    "evaluation_steps_of_target",
    evaluation_steps.c.task, evaluation_steps.c.provider, evaluation_steps.c.model, evaluation_steps.c.run_id,
)  # fmt: skip

evaluation_judgements = Table(
    "evaluation_judgements",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("swapped", Integer, primary_key=True),
    Column("baseline_position", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_right", Integer),
    Column("baseline_right", Integer),
    Column("outcome", Text),
    Column("request_id", Text),
    Column("calls", Integer, nullable=False),
    sqlite_with_rowid=False,
)

evaluation_cases = Table(
    "evaluation_cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("author", Text),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("changed_by", Text),
)

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
