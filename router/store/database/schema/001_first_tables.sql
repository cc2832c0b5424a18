-- The first tables, as shipped: this file is never changed, a next one mends it. One statement a paragraph.

CREATE TABLE allowances (
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    unit TEXT NOT NULL,
    span FLOAT NOT NULL,
    "limit" INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    resets_at FLOAT NOT NULL,
    seen_at FLOAT NOT NULL,
    PRIMARY KEY (account, model, unit)
);

CREATE TABLE attempts (
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    account TEXT NOT NULL,
    started_at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    http_status INTEGER,
    latency_ms FLOAT,
    ttft_ms FLOAT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cost_usd FLOAT,
    error TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE TABLE catalogue (
    account TEXT NOT NULL,
    fetched_at FLOAT NOT NULL,
    models TEXT NOT NULL,
    PRIMARY KEY (account)
);

CREATE TABLE contents (
    number INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    request TEXT,
    prompt TEXT,
    answer TEXT,
    reasoning TEXT,
    PRIMARY KEY (number),
    UNIQUE (request_id)
);

CREATE TABLE counters (
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE edits (
    id INTEGER NOT NULL,
    at TEXT NOT NULL,
    edits TEXT NOT NULL,
    note TEXT NOT NULL,
    undone_at TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE entries (
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    entry TEXT NOT NULL,
    summary TEXT NOT NULL,
    figures TEXT NOT NULL,
    data TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_entries_at ON entries (at);

CREATE TABLE events (
    id INTEGER NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    provider TEXT,
    model TEXT,
    detail TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE holds (
    account TEXT NOT NULL,
    scope TEXT NOT NULL,
    "key" TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    since FLOAT NOT NULL,
    until FLOAT,
    strikes INTEGER NOT NULL,
    sick INTEGER NOT NULL,
    probe_until FLOAT,
    PRIMARY KEY (account, scope, "key")
);

CREATE TABLE owners (
    id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE requests (
    id TEXT NOT NULL,
    started_at TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    status TEXT NOT NULL,
    provider TEXT,
    model TEXT,
    latency_ms FLOAT,
    ttft_ms FLOAT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cost_usd FLOAT,
    error TEXT,
    finish_reason TEXT,
    degraded INTEGER DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    skipped TEXT,
    owner TEXT,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE TABLE rollup_days (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, provider, model, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_days_failures (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (bucket, provider, model, outcome, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_days_models (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, provider, model, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_days_tasks (
    bucket TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_hours (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, provider, model, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_hours_failures (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (bucket, provider, model, outcome, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_hours_models (
    bucket TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, provider, model, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE rollup_hours_tasks (
    bucket TEXT NOT NULL,
    task_type TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    simulated INTEGER NOT NULL,
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
    PRIMARY KEY (bucket, task_type, source, purpose, simulated)
) WITHOUT ROWID;

CREATE TABLE speed_runs (
    id TEXT NOT NULL,
    started_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    repetitions INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    job TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE speed_steps (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    task TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    repetition INTEGER NOT NULL,
    status TEXT NOT NULL,
    request_id TEXT,
    latency_ms FLOAT,
    ttft_ms FLOAT,
    completion_tokens INTEGER,
    simulated INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE TABLE votes (
    left_request TEXT NOT NULL,
    right_request TEXT NOT NULL,
    at TEXT NOT NULL,
    task_type TEXT NOT NULL,
    left_target TEXT NOT NULL,
    right_target TEXT NOT NULL,
    choice TEXT NOT NULL,
    blind INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    PRIMARY KEY (left_request, right_request)
);

CREATE VIRTUAL TABLE search USING fts5 (prompt, answer, content = 'contents', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2');

-- The full-text index is kept by triggers: whoever deletes a content deletes it there too. A content is indexed
-- when its answer is written, so that what has to be written before a request is sent stays small.
CREATE TRIGGER search_added AFTER INSERT ON contents WHEN new.answer IS NOT NULL BEGIN
    INSERT INTO search (rowid, prompt, answer) SELECT new.number, new.prompt, new.answer;
END;

CREATE TRIGGER search_changed AFTER UPDATE ON contents BEGIN
    INSERT INTO search (search, rowid, prompt, answer) SELECT 'delete', old.number, old.prompt, old.answer WHERE old.answer IS NOT NULL;
    INSERT INTO search (rowid, prompt, answer) SELECT new.number, new.prompt, new.answer WHERE new.answer IS NOT NULL;
END;

CREATE TRIGGER search_deleted AFTER DELETE ON contents BEGIN
    INSERT INTO search (search, rowid, prompt, answer) SELECT 'delete', old.number, old.prompt, old.answer WHERE old.answer IS NOT NULL;
END;

INSERT INTO counters (name, value) VALUES ('holds', 1), ('edits', 1);
