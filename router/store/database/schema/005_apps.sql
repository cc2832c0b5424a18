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
