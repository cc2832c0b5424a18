-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Whose key of the gateway a request came with; empty for the other doors, NULL in older rows.
ALTER TABLE requests ADD COLUMN app TEXT;

-- Keys of the gateway. A key itself is kept nowhere: its SHA-256, and its first characters to tell it by. Times are
-- seconds since the epoch, since they are compared with a clock. The windows are numbered by whole minutes and days of UTC.
CREATE TABLE apps (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    start TEXT NOT NULL,
    created_at FLOAT NOT NULL,
    expires_at FLOAT,
    revoked_at FLOAT,
    last_used_at FLOAT,
    tasks TEXT,
    per_minute INTEGER,
    per_day INTEGER,
    minute INTEGER NOT NULL DEFAULT '0',
    minute_used INTEGER NOT NULL DEFAULT '0',
    day INTEGER NOT NULL DEFAULT '0',
    day_used INTEGER NOT NULL DEFAULT '0',
    used INTEGER NOT NULL DEFAULT '0'
);

-- One key in force for a name: a revoked one leaves its name to a successor.
CREATE UNIQUE INDEX apps_in_force ON apps (name) WHERE revoked_at IS NULL;

INSERT INTO counters (name, value) VALUES ('apps', 1);

-- Figures by app as well: the widest roll-ups with one more dimension, which is empty for the other doors.
CREATE TABLE rollup_hours_by_app (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    app TEXT NOT NULL,
    requests INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    saved INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_usd FLOAT NOT NULL,
    latency BLOB NOT NULL,
    ttft BLOB NOT NULL,
    speed BLOB NOT NULL,
    PRIMARY KEY (bucket, provider, model, task_type, source, purpose, simulated, app)
) WITHOUT ROWID;

INSERT INTO rollup_hours_by_app
    SELECT bucket, provider, model, task_type, source, purpose, simulated, '', requests, succeeded, failed, cancelled,
        saved, prompt_tokens, completion_tokens, cost_usd, latency, ttft, speed FROM rollup_hours;

DROP TABLE rollup_hours;

ALTER TABLE rollup_hours_by_app RENAME TO rollup_hours;

CREATE TABLE rollup_hours_failures_by_app (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    app TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (bucket, provider, model, outcome, task_type, source, purpose, simulated, app)
) WITHOUT ROWID;

INSERT INTO rollup_hours_failures_by_app
    SELECT bucket, provider, model, outcome, task_type, source, purpose, simulated, '', attempts
    FROM rollup_hours_failures;

DROP TABLE rollup_hours_failures;

ALTER TABLE rollup_hours_failures_by_app RENAME TO rollup_hours_failures;

-- Figures by app as well: the widest roll-ups with one more dimension, which is empty for the other doors.
CREATE TABLE rollup_days_by_app (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    app TEXT NOT NULL,
    requests INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    saved INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_usd FLOAT NOT NULL,
    latency BLOB NOT NULL,
    ttft BLOB NOT NULL,
    speed BLOB NOT NULL,
    PRIMARY KEY (bucket, provider, model, task_type, source, purpose, simulated, app)
) WITHOUT ROWID;

INSERT INTO rollup_days_by_app
    SELECT bucket, provider, model, task_type, source, purpose, simulated, '', requests, succeeded, failed, cancelled,
        saved, prompt_tokens, completion_tokens, cost_usd, latency, ttft, speed FROM rollup_days;

DROP TABLE rollup_days;

ALTER TABLE rollup_days_by_app RENAME TO rollup_days;

CREATE TABLE rollup_days_failures_by_app (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    app TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (bucket, provider, model, outcome, task_type, source, purpose, simulated, app)
) WITHOUT ROWID;

INSERT INTO rollup_days_failures_by_app
    SELECT bucket, provider, model, outcome, task_type, source, purpose, simulated, '', attempts
    FROM rollup_days_failures;

DROP TABLE rollup_days_failures;

ALTER TABLE rollup_days_failures_by_app RENAME TO rollup_days_failures;
