-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- How many times the client's own library had sent a request before, as it says; NULL in older rows.
ALTER TABLE requests ADD COLUMN client_retries INTEGER;
