-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- One asking of a judge about two answers to a case of an evaluation: which steps they are, who judges, what it says.
CREATE TABLE evaluation_judgements (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    swapped INTEGER NOT NULL,
    baseline_position INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    is_right INTEGER,
    baseline_right INTEGER,
    outcome TEXT,
    request_id TEXT,
    calls INTEGER NOT NULL,
    PRIMARY KEY (run_id, position, swapped)
) WITHOUT ROWID;
