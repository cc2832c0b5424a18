"""The log: requests, attempts, and the texts that are kept of them.

Each field of a record in `router.ports.log_records` is the column of its name.

Ids are ULIDs, so they sort by time, and an attempt's id is its request's with `-ordinal` behind it: both are read by
ranges of their primary keys. Tables without row ids and without a further index keep what has to be written before a
request is sent down to one page a table.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text, and_, func, literal_column

from router.store.database.tables.schema_metadata import metadata
from router.types import UNFAILED_OUTCOMES

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
