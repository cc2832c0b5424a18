-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Who has made a change: the address that a person signed in with. NULL where nobody signs in, and in older rows.
ALTER TABLE events ADD COLUMN changed_by TEXT;

ALTER TABLE edits ADD COLUMN changed_by TEXT;

ALTER TABLE edits ADD COLUMN undone_by TEXT;

ALTER TABLE apps ADD COLUMN created_by TEXT;

ALTER TABLE apps ADD COLUMN revoked_by TEXT;

ALTER TABLE saved_prompts ADD COLUMN changed_by TEXT;

ALTER TABLE request_notes ADD COLUMN changed_by TEXT;

ALTER TABLE entries ADD COLUMN changed_by TEXT;

ALTER TABLE votes ADD COLUMN changed_by TEXT;
