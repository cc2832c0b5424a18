-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Calls that are counted here, since their provider's replies do not say what is left of them; those of some days.
-- A call is written ahead of being made, if the account's limits have room for it; one that was not made is deleted.
CREATE TABLE counted_calls (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    model TEXT NOT NULL,
    at FLOAT NOT NULL
) WITHOUT ROWID;

CREATE INDEX counted_calls_of_accounts ON counted_calls (account, at);

-- Those of today, as far as it is known that they may have left.
INSERT INTO counted_calls (id, account, model, at)
    SELECT id, account, model, (julianday(started_at) - 2440587.5) * 86400.0 FROM attempts
    WHERE coalesce(sent, 1) = 1 AND julianday(started_at) IS NOT NULL ORDER BY id DESC LIMIT 3000;
