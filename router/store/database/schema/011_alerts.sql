-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Conditions that stand, so that of several processes one tells of each, once.
CREATE TABLE alerts (
    key TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    began_at FLOAT NOT NULL,
    seen_at FLOAT NOT NULL,
    told_at FLOAT,
    claimed_at FLOAT
);
