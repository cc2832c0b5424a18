-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- A provider may state requests a minute and requests a day, which are two allowances of one model.
CREATE TABLE allowances_by_span (
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    unit TEXT NOT NULL,
    span FLOAT NOT NULL,
    "limit" INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    resets_at FLOAT NOT NULL,
    seen_at FLOAT NOT NULL,
    PRIMARY KEY (account, model, unit, span)
);

INSERT INTO allowances_by_span
SELECT account, provider, model, unit, span, "limit", remaining, resets_at, seen_at FROM allowances;

DROP TABLE allowances;

ALTER TABLE allowances_by_span RENAME TO allowances;
