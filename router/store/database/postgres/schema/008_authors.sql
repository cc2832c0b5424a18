-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Who has made a change: the address that a person signed in with. NULL where nobody signs in, and in older rows.
ALTER TABLE events ADD COLUMN changed_by TEXT COLLATE "C";

ALTER TABLE edits ADD COLUMN changed_by TEXT COLLATE "C";

ALTER TABLE edits ADD COLUMN undone_by TEXT COLLATE "C";

ALTER TABLE apps ADD COLUMN created_by TEXT COLLATE "C";

ALTER TABLE apps ADD COLUMN revoked_by TEXT COLLATE "C";

ALTER TABLE saved_prompts ADD COLUMN changed_by TEXT COLLATE "C";

ALTER TABLE request_notes ADD COLUMN changed_by TEXT COLLATE "C";

ALTER TABLE entries ADD COLUMN changed_by TEXT COLLATE "C";

ALTER TABLE votes ADD COLUMN changed_by TEXT COLLATE "C";

-- Whoever has the database open is told of a change of the counters, whoever makes it: `signals` listens.
CREATE FUNCTION router_tell_counters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('router_counters', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER counters_told AFTER INSERT OR UPDATE ON counters
    FOR EACH STATEMENT EXECUTE FUNCTION router_tell_counters();
