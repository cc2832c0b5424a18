-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Answers that may be given again, each under the digest of all that decided it. Times are seconds since the epoch,
-- since they are compared with a clock; `size` is the document's, in characters.
CREATE TABLE cached_answers (
    key TEXT NOT NULL PRIMARY KEY,
    app TEXT NOT NULL,
    request_id TEXT NOT NULL,
    answered_at FLOAT NOT NULL,
    expires_at FLOAT NOT NULL,
    size INTEGER NOT NULL,
    document TEXT NOT NULL
);

-- With the size in it: how many there are and how large is read without their texts.
CREATE INDEX cached_answers_by_expiry ON cached_answers (expires_at, size);

-- The request whose answer was given again; NULL where a provider was asked, and in older rows.
ALTER TABLE requests ADD COLUMN cached_from TEXT;

-- Requests that the cache answered; older figures have none.
ALTER TABLE rollup_hours ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';

ALTER TABLE rollup_hours_models ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';

ALTER TABLE rollup_hours_tasks ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';

ALTER TABLE rollup_days ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';

ALTER TABLE rollup_days_models ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';

ALTER TABLE rollup_days_tasks ADD COLUMN cached INTEGER NOT NULL DEFAULT '0';
