-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Evaluations: their tasks (JSON list), what served each of these when they were begun (JSON object), who makes them.
CREATE TABLE evaluations (
    id TEXT NOT NULL PRIMARY KEY,
    started_at TEXT NOT NULL,
    tasks TEXT NOT NULL,
    baselines TEXT NOT NULL,
    repetitions INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    job TEXT NOT NULL,
    owner TEXT
);

-- One case asked of one target; kept for good, so that what a retired model scored can be held against its successor.
CREATE TABLE evaluation_steps (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    task TEXT NOT NULL,
    case_id TEXT NOT NULL,
    case_digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    repetition INTEGER NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    faults TEXT,
    request_id TEXT,
    latency_ms FLOAT,
    ttft_ms FLOAT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    calls INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE INDEX evaluation_steps_of_target ON evaluation_steps (task, provider, model, run_id);

-- An operator's own cases: one JSON object each.
CREATE TABLE evaluation_cases (
    id TEXT NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    task_type TEXT NOT NULL,
    document TEXT NOT NULL,
    author TEXT
);
