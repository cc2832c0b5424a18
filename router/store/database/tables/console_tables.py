"""What the console keeps: votes, prompts, entries, speed runs and evaluations."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from router.store.database.tables.schema_metadata import metadata

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
