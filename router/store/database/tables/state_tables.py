"""What the router remembers and processes share: cooldowns, edits, lists, allowances, alerts, answers, keys."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from router.store.database.tables.schema_metadata import metadata

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
