-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Prompts that an operator keeps under a name, with their task and settings: a JSON object of the controls' values.
CREATE TABLE saved_prompts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    task_type TEXT NOT NULL,
    controls TEXT NOT NULL,
    at TEXT NOT NULL
);
