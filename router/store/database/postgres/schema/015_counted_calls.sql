-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Calls that are counted here, since their provider's replies do not say what is left of them; those of some days.
-- A call is written ahead of being made, if the account's limits have room for it; one that was not made is deleted.
CREATE TABLE counted_calls (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    at DOUBLE PRECISION NOT NULL
);

CREATE INDEX counted_calls_of_accounts ON counted_calls (account, at);

-- Those of today, as far as it is known that they may have left.
INSERT INTO counted_calls (id, account, model, at)
    SELECT id, account, model, extract(epoch FROM started_at::timestamptz)::double precision FROM attempts
    WHERE coalesce(sent, 1) = 1 AND started_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$' ORDER BY id DESC LIMIT 3000;
