-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- What an operator has noted of a request; it goes with the request's row.
CREATE TABLE request_notes (
    request_id TEXT NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    note TEXT NOT NULL
) WITHOUT ROWID;
